"""What of the box a new configuration touches; the rest of it goes on untouched. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel

from gateway.config.layers import Path, pointer
from gateway.config.model import BoxConfig

RESTARTS: Final[tuple[Path, ...]] = (("http",), ("box", "data_dir"), ("box", "profiles_dir"))
"""What a running box cannot change about itself, with all that is inside."""
SECTIONS: Final = ("box", "http", "mqtt", "gym", "vision", "cloud", "storage", "updates", "homeassistant")
SectionName = Literal["box", "http", "mqtt", "gym", "vision", "cloud", "storage", "updates", "homeassistant"]


@dataclass(frozen=True, slots=True)
class Entries:
    """Ids of stations, cameras or devices that are new, gone, or otherwise set."""

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()

    @property
    def all(self) -> frozenset[str]:
        """Every id that is touched."""
        return self.added | self.removed | self.changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What differs between two configurations.

    Attributes:
        paths: of the settings that differ, in the tree of the configuration, in order.
        sections: the tables that differ and have no entries of their own.
        stations: touched, by id.
        cameras: likewise.
        devices: likewise.
    """

    paths: tuple[Path, ...]
    sections: frozenset[str]
    stations: Entries
    cameras: Entries
    devices: Entries

    @property
    def restarts(self) -> bool:
        """Whether the box has to start anew for it."""
        return any(path[: len(each)] == each for path in self.paths for each in RESTARTS)

    @property
    def touched(self) -> list[str]:
        """Names of the parts that follow it, for people: `vision`, `station:mat`."""
        tables = {"station": self.stations, "camera": self.cameras, "device": self.devices}
        entries = [f"{table}:{name}" for table, touched in tables.items() for name in sorted(touched.all)]
        return [*sorted(self.sections), *entries]

    @property
    def pointers(self) -> list[str]:
        """The settings that differ, as JSON pointers."""
        return [pointer(path) for path in self.paths]

    def touches(self, *names: SectionName) -> bool:
        """Whether any of these sections differs."""
        return not self.sections.isdisjoint(names)

    def sets(self, *path: str) -> bool:
        """Whether the setting at this path differs."""
        return path in self.paths

    def __bool__(self) -> bool:
        return bool(self.paths)


def between(old: BoxConfig, new: BoxConfig) -> Change:
    """What changes from one configuration to another."""
    sections = [
        path for name in SECTIONS for path in _differing(getattr(old, name), getattr(new, name), (name,))
    ]
    stations, station_paths = _entries("station", old.stations, new.stations)
    cameras, camera_paths = _entries("camera", old.cameras, new.cameras)
    devices, device_paths = _entries("device", old.devices, new.devices)
    return Change(
        paths=(*sections, *station_paths, *camera_paths, *device_paths),
        sections=frozenset(path[0] for path in sections),
        stations=stations,
        cameras=cameras,
        devices=devices,
    )


def _entries(table: str, old: Sequence[BaseModel], new: Sequence[BaseModel]) -> tuple[Entries, list[Path]]:
    before, after = _by_id(old), _by_id(new)
    paths = {
        name: list(_differing(before[name], after[name], (table, name))) for name in after if name in before
    }
    changed = frozenset(name for name, differing in paths.items() if differing)
    added, removed = frozenset(after.keys() - before.keys()), frozenset(before.keys() - after.keys())
    whole: list[Path] = [(table, name) for name in sorted(added | removed)]
    return Entries(added, removed, changed), [*whole, *(path for each in paths.values() for path in each)]


def _by_id(entries: Sequence[BaseModel]) -> dict[str, BaseModel]:
    return {str(getattr(each, "id")): each for each in entries}  # noqa: B009 - every entry of a table has one


def _differing(old: BaseModel, new: BaseModel, path: Path) -> Iterator[Path]:
    for name, described in type(old).model_fields.items():
        before, after = getattr(old, name), getattr(new, name)
        here = (*path, described.alias or name)
        if isinstance(before, BaseModel) and isinstance(after, BaseModel):
            yield from _differing(before, after, here)
        elif before != after:
            yield here
