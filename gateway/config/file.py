"""From `gymbox.toml` and the environment to a `BoxConfig`, or to problems that a person can act on."""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args, get_origin

import platformdirs
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.config.model import BoxConfig
from gateway.config.overlaps import overlaps
from gateway.config.toml_lines import KeyPath, key_lines, line_of
from gateway.redaction import redact_text

PREFIX: Final = "GYMBOX_"
DATA_DIR_VARIABLE: Final = "GYMBOX_DATA_DIR"
_NESTING: Final = "__"
# A configuration of ten thousand devices is a tenth of this; more is some other file.
_MOST_BYTES: Final = 8_000_000

_WORDS: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "tuple_type": "must be a list: [ … ]",
    "model_type": "must be a section with keys",
    "path_type": "must be a path in quotes",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entry",
    "too_long": "must have at most {max_length} entries",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a configuration: where, what, and what was probably meant."""

    source: str
    key: str
    reason: str
    line: int | None = None
    column: int | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(each) for each in (self.source, self.line, self.column) if each is not None)
        what = f"{self.key}: {self.reason}" if self.key else self.reason
        return f"{place}: {what}" + (f" (did you mean '{self.suggestion}'?)" if self.suggestion else "")


class ConfigError(Exception):
    """The configuration cannot be used; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def load(path: Path, *, environ: Mapping[str, str] | None = None) -> BoxConfig:
    """Read the file, lay the environment over it and check the whole; raises `ConfigError`."""
    text = _read(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_problem(path, text, error)]) from error
    return build(data, path=path, lines=key_lines(text), environ=environ)


def build(
    data: dict[str, Any],
    *,
    path: Path | None = None,
    lines: dict[KeyPath, int] | None = None,
    environ: Mapping[str, str] | None = None,
) -> BoxConfig:
    """Check settings that were already read (`path` and `lines` say where from); raises `ConfigError`."""
    overrides = _overrides(os.environ if environ is None else environ)
    problems: list[Problem] = []
    for keys, (variable, value) in overrides.items():
        if not _lay_over(data, keys, value):
            problems.append(Problem(source="environment", key=variable, reason=f"{keys[0]} is no section"))
    if problems:
        raise ConfigError(problems)
    folder = path.resolve().parent if path else Path.cwd()
    try:
        return BoxConfig.model_validate(data, context={"folder": folder})
    except ValidationError as error:
        origin = _Origin(
            str(path or "settings"), lines or {}, {keys: name for keys, (name, _) in overrides.items()}
        )
        details = error.errors(include_url=False)
        found = [problem for detail in _causes(details) for problem in _problems(detail, origin)]
        raise ConfigError(sorted(found, key=lambda each: (each.source, each.line or 0))) from None


def doubts(config: BoxConfig, *, path: Path) -> list[Problem]:
    """Say what works but hardly as it was meant in a configuration that was loaded from here."""
    origin = _Origin(str(path), key_lines(_read(path)), {})
    return [origin.problem(_parse_shown(key), reason) for key, reason in overlaps(config)]


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


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where settings came from, to point there."""

    source: str
    lines: dict[KeyPath, int]
    variables: Mapping[KeyPath, str]

    def problem(self, path: KeyPath, reason: str, suggestion: str | None = None) -> Problem:
        reason = redact_text(reason)
        for keys, variable in self.variables.items():
            if path[: len(keys)] == keys or keys[: len(path)] == path != ():
                return Problem(source="environment", key=variable, reason=reason, suggestion=suggestion)
        return Problem(
            source=self.source,
            key=_shown(path),
            reason=reason,
            line=line_of(path, self.lines),
            suggestion=suggestion,
        )


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


def _overrides(environ: Mapping[str, str]) -> dict[KeyPath, tuple[str, Any]]:
    """Return what GYMBOX_SECTION__KEY variables set, by key path; lists and tables are written as JSON."""
    found: dict[KeyPath, tuple[str, Any]] = {}
    for variable, text in sorted(environ.items()):
        if variable.startswith(PREFIX) and _NESTING in variable:
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


def _causes(details: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out that a list is too short when that is only because its entries were refused."""
    paths = [detail["loc"] for detail in details]
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(path != detail["loc"] and path[: len(detail["loc"])] == detail["loc"] for path in paths)
    ]


def _problems(detail: ErrorDetails, origin: _Origin) -> list[Problem]:
    """Turn one of pydantic's errors into problems in plain words."""
    path: KeyPath = detail["loc"]
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "references":
        return [
            origin.problem(_parse_shown(each["key"]), each["reason"], _closest_reference(each["reason"]))
            for each in context["mistakes"]
        ]
    if kind == "extra_forbidden":
        known = _fields_at(path[:-1])
        suggestion = _closest(str(path[-1]), known)
        reason = "is not a setting" + ("" if suggestion else f"; there are {', '.join(known)}")
        return [origin.problem(path, reason, suggestion)]
    if kind == "literal_error":
        suggestion = _closest(str(detail["input"]), re.findall(r"'([^']+)'", context["expected"]))
        return [origin.problem(path, f"must be one of {context['expected']}", suggestion)]
    if kind == "string_pattern_mismatch":
        return [origin.problem(path, _pattern_reason(path))]
    if kind in _WORDS:
        return [origin.problem(path, _WORDS[kind].format_map(context))]
    return [origin.problem(path, _decapitalised(detail["msg"]))]


def _pattern_reason(path: KeyPath) -> str:
    if path[-1] == "language":
        return "must be a language code such as en, de or pt-BR"
    if path[-1] in ("address", "host"):
        return "must not contain blanks, + or #"
    return "may hold letters, digits, dot, dash and underscore, and begins with a letter or digit"


def _closest_reference(reason: str) -> str | None:
    match = re.match(r"no \w+ is called '(?P<wanted>.*)'; there are (?P<known>.*)$", reason)
    return _closest(match["wanted"], match["known"].split(", ")) if match else None


def _closest(word: str, known: Sequence[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.6)), None)


def _fields_at(path: KeyPath) -> list[str]:
    """Return the keys that the section at this path knows."""
    model: type[BaseModel] = BoxConfig
    for step in path:
        if isinstance(step, int):
            continue
        inner = {field.alias or name: field.annotation for name, field in model.model_fields.items()}.get(
            step
        )
        while get_origin(inner) is tuple:
            inner = get_args(inner)[0]
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _shown(path: KeyPath) -> str:
    """Write a key path as people do: `station[1].camera`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _parse_shown(key: str) -> KeyPath:
    return tuple(int(index) if index else name for name, index in re.findall(r"([A-Za-z_]+)|\[(\d+)\]", key))


def _decapitalised(message: str) -> str:
    message = message.removeprefix("Input ").removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
