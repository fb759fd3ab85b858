from collections.abc import Callable
from importlib.metadata import version
from itertools import chain

import pytest
import typer.main
from typer.testing import Result

from gateway.cli.main import app


def command_lines() -> list[list[str]]:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    inner = ([[name, each] for each in getattr(group, "commands", ())] for name, group in commands.items())
    return [[], *([name] for name in commands), *chain.from_iterable(inner)]


@pytest.mark.parametrize("line", command_lines(), ids=" ".join)
def test_every_command_helps(run: Callable[..., Result], line: list[str]) -> None:
    result = run(*line, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_the_commands_of_the_contract_are_there() -> None:
    lines = {" ".join(line) for line in command_lines()}
    assert lines >= {
        "demo",
        "run",
        "check-config",
        "doctor",
        "count",
        "models list",
        "models pull",
        "models verify",
        "devices decode",
        "token create",
    }


def test_version(run: Callable[..., Result]) -> None:
    assert run("--version").output == f"gymbox {version('gymbox')}\n"


def test_an_unknown_command_is_a_mistake_of_use(run: Callable[..., Result]) -> None:
    assert run("dance").exit_code == 2
