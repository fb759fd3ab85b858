"""From a model's JSON schema to the fields of a form, with the model's own words and bounds. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["switch", "choice", "choices", "number", "text", "words", "secret"]
Schema = Mapping[str, Any]
Path = tuple[str, ...]

_REFERENCE: Final = "#/$defs/"
# Files whose first line is a secret: a form takes the secret itself, and the box keeps it in a file.
_SECRET: Final = "password_file"  # noqa: S105 - the name of a setting


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        path: of the setting within what the form is about.
        title: what it is called.
        hint: what it means, in words.
        kind: how it is filled in; `words` are texts with commas between them.
        options: of a choice.
        low: least number, None without one.
        high: greatest number, None without one.
        whole: whether a number has no fraction.
        numeral: whether a text of digits alone is a number.
        required: whether it cannot be left empty.
        group: title of the part of the form that it belongs to; empty for the form itself.
    """

    path: Path
    title: str
    hint: str
    kind: Kind
    options: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    whole: bool = False
    numeral: bool = False
    required: bool = False
    group: str = ""


def fields_of(schema: Schema, definitions: Schema, path: Path = (), group: str = "") -> Iterator[Field]:
    """Give the fields of an object in order; what no field fits, such as a polygon, is left out.

    Args:
        schema: of the object.
        definitions: what its references name.
        path: where the object stands in the form.
        group: title of the object within the form.
    """
    required = schema.get("required", ())
    for name, given in schema.get("properties", {}).items():
        found = _resolved(given, definitions)
        here = (*path, name)
        if found.get("type") == "object" and "properties" in found:
            yield from fields_of(found, definitions, here, found.get("title", name))
        elif (field := _field(here, found, definitions, group, required=name in required)) is not None:
            yield field


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    """Follow a reference; what stands beside it goes before what it names."""
    name = schema.get("$ref")
    return schema if name is None else {**definitions[name.removeprefix(_REFERENCE)], **schema}


def _field(path: Path, schema: Schema, definitions: Schema, group: str, *, required: bool) -> Field | None:
    forms = [_resolved(each, definitions) for each in schema.get("anyOf", [schema])]
    forms = [each for each in forms if each.get("type") != "null"]
    main = forms[0]
    kind = _kind(path, main)
    if kind is None:
        return None
    items = _resolved(main.get("items", {}), definitions)
    return Field(
        path=path,
        title=_title(schema, path[-1]),
        hint=schema.get("description", ""),
        kind=kind,
        options=tuple(str(each) for each in main.get("enum") or items.get("enum") or ()),
        low=main.get("minimum", main.get("exclusiveMinimum")),
        high=main.get("maximum", main.get("exclusiveMaximum")),
        whole=main.get("type") == "integer",
        numeral=any(each.get("type") == "integer" for each in forms[1:]),
        required=required,
        group=group,
    )


def _title(schema: Schema, name: str) -> str:
    """The title that somebody wrote; the one that pydantic makes of a name is in capitals."""
    written = schema.get("title", "")
    return (
        written
        if written and written != name.replace("_", " ").title()
        else name.replace("_", " ").capitalize()
    )


def _kind(path: Path, schema: Schema) -> Kind | None:
    kinds: Mapping[str, Kind] = {
        "boolean": "switch",
        "integer": "number",
        "number": "number",
        "string": "text",
    }
    if path[-1] == _SECRET:
        return "secret"
    if "enum" in schema:
        return "choice"
    if schema.get("type") == "array":
        items = schema.get("items", {})
        if "enum" in items or "$ref" in items:
            return "choices"
        return "words" if items.get("type") == "string" else None
    return kinds.get(schema.get("type", ""))


def value_at(values: Mapping[str, Any], path: Path) -> Any:
    """Return what stands at a path, None when nothing does."""
    found: Any = values
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def as_tree(changes: Mapping[Path, Any]) -> dict[str, Any]:
    """Return values by path as nested objects."""
    tree: dict[str, Any] = {}
    for path, value in changes.items():
        place = tree
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = value
    return tree


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)
