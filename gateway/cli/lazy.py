"""Groups whose commands are imported when they are asked for: all of them take a small box seconds."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group


def group(parts: Mapping[str, str]) -> type[TyperGroup]:
    """Make a kind of group that has these commands after its own.

    Args:
        parts: by word, where the command's function or its group stands: `module.name` in `gateway.cli`.
    """

    class LazyGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            """Name all commands; none is imported for that."""
            return [*(name for name in super().list_commands(ctx) if name not in parts), *parts]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            """Return a command, imported if it has to be."""
            if cmd_name in parts and cmd_name not in self.commands:
                self.add_command(_command(parts[cmd_name], cmd_name))
            return super().get_command(ctx, cmd_name)

    return LazyGroup


def _command(place: str, word: str) -> Any:
    module, _, name = place.rpartition(".")
    found = getattr(import_module(f"gateway.cli.{module}"), name)
    if isinstance(found, typer.Typer):
        command: Any = get_group(found)
    else:
        alone = typer.Typer()
        alone.command(word)(found)
        command = get_command(alone)
    command.name = word
    return command
