"""Write docs/reference from the code: configuration, commands, frames and HTTP API never disagree with it."""  # noqa: INP001

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import typer.main
from fastapi import FastAPI
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.core import TyperGroup

from devices.codecs import MACHINES, control_point, machine_status, ranges
from devices.codecs.fields import Number, Structure, Variable
from devices.reading import UNITS, unit_of
from gateway.api.create import routes_of_v1
from gateway.cli.main import app as command_line
from gateway.config.model import BoxConfig
from sync.cloud.settings import CloudSettings

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


def cloud_settings() -> Iterator[str]:
    """Every key of cloud.toml."""
    yield "# Settings of the cloud\n"
    yield NOTE
    yield (
        "`cloud.toml`, for `gymbox cloud`; nothing unknown is accepted. `GYMBOX_CLOUD_SECTION__KEY` in the "
        "environment overrides a key, for example `GYMBOX_CLOUD_SERVICE__PORT=443`. Relative paths start at "
        "the folder of the file.\n"
    )
    for name, field in CloudSettings.model_fields.items():
        model, _ = _section(field.annotation)
        yield f"## `[{name}]`\n"
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
    for words, command in _inside("", typer.main.get_command(command_line)):
        yield from _command(words, command)


def _inside(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command that is no group."""
    if not isinstance(command, TyperGroup):
        yield words, command
        return
    context = typer.Context(command)
    for word in command.list_commands(context):
        yield from _inside(f"{words} {word}".strip(), command.get_command(context, word))


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
    return str(argument.metavar or argument.name.upper())


def http_api() -> Iterator[str]:
    """Every route of the API, from its OpenAPI."""
    yield "# HTTP API\n"
    yield NOTE
    yield (
        "`GET /api/v1/openapi.json` on a box is the full reference. Send a token as "
        "`Authorization: Bearer gtk_…`; every error is a problem document (RFC 9457). "
        "Public, at the root: `/livez`, `/readyz`. `/metrics` is for this machine, operators and the fleet.\n"
    )
    yield "| | | |\n|---|---|---|"
    api = FastAPI(routes=routes_of_v1())
    for path, methods in api.openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"| `{method.upper()}` | `{path}` | {operation['summary']} |"


def frames() -> Iterator[str]:
    """Every characteristic that is decoded, field by field."""
    yield "# Frames\n"
    yield NOTE
    yield (
        "What the box understands of the Fitness Machine Service 1.0.1 and its neighbours: little endian, "
        "in the order of the frame. `gymbox devices decode CHARACTERISTIC HEX` prints these names. **Bold** "
        "ones are canonical metrics, which live state, records and the API carry. Where two widths stand, "
        "the length of the frame decides, and a device is held to the one that it uses. A frame with an "
        "octet too few or too many, a reserved flag or an unknown code is refused with a reason and "
        "counted.\n"
    )
    yield (
        "Beside the tables: `2a37` heart rate (**heart_rate_bpm**, **contact**, **energy_kcal**, every "
        "**rr_interval_ms**), `2a19` **battery_percent**, `2acc` features (`measures_…` and `takes_…`), "
        "`2ad3` training_status with its text.\n"
    )
    for characteristic, layout in MACHINES.items():
        yield f"## `{characteristic}` {layout.title}\n"
        yield f"{layout.flag_octets} octets of flags, then:\n"
        yield "| bit | field | octets | unit | resolution |\n|---|---|---|---|---|"
        for block in layout.blocks:
            bit = f"{block.bit} clear" if block.bit == 0 else str(block.bit)
            yield from (_number(bit, number) for number in block.numbers)
        yield from (f"| {sign.bit} | {sign.name} | - | 0 or 1 | - |" for sign in layout.signs)
        yield ""
    for characteristic, table in ranges.TABLES.items():
        yield f"## `{characteristic}` {table.title}\n"
        yield from _structure(table)
    for characteristic, operations in (("2ad9", control_point.REQUESTS), ("2ada", machine_status.STATUSES)):
        yield f"## `{characteristic}` {operations.title}\n"
        yield "| op code | name | what follows |\n|---|---|---|"
        for op, structure in operations.parameters.items():
            yield f"| 0x{op:02x} | {op.name.lower()} | {', '.join(structure.names) or '-'} |"
        yield ""


def _structure(table: Structure) -> Iterator[str]:
    yield "| field | octets | unit | resolution |\n|---|---|---|---|"
    yield from (_number("", number).replace("|  ", "", 1) for number in table.numbers)
    yield ""


def _number(bit: str, number: Number | Variable) -> str:
    editions = [number] if isinstance(number, Number) else [number.narrow, number.wide]
    columns = (
        (f"**{each.name}**" if each.name in UNITS else each.name for each in editions),
        (f"{each.octets}{' signed' if each.signed else ''}" for each in editions),
        (unit_of(each.name) or "-" for each in editions),
        (f"{float(each.resolution):g}" for each in editions),
    )
    return f"| {bit} | " + " | ".join(" or ".join(dict.fromkeys(column)) for column in columns) + " |"


PAGES = {
    "configuration.md": configuration,
    "cloud-settings.md": cloud_settings,
    "commands.md": commands,
    "http-api.md": http_api,
    "frames.md": frames,
}


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text("\n".join(page()).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
