"""The twin of a box: what it should be, what it says it is, and where the two differ.

Pure. The box and the cloud use the same file, so both read a document alike. The rules are those of the named
shadows of AWS IoT (Device Shadow service documents): who operates the fleet writes `desired`, the box writes
`reported`; a change is merged key by key, an array replaces the one before, and `null` deletes a key; whoever
names the version that a change was made for is refused when the document has moved on meanwhile.

One rule differs: a change that changes nothing keeps the version, so that a repeated request is no news to
anybody.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

Section = Literal["desired", "reported"]
Fields = Mapping[str, object]
"""A JSON object: text keys; values of JSON's types."""

MAX_BYTES: Final = 64 * 1024
"""The longest section, as compact JSON in UTF-8; apart, so that what a box reports leaves room for wishes."""
MAX_DEPTH: Final = 8
"""Objects and arrays inside of one another, the section itself included."""


class DocumentRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """A change cannot be part of a document; the text says where and why."""


class VersionConflict(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """A change was made for another version of the document; read it again.

    Attributes:
        asked: the version that the change was made for.
        current: the version that the document has.
    """

    def __init__(self, *, asked: int, current: int) -> None:
        self.asked = asked
        self.current = current
        super().__init__(f"the change is for version {asked}, and the document is at version {current}")


@dataclass(frozen=True, slots=True)
class Shadow:
    """One document.

    Attributes:
        desired: what the box should be.
        reported: what the box last said that it is.
        version: how often the document changed; 0 for one that nobody wrote yet.
    """

    desired: Fields = field(default_factory=dict)
    reported: Fields = field(default_factory=dict)
    version: int = 0

    @property
    def delta(self) -> dict[str, object]:
        """What is desired and not reported as such."""
        return delta(self.desired, self.reported)


def update(shadow: Shadow, section: Section, change: Fields, *, version: int | None = None) -> Shadow:
    """Merge a change into a section.

    Args:
        shadow: the document as it is.
        section: which side changes.
        change: a part of that side; a null deletes its key.
        version: the version that the change was made for; None takes whatever is there.

    Raises:
        VersionConflict: the document is at another version.
        DocumentRefused: the change is no JSON (as a NaN is none), or the section would be too long or deep.
    """
    if version is not None and version != shadow.version:
        raise VersionConflict(asked=version, current=shadow.version)
    _require_json(change, section)
    before = shadow.desired if section == "desired" else shadow.reported
    after = merge(before, change)
    if same(before, after):
        return shadow
    size = len(encode(after))
    if size > MAX_BYTES:
        raise DocumentRefused(f"{section} would have {size} bytes, more than {MAX_BYTES}")
    return replace(shadow, version=shadow.version + 1, **{section: after})


def merge(fields: Fields, change: Fields) -> dict[str, object]:
    """Fields after a change: objects are merged key by key, anything else is replaced, null deletes."""
    merged = dict(fields)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            before = merged.get(key)
            merged[key] = merge(before if isinstance(before, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def delta(desired: Fields, reported: Fields) -> dict[str, object]:
    """The part of what is desired that is missing in what is reported, or different there."""
    differing: dict[str, object] = {}
    for key, wanted in desired.items():
        there = reported.get(key)
        if isinstance(wanted, Mapping) and isinstance(there, Mapping):
            if inner := delta(wanted, there):
                differing[key] = inner
        elif key not in reported or not same(wanted, there):
            differing[key] = wanted
    return differing


def change_to(before: Fields, after: Fields) -> dict[str, object]:
    """The change that makes of some fields others: what to merge so that nothing else stays."""
    change: dict[str, object] = dict.fromkeys(before.keys() - after.keys())
    for key, value in after.items():
        there = before.get(key)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            if inner := change_to(there, value):
                change[key] = inner
        elif key not in before or not same(there, value):
            change[key] = value
    return change


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal; unlike in Python, true is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def encode(fields: Fields) -> bytes:
    """Fields as compact JSON with sorted keys: the same fields are always the same bytes."""
    return json.dumps(
        fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def _require_json(change: Fields, section: Section) -> None:
    try:
        encode(change)
    except (TypeError, ValueError, RecursionError) as error:
        raise DocumentRefused(f"{section} is no JSON: {error}") from error
    if _depth(change) > MAX_DEPTH:
        raise DocumentRefused(f"{section} has more than {MAX_DEPTH} levels")


def _depth(value: object) -> int:
    if isinstance(value, Mapping):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list | tuple):
        return 1 + max(map(_depth, value), default=0)
    return 0
