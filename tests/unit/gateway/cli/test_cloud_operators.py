import json
from pathlib import Path

from typer.testing import CliRunner, Result

from gateway.cli.main import app
from tests.unit.sync.cloud.desk import PASSWORD


def run(folder: Path, *words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, ["cloud", "operators", *words, "--data-dir", str(folder)], input=stdin)


def test_an_account_is_made_listed_reset_and_removed(tmp_path: Path) -> None:
    made = run(tmp_path, "add", "ana", "--role", "admin", "--json")
    assert made.exit_code == 0, made.output
    link = json.loads(made.stdout)["setup_url"]
    assert link.startswith("http://127.0.0.1:8443/console/#setup/")
    again = run(tmp_path, "add", "ana", "--role", "viewer")
    assert again.exit_code == 1
    assert "already" in again.output
    quick = run(tmp_path, "add", "ben", "--role", "viewer", "--password", stdin=f"{PASSWORD}\n")
    assert "ben can log in" in quick.stdout
    listed = json.loads(run(tmp_path, "list", "--json").stdout)
    assert [(each["name"], each["role"], each["has_password"]) for each in listed] == [
        ("ana", "admin", False),
        ("ben", "viewer", True),
    ]
    fresh = json.loads(run(tmp_path, "reset", "ana", "--json").stdout)["setup_url"]
    assert fresh != link
    assert run(tmp_path, "remove", "ana").exit_code == 0
    assert run(tmp_path, "remove", "ana").exit_code == 1
    assert "ana" not in run(tmp_path, "list").stdout


def test_a_token_is_made_listed_and_revoked(tmp_path: Path) -> None:
    made = json.loads(run(tmp_path, "token", "ci", "--role", "viewer", "--days", "3", "--json").stdout)
    assert made["token"].startswith("gft_")
    assert made["token"] not in run(tmp_path, "tokens").stdout
    assert run(tmp_path, "revoke-token", made["id"]).exit_code == 0
    assert json.loads(run(tmp_path, "tokens", "--json").stdout)[0]["revoked_at"]
    assert run(tmp_path, "revoke-token", "00000000").exit_code == 1


def test_a_weak_password_and_an_unknown_role_or_tenant_are_refused(tmp_path: Path) -> None:
    weak = run(tmp_path, "add", "ana", "--role", "viewer", "--password", stdin="short\n")
    assert (weak.exit_code, "12 to 256" in weak.output) == (1, True)
    assert run(tmp_path, "add", "ana", "--role", "root").exit_code == 2
    assert run(tmp_path, "add", "ana", "--role", "viewer", "--tenant", "nobody").exit_code == 1
