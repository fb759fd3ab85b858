import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

Run = Callable[..., Result]


def test_a_box_is_added_listed_and_revoked(run: Run) -> None:
    made = json.loads(
        run("cloud", "gateways", "add", "box", "--gym", "gym", "--tenant", "chain", "--json").output
    )
    assert made["token"].startswith("ggt_")
    assert (made["id"], made["gym_id"], made["tenant_id"]) == ("box", "gym", "chain")
    listed = run("cloud", "gateways", "list").output
    assert "never seen" in listed
    assert "valid" in listed
    assert made["token"] not in listed
    assert run("cloud", "gateways", "revoke", "box").exit_code == 0
    (row,) = json.loads(run("cloud", "gateways", "list", "--tenant", "chain", "--json").output)
    assert row["revoked_at"]
    assert row["last_seen_at"] is None
    assert json.loads(run("cloud", "gateways", "list", "--tenant", "other", "--json").output) == []


def test_only_the_token_is_printed(run: Run) -> None:
    assert (
        run("cloud", "gateways", "add", "box", "--gym", "g", "--tenant", "t")
        .stdout.strip()
        .startswith("ggt_")
    )


def test_what_cannot_be_is_told(run: Run) -> None:
    add = ("cloud", "gateways", "add", "box", "--tenant", "t", "--gym")
    assert run(*add, "gym").exit_code == 0
    again = run(*add, "gym")
    assert (again.exit_code, "there already" in again.stderr) == (1, True)
    bad = run(*add, "a/b")
    assert (bad.exit_code, "gym 'a/b'" in bad.stderr) == (1, True)
    unknown = run("cloud", "gateways", "revoke", "nobody")
    assert (unknown.exit_code, "no gateway nobody" in unknown.stderr) == (1, True)


def test_settings_that_are_wrong_end_with_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cloud.toml").write_text("[service]\nprot = 1")
    for command in (("run",), ("gateways", "list")):
        result = run("cloud", *command, "--config", tmp_path / "cloud.toml")
        assert (result.exit_code, "service.prot: is not a setting" in result.stderr) == (2, True)


def test_settings_say_where_the_data_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cloud.toml").write_text('[database]\nurl = "sqlite:///here.sqlite"')
    assert run("cloud", "gateways", "list", "--config", tmp_path / "cloud.toml").exit_code == 0
    assert (tmp_path / "here.sqlite").is_file()
    assert not (tmp_path / "data").exists()


def test_a_database_that_is_not_there_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cloud.toml").write_text('[database]\nurl = "sqlite:///none/at/all.sqlite"')
    result = run("cloud", "gateways", "list", "--config", tmp_path / "cloud.toml")
    assert result.exit_code == 1
    assert "unable to open database file" in result.stderr
    assert "[database]" in result.stderr


def test_a_certificate_that_is_not_there_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cloud.toml").write_text('[service]\nport = 1\ncert = "no.pem"\nkey = "no.key"')
    result = run("cloud", "run", "--config", tmp_path / "cloud.toml")
    assert result.exit_code in (1, 2)
    assert "error:" in result.stderr


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['sqlalchemy'] = None; from gateway.cli import main; main()"
    command = [sys.executable, "-c", code, "cloud", "gateways", "list", "--data-dir", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert "pip install 'gymbox[cloud]'" in result.stderr
