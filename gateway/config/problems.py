"""What is wrong with a configuration, in words that a person can act on: where, what, what was meant."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.config.model import BoxConfig
from gateway.config.toml_lines import KeyPath, line_of
from gateway.redaction import redact_text

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
    """One thing that is wrong with a configuration: where, what, and what was probably meant.

    Attributes:
        source: the file, `environment`, or the layer that it was written in.
        key: path of the setting as people write it.
        reason: what is wrong.
        line: in the file, from 1.
        column: in that line, from 1.
        suggestion: what was probably meant.
        pointer: the setting as a JSON pointer (RFC 6901) into the tree of the configuration.
    """

    source: str
    key: str
    reason: str
    line: int | None = None
    column: int | None = None
    suggestion: str | None = None
    pointer: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(each) for each in (self.source, self.line, self.column) if each is not None)
        what = f"{self.key}: {self.reason}" if self.key else self.reason
        return f"{place}: {what}" + (f" (did you mean '{self.suggestion}'?)" if self.suggestion else "")


class ConfigError(Exception):
    """The configuration cannot be used; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where settings came from, to point there.

    Attributes:
        source: of what nothing else is known of.
        lines: of keys in that source.
        variables: names of the environment's variables by what they set.
        ids: of the stations, cameras and devices by table, in order; makes pointers of their numbers.
        layers: who wrote what, by the path in the tree.
    """

    source: str
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    variables: Mapping[KeyPath, str] = field(default_factory=dict)
    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    layers: Mapping[tuple[str, ...], str] = field(default_factory=dict)

    def problem(self, path: KeyPath, reason: str, suggestion: str | None = None) -> Problem:
        """A problem with the setting at a path."""
        reason = redact_text(reason)
        for keys, variable in self.variables.items():
            if path[: len(keys)] == keys or keys[: len(path)] == path != ():
                return Problem(source="environment", key=variable, reason=reason, suggestion=suggestion)
        if not self.layers:
            return Problem(
                source=self.source,
                key=shown(path),
                reason=reason,
                line=line_of(path, self.lines),
                suggestion=suggestion,
            )
        named = self._named(path)
        return Problem(
            source=self._layer(named),
            key=".".join(named),
            reason=reason,
            suggestion=suggestion,
            pointer="".join(f"/{each}" for each in named),
        )

    def _named(self, path: KeyPath) -> tuple[str, ...]:
        """The path in the tree, where entries of tables go by their ids."""
        ids = self.ids.get(str(path[0]), ()) if path else ()
        if len(path) > 1 and isinstance(path[1], int) and path[1] < len(ids):
            path = (path[0], ids[path[1]], *path[2:])
        return tuple(map(str, path))

    def _layer(self, named: tuple[str, ...]) -> str:
        for length in range(len(named), 0, -1):
            if (layer := self.layers.get(named[:length])) is not None:
                return layer
        return self.source


def problems_of(error: ValidationError, origin: Origin) -> list[Problem]:
    """Everything that pydantic found, in plain words."""
    details = error.errors(include_url=False)
    found = [problem for detail in _causes(details) for problem in _problems(detail, origin)]
    return sorted(found, key=lambda each: (each.source, each.line or 0))


def _causes(details: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out that a list is too short when that is only because its entries were refused."""
    paths = [detail["loc"] for detail in details]
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(path != detail["loc"] and path[: len(detail["loc"])] == detail["loc"] for path in paths)
    ]


def _problems(detail: ErrorDetails, origin: Origin) -> list[Problem]:
    """Turn one of pydantic's errors into problems in plain words."""
    path: KeyPath = detail["loc"]
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "references":
        return [
            origin.problem(parse_shown(each["key"]), each["reason"], _closest_reference(each["reason"]))
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


def shown(path: KeyPath) -> str:
    """Write a key path as people do: `station[1].camera`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def parse_shown(key: str) -> KeyPath:
    """Read a key path that was written so."""
    return tuple(int(index) if index else name for name, index in re.findall(r"([A-Za-z_]+)|\[(\d+)\]", key))


def _decapitalised(message: str) -> str:
    message = message.removeprefix("Input ").removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
