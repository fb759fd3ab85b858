import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result


def test_made_listed_revoked(run: Callable[..., Result]) -> None:
    made = json.loads(run("token", "create", "--role", "kiosk", "--station", "mat", "--json").output)
    assert made["token"].startswith("gtk_")
    assert (made["role"], made["station_id"]) == ("kiosk", "mat")

    listed = run("token", "list").output
    assert made["id"] in listed
    assert "valid" in listed
    assert made["token"] not in listed

    assert run("token", "revoke", made["id"]).exit_code == 0
    assert json.loads(run("token", "list", "--json").output)[0]["revoked_at"]


def test_only_the_token_is_printed(run: Callable[..., Result]) -> None:
    assert run("token", "create", "--role", "operator").output.strip().startswith("gtk_")


def test_a_kiosk_needs_its_station(run: Callable[..., Result]) -> None:
    result = run("token", "create", "--role", "kiosk")
    assert result.exit_code == 1
    assert "station" in result.stderr


def test_revoking_what_is_not_there(run: Callable[..., Result]) -> None:
    assert run("token", "revoke", "nothing").exit_code == 1


def test_a_data_folder_that_is_a_file(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("token", "create", "--role", "operator", "--data-dir", tmp_path / "file")
    assert result.exit_code == 1
    assert "error: gymbox.sqlite3 cannot be used" in result.stderr


def test_the_event_log_tells_of_tokens_and_never_what_they_are(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    made = json.loads(run("token", "create", "--role", "operator", "--json").output)
    run("token", "revoke", made["id"])
    assert run("audit", "export", tmp_path / "log").exit_code == 0
    text = (tmp_path / "log").read_text(encoding="utf-8")
    events = [json.loads(line) for line in text.splitlines()]
    assert [(each["kind"], each["subject"], each["outcome"]) for each in events] == [
        ("token", made["id"], "created"),
        ("token", made["id"], "revoked"),
    ]
    assert made["token"] not in text
