"""What a dataset is made of: objects with their hashes, and a name that follows from them. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SCHEMA: Final = 1
PART_BYTES: Final = 64 * 1024 * 1024
"""Gyms are put together until a task has about so much to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetObject:
    """One landed object.

    Attributes:
        name: in the object store.
        gym_id: whose records it holds.
        sha256: of its bytes.
        bytes: how many.
        records: in it.
        sessions: among these.
    """

    name: str
    gym_id: str
    sha256: str
    bytes: int
    records: int
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A dataset.

    Attributes:
        objects: by name.
        members: how many pseudonyms are in them.
        first_at, last_at: between which records were made, ISO 8601; None without any.
    """

    objects: tuple[DatasetObject, ...]
    members: int
    first_at: str | None
    last_at: str | None

    @property
    def id(self) -> str:
        """SHA-256 of what it is made of: the same objects are the same dataset."""
        made_of = [SCHEMA, sorted((each.name, each.sha256) for each in self.objects)]
        return hashlib.sha256(json.dumps(made_of, separators=(",", ":")).encode()).hexdigest()

    @property
    def sessions(self) -> int:
        """All of them."""
        return sum(each.sessions for each in self.objects)

    @property
    def records(self) -> int:
        """All of them."""
        return sum(each.records for each in self.objects)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        totals = {"schema": SCHEMA, "id": self.id, "records": self.records, "sessions": self.sessions}
        return {**totals, **asdict(self)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Manifest:
        """What `to_json` gave."""
        objects = tuple(DatasetObject(**each) for each in document["objects"])
        return cls(
            objects=objects,
            members=document["members"],
            first_at=document["first_at"],
            last_at=document["last_at"],
        )

    def parts(self, part_bytes: int = PART_BYTES) -> Iterator[tuple[DatasetObject, ...]]:
        """What one task reads: whole gyms, because a member's past is in one gym."""
        gyms: dict[str, list[DatasetObject]] = defaultdict(list)
        for each in sorted(self.objects, key=lambda each: (each.gym_id, each.name)):
            gyms[each.gym_id].append(each)
        waiting: list[DatasetObject] = []
        for objects in gyms.values():
            if waiting and _bytes(waiting) + _bytes(objects) > part_bytes:
                yield tuple(waiting)
                waiting = []
            waiting += objects
        if waiting:
            yield tuple(waiting)


def _bytes(objects: Sequence[DatasetObject]) -> int:
    return sum(each.bytes for each in objects)
