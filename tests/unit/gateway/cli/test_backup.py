"""The commands that take a box along, bring it back, and leave nothing of it; and its log, verified."""

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.store.tables import FILE_NAME
from provisioning.backup.sealed import SealingWriter

PASSPHRASE = "correct horse battery"  # noqa: S105 - of the tests


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SealingWriter.__init__, "__kwdefaults__", {"log2_n": 2})


@pytest.fixture
def box(tmp_path: Path) -> Path:
    folder = tmp_path / "box"
    assert run(folder, "token", "create", "--role", "operator").exit_code == 0
    return folder


def run(folder: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, [*arguments, "--data-dir", str(folder)], input=typed)


def test_a_box_is_backed_up_erased_and_brought_back(box: Path, tmp_path: Path) -> None:
    secret, file = tmp_path / "passphrase", tmp_path / "file"
    secret.write_text(PASSPHRASE + "\n")
    there = ("--passphrase-file", str(secret), "--json")
    made = run(box, "backup", str(file), *there)
    assert (made.exit_code, json.loads(made.stdout)["files"]) == (0, 1)
    assert json.loads(run(box, "factory-reset", "--yes", "--json").stdout)["erased"] is True
    assert list(box.iterdir()) == []
    back = run(box, "restore", str(file), "--yes", *there)
    assert (back.exit_code, json.loads(back.stdout)["data_dir"]) == (0, str(box))
    assert "operator" in run(box, "token", "list").stdout
    verified = json.loads(run(box, "audit", "verify", "--json").stdout)
    assert (verified["ok"], verified["events"]) == (True, 2)


def test_the_passphrase_is_asked_for_twice_when_it_is_new_and_never_shown(box: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "file")
    typed = run(box, "backup", file, typed=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert (typed.exit_code, PASSPHRASE in typed.output) == (0, False)
    assert run(box, "restore", file, typed=f"{PASSPHRASE}\ny\n").exit_code == 0
    refused = run(box, "restore", file, "--yes", typed="another passphrase\n")
    assert (refused.exit_code, "passphrase is another one" in refused.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (("backup", "{file}", "--passphrase-file", "{short}"), 2, "at least 12"),
        (("backup", "{file}", "--passphrase-file", "{empty}"), 2, "first line"),
        (("backup", "{there}", "--passphrase-file", "{good}"), 1, "exists"),
        (("restore", "{there}", "--yes", "--passphrase-file", "{good}"), 1, "no backup"),
        (("diagnostics",), 2, "--preview"),
    ],
)
def test_what_cannot_be_says_why(
    box: Path, tmp_path: Path, arguments: tuple[str, ...], exit_code: int, said: str
) -> None:
    texts = {"short": "short\n", "empty": "", "good": PASSPHRASE, "there": "precious"}
    places = {"file": str(tmp_path / "file")}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        places[name] = str(tmp_path / name)
    ended = run(box, *(each.format(**places) for each in arguments))
    assert (ended.exit_code, said in ended.output) == (exit_code, True)
    assert (tmp_path / "there").read_text() == "precious"
    assert not (tmp_path / "file").exists()


def test_who_does_not_confirm_erases_nothing(box: Path) -> None:
    assert run(box, "factory-reset", typed="n\n").exit_code == 1
    assert (box / FILE_NAME).exists()


@pytest.mark.parametrize(
    "command", [("factory-reset", "--yes"), ("audit", "verify"), ("diagnostics", "--preview")]
)
def test_a_folder_that_is_none_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    ended = run(tmp_path / "nowhere", *command)
    assert (ended.exit_code, "nowhere" in ended.output) == (1, True)


def test_a_log_that_was_tampered_with_is_told_and_can_still_be_taken_along(box: Path, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    for name in ("one", "two"):
        made = run(box, "backup", str(tmp_path / name), "--passphrase-file", str(tmp_path / "passphrase"))
        assert made.exit_code == 0
    db = sqlite3.connect(box / FILE_NAME)
    db.execute("DROP TRIGGER event_never_changes")
    db.execute("UPDATE event SET actor = 'nobody' WHERE id = 1")
    db.commit()
    db.close()
    told = run(box, "audit", "verify")
    assert (told.exit_code, "event 1" in told.output) == (1, True)
    exported = run(box, "audit", "export", str(tmp_path / "log.jsonl"), "--json")
    assert json.loads(exported.stdout)["events"] == 3
    lines = [json.loads(each) for each in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert lines[0]["actor"] == "nobody"


def test_diagnostics_of_a_box_at_rest(box: Path, tmp_path: Path) -> None:
    made = run(box, "diagnostics", str(tmp_path / "d.zip"), "--json")
    assert (made.exit_code, (tmp_path / "d.zip").read_bytes()[:2]) == (0, b"PK")
    previewed = json.loads(run(box, "diagnostics", "--preview", "--json").stdout)
    assert [each["name"] for each in previewed] == json.loads(made.stdout)["sections"]
    assert "config.json" in run(box, "diagnostics", "--preview").stdout
