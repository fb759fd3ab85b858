"""From `gymbox.toml` and the environment to a `BoxConfig`, or to problems that a person can act on."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import platformdirs
from pydantic import ValidationError

from gateway.config.model import BoxConfig
from gateway.config.overlaps import overlaps
from gateway.config.problems import ConfigError, Origin, Problem, parse_shown, problems_of
from gateway.config.toml_lines import KeyPath, key_lines
from gateway.redaction import redact_text

__all__ = ["ConfigError", "Problem", "build", "checked", "data_dir", "doubts", "load", "overrides", "read"]

PREFIX: Final = "GYMBOX_"
DATA_DIR_VARIABLE: Final = "GYMBOX_DATA_DIR"
_NESTING: Final = "__"
# A cloud service on this machine has its own (GYMBOX_CLOUD_SERVICE__PORT); GYMBOX_CLOUD__URL is the box's.
_VARIABLE: Final = re.compile(rf"{PREFIX}(?!CLOUD_[A-Z]).*{_NESTING}")
# A configuration of ten thousand devices is a tenth of this; more is some other file.
_MOST_BYTES: Final = 8_000_000
Overrides = dict[KeyPath, tuple[str, Any]]
"""What variables of the environment set: name and value by key path."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a file, not checked yet, and in which lines."""

    data: dict[str, Any]
    lines: dict[KeyPath, int]


def load(path: Path, *, environ: Mapping[str, str] | None = None) -> BoxConfig:
    """Read the file, lay the environment over it and check the whole; raises `ConfigError`."""
    written = read(path)
    return build(written.data, path=path, lines=written.lines, environ=environ)


def read(path: Path) -> Written:
    """Read the file as TOML; raises `ConfigError`."""
    text = _read(path)
    try:
        return Written(tomllib.loads(text), key_lines(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_problem(path, text, error)]) from error


def build(
    data: dict[str, Any],
    *,
    path: Path | None = None,
    lines: dict[KeyPath, int] | None = None,
    environ: Mapping[str, str] | None = None,
) -> BoxConfig:
    """Check settings that were already read (`path` and `lines` say where from); raises `ConfigError`."""
    variables = overrides(environ)
    origin = Origin(
        str(path or "settings"), lines or {}, {keys: name for keys, (name, _) in variables.items()}
    )
    folder = path.resolve().parent if path else Path.cwd()
    return checked(data, variables, folder=folder, origin=origin)


def checked(data: dict[str, Any], variables: Overrides, *, folder: Path, origin: Origin) -> BoxConfig:
    """Lay the environment's variables over settings and check the whole; raises `ConfigError`.

    Args:
        data: as TOML has it; is changed.
        variables: of the environment.
        folder: from which relative paths are seen.
        origin: where the settings came from.
    """
    problems: list[Problem] = []
    for keys, (variable, value) in variables.items():
        if not _lay_over(data, keys, value):
            problems.append(Problem(source="environment", key=variable, reason=f"{keys[0]} is no section"))
    if problems:
        raise ConfigError(problems)
    try:
        return BoxConfig.model_validate(data, context={"folder": folder})
    except ValidationError as error:
        raise ConfigError(problems_of(error, origin)) from None


def doubts(config: BoxConfig, *, path: Path) -> list[Problem]:
    """Say what works but hardly as it was meant in a configuration that was loaded from here."""
    origin = Origin(str(path), key_lines(_read(path)))
    return [origin.problem(parse_shown(key), reason) for key, reason in overlaps(config)]


def data_dir(
    config: BoxConfig | None = None, *, option: Path | None = None, environ: Mapping[str, str] | None = None
) -> Path:
    """Return where data lives: `--data-dir`, GYMBOX_DATA_DIR, `[box] data_dir`, the user's own folder."""
    named = (os.environ if environ is None else environ).get(DATA_DIR_VARIABLE)
    if option is not None:
        return option.expanduser().absolute()
    if named:
        return Path(named).expanduser().absolute()
    if config is not None and config.box.data_dir is not None:
        return config.box.data_dir
    return Path(platformdirs.user_data_dir("gymbox", appauthor=False))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise ConfigError([Problem(source=str(path), key="", reason="is too large for a configuration")])
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = Problem(source=str(path), key="", line=line, reason="is not UTF-8 text; save it as UTF-8")
        raise ConfigError([problem]) from error
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise ConfigError([Problem(source=str(path), key="", reason=reason)]) from error


def _syntax_problem(path: Path, text: str, error: tomllib.TOMLDecodeError) -> Problem:
    """Point at the place; 3.11 to 3.13 write it only into the message."""
    message, line, column = str(error), len(text.splitlines()), None
    if match := re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message):
        message = message[: match.start()]
        if match[1]:
            line, column = int(match[1]), int(match[2])
    reason = f"is not valid TOML: {message[:1].lower()}{message[1:]}"
    return Problem(source=str(path), key="", line=line, column=column, reason=redact_text(reason))


def overrides(environ: Mapping[str, str] | None = None) -> Overrides:
    """Return what GYMBOX_SECTION__KEY variables set, by key path; lists and tables are written as JSON."""
    found: Overrides = {}
    for variable, text in sorted((os.environ if environ is None else environ).items()):
        if _VARIABLE.match(variable):
            keys = tuple(part.lower() for part in variable.removeprefix(PREFIX).split(_NESTING))
            found[keys] = (variable, _parsed(text))
    return found


def _parsed(text: str) -> Any:
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return text
    return text


def _lay_over(data: dict[str, Any], keys: KeyPath, value: Any) -> bool:
    """Set a nested value; False when something on the way is no table."""
    table: Any = data
    for key in keys[:-1]:
        table = table.setdefault(str(key), {})
        if not isinstance(table, dict):
            return False
    table[str(keys[-1])] = value
    return True
