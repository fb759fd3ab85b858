"""Write docs/reference from the code: configuration, commands and HTTP API never disagree with it."""  # noqa: INP001

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import typer.main
from fastapi import FastAPI
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from gateway.api.create import routes_of_v1
from gateway.cli.main import app as command_line
from gateway.config.model import BoxConfig

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- Written by `make docs`; change the code instead. -->\n"


def configuration() -> Iterator[str]:
    """Every key of gymbox.toml."""
    yield "# Configuration\n"
    yield NOTE
    yield (
        "One TOML file; nothing unknown is accepted. `GYMBOX_SECTION__KEY` in the environment overrides a "
        "key, for example `GYMBOX_HTTP__PORT=80`. Relative paths start at the folder of the file.\n"
    )
    for name, field in BoxConfig.model_fields.items():
        key = field.alias or name
        model, many = _section(field.annotation)
        yield f"## `{'[[' if many else '['}{key}{']]' if many else ']'}`\n"
        yield f"{(model.__doc__ or '').strip()}\n"
        yield "| key | default | meaning |\n|---|---|---|"
        yield from (f"| `{key}` | {default} | {text} |" for key, default, text in _rows(model))
        yield ""


def _section(annotation: Any) -> tuple[type[BaseModel], bool]:
    many = get_origin(annotation) is tuple
    return (get_args(annotation)[0] if many else annotation), many


def _rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        key, kind = prefix + (field.alias or name), field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _rows(kind, f"{key}.")
        else:
            yield key, _shown(field.default), field.description or ""


def _shown(default: Any) -> str:
    if default is PydanticUndefined:
        return "*required*"
    if default in (None, "", ()):
        return "-"
    value = list(default) if isinstance(default, tuple) else default
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def commands() -> Iterator[str]:
    """Every command of `gymbox`."""
    yield "# Commands\n"
    yield NOTE
    yield (
        "Exit codes: 0 done, 1 it could not be done and why is on stderr, 2 the command or the "
        "configuration is wrong. With `--json`, stdout holds JSON and nothing else.\n"
    )
    root: Any = typer.main.get_command(command_line)
    for name, command in root.commands.items():
        for words, each in ((name, command), *_inside(name, command)):
            if not getattr(each, "commands", None):
                yield from _command(words, each)


def _inside(name: str, group: Any) -> Iterator[tuple[str, Any]]:
    yield from ((f"{name} {inner}", command) for inner, command in getattr(group, "commands", {}).items())


def _command(words: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    usage = " ".join(_placeholder(each) for each in arguments)
    yield f"## `gymbox {words}{f' {usage}' if usage else ''}`\n"
    yield f"{command.help.strip()}\n"
    for each in arguments + options:
        label = "/".join(each.opts) if each in options else _placeholder(each)
        yield f"- `{label}`: {each.help or ''}"
    yield ""


def _placeholder(argument: Any) -> str:
    return argument.metavar or argument.name.upper()


def http_api() -> Iterator[str]:
    """Every route of the API, from its OpenAPI."""
    yield "# HTTP API\n"
    yield NOTE
    yield (
        "`GET /api/v1/openapi.json` on a box is the full reference. Send a token as "
        "`Authorization: Bearer gtk_…`; every error is a problem document (RFC 9457). "
        "Public, at the root: `/livez`, `/readyz`, `/metrics`.\n"
    )
    yield "| | | |\n|---|---|---|"
    api = FastAPI()
    api.include_router(routes_of_v1())
    for path, methods in api.openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"| `{method.upper()}` | `{path}` | {operation['summary']} |"


PAGES = {"configuration.md": configuration, "commands.md": commands, "http-api.md": http_api}


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text("\n".join(page()).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
