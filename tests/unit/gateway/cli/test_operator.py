import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from typer.testing import Result

from gateway.operators import passwords

GOOD = "correct horse battery"


@pytest.fixture(autouse=True)
def _cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing is tried elsewhere; here it would only take its time."""

    def cheap() -> PasswordHasher:
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    monkeypatch.setattr(passwords, "PasswordHasher", cheap)


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{GOOD}\nnot this line\n")
    return path


def test_added_listed_removed(run: Callable[..., Result], password: Path) -> None:
    for name in ("Ana", "Bo"):
        assert run("operator", "add", name, "--password-file", password).exit_code == 0
    listed = json.loads(run("operator", "list", "--json").output)
    assert [(each["name"], each["last_login_at"]) for each in listed] == [("Ana", None), ("Bo", None)]
    assert "never logged in" in run("operator", "list").output
    assert run("operator", "remove", "bo").exit_code == 0
    last = run("operator", "remove", "Ana")
    assert (last.exit_code, "only operator" in last.stderr) == (1, True)


def test_a_lost_password_is_replaced_at_the_box(
    run: Callable[..., Result], password: Path, tmp_path: Path
) -> None:
    run("operator", "add", "Ana", "--password-file", password)
    password.write_text("staple of another kind\n")
    assert run("operator", "reset-password", "ana", "--password-file", password).exit_code == 0
    nobody = run("operator", "reset-password", "Eve", "--password-file", password)
    assert (nobody.exit_code, "no operator called Eve" in nobody.stderr) == (1, True)
    assert [each.name for each in tmp_path.rglob("*.sqlite3") if GOOD.encode() in each.read_bytes()] == []


def test_a_password_is_asked_for_twice(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([GOOD, GOOD, GOOD, "something else"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    assert run("operator", "add", "Ana").exit_code == 0
    different = run("operator", "add", "Bo")
    assert (different.exit_code, "not the same" in different.stderr) == (1, True)


def test_a_weak_password_is_refused_with_the_reason(run: Callable[..., Result], password: Path) -> None:
    password.write_text("short\n")
    result = run("operator", "add", "Ana", "--password-file", password)
    assert result.exit_code == 1
    assert "10 to 128 characters" in result.stderr


def test_what_is_done_here_stands_in_the_event_log(
    run: Callable[..., Result], password: Path, tmp_path: Path
) -> None:
    run("operator", "add", "Ana", "--password-file", password)
    [store] = tmp_path.rglob("gymbox.sqlite3")
    with closing(sqlite3.connect(store)) as db:
        rows = db.execute("SELECT kind, actor, subject, outcome FROM event").fetchall()
    assert rows == [("operator", "terminal", "Ana", "created")]
