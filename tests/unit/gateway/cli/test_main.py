import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from multiprocessing import spawn
from types import ModuleType
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup
from typer.testing import Result

from gateway.cli.main import app, main


def commands(of: Any = None, line: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group with its words, the whole one first."""
    command = typer.main.get_command(app) if of is None else of
    yield line, command
    if isinstance(command, TyperGroup):
        context = typer.Context(command)
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), (*line, name))


@pytest.mark.parametrize("line", [line for line, _ in commands()], ids=" ".join)
def test_every_command_helps(run: Callable[..., Result], line: tuple[str, ...]) -> None:
    result = run(*line, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_no_help_has_brackets_which_the_terminal_would_take_for_markup() -> None:
    for line, command in commands():
        for told in (command, *command.params):
            assert "[" not in (getattr(told, "help", None) or ""), (line, told.name)


def test_the_commands_of_the_contract_are_there() -> None:
    lines = {" ".join(line) for line, _ in commands()}
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


HEAVY = "{'gateway.app', 'fastapi', 'cv2', 'onnxruntime', 'sqlalchemy'}"
DECODE = f"""
import sys
from gateway.cli.main import app
app(["devices", "decode", "2a19", "64"], standalone_mode=False)
print(sorted(each for each in sys.modules if each in {HEAVY}))
"""


def test_a_command_imports_no_other() -> None:
    ended = subprocess.run([sys.executable, "-c", DECODE], capture_output=True, check=True, timeout=60)
    assert ended.stdout.splitlines()[-1] == b"[]"


def test_version(run: Callable[..., Result]) -> None:
    assert run("--version").output == f"gymbox {version('gymbox')}\n"


def test_an_unknown_command_is_a_mistake_of_use(run: Callable[..., Result]) -> None:
    assert run("dance").exit_code == 2


@pytest.mark.parametrize("begun_by", ["a script", "python -m"])
def test_a_child_process_does_not_import_the_commands_again(
    monkeypatch: pytest.MonkeyPatch, begun_by: str
) -> None:
    begun = ModuleType("__main__")
    begun.__file__ = __file__
    begun.__spec__ = ModuleSpec("gateway.cli.__main__", None) if begun_by == "python -m" else None
    monkeypatch.setitem(sys.modules, "__main__", begun)
    spared = {"init_main_from_path", "init_main_from_name"}
    assert spawn.get_preparation_data("child").keys() & spared
    monkeypatch.setattr(sys.modules["gateway.cli.main"], "app", lambda: None)
    main()
    assert not spawn.get_preparation_data("child").keys() & spared
