"""When a movement counts, station by station: the configuration, and what an operator changed since.

A change is on the disk before it takes effect, and takes effect without a restart of anything.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlite_utils import Database, Migrations

from gateway.clock import Clock
from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.config.sections.section import Fraction
from gateway.config.sections.vision import (
    DwellSeconds,
    Hysteresis,
    PostureSeconds,
    Smoothing,
    SquatDepthDegrees,
    Thresholds,
)
from gateway.store.store import Store, StoreError
from vision.counting.counter import CountingSettings
from vision.counting.form import FormLimits
from vision.counting.smoothing import SmoothingSettings

_log = logging.getLogger(__name__)

# No station can have this id; the row holds for all of them.
_EVERYWHERE: Final = ""

migrations: Final = Migrations("gateway.tuning")


@migrations()
def create_vision_tuning(db: Database) -> None:
    """One row a station, and one for all: what differs from the configuration."""
    db.execute(
        """
        CREATE TABLE vision_tuning (
            station_id TEXT PRIMARY KEY,
            changes TEXT NOT NULL,
            changed_at TEXT NOT NULL,
            changed_by TEXT NOT NULL
        ) STRICT
        """
    )


class SettingsChange(BaseModel):
    """Settings to change: what is left out stays, null goes back to what holds without the change."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    person_score: Fraction | None = Field(
        default=None, description="How sure the pose model must be that somebody is there."
    )
    smoothing: Smoothing | None = Field(
        default=None, description="How many times as hard as usual keypoints are smoothed."
    )
    hysteresis: Hysteresis | None = Field(
        default=None, description="Share of the way down to be taken back before it is up again."
    )
    dwell_s: DwellSeconds | None = Field(default=None, description="Seconds that up or down must last.")
    posture_s: PostureSeconds | None = Field(
        default=None, description="Seconds that a posture must be wrong, or right again."
    )
    squat_depth_degrees: SquatDepthDegrees | None = Field(
        default=None, description="Angle of the knee below which a squat is deep enough."
    )

    @property
    def given(self) -> dict[str, float | None]:
        """What the client wrote, nulls included."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set & set(_NAMES))}

    def over(self, changes: Mapping[str, float]) -> dict[str, float]:
        """Merge into earlier changes, as RFC 7396 merges JSON."""
        merged = {**changes, **self.given}
        return {name: value for name, value in merged.items() if value is not None}


_NAMES: Final = tuple(SettingsChange.model_fields)


class Tuning:
    """The settings of every station; read from any thread, changed on the event loop."""

    def __init__(self, *, config: BoxConfig, store: Store, clock: Clock | None = None) -> None:
        self.configured = config.vision.thresholds
        self.stations = _watched(config)
        self._store = store
        self._clock = clock or Clock()
        self._known: Mapping[str, Mapping[str, float]] | None = None
        self._changing = asyncio.Lock()
        self._listeners: tuple[Callable[[str], object], ...] = ()

    async def reconfigure(self, config: BoxConfig, change: Change) -> None:
        """Count by other thresholds wherever nothing else was set."""
        self.configured, self.stations = config.vision.thresholds, _watched(config)
        if any(path[:2] == ("vision", "thresholds") for path in change.paths):
            self._tell(self.stations)

    def subscribe(self, listener: Callable[[str], object]) -> None:
        """Call the listener with the id of each station whose settings were changed."""
        self._listeners = (*self._listeners, listener)

    def changes(self, station_id: str | None) -> Mapping[str, float]:
        """What differs at one station, or (None) at all, from what would hold otherwise.

        Nothing, for as long as the store cannot be read: then the configuration alone holds.
        """
        if self._known is None:
            try:
                self._known = self._store.read_now(_stored)
            except StoreError:  # the store's own state tells of it
                return {}
        return self._known.get(station_id or _EVERYWHERE, {})

    def thresholds(self, station_id: str) -> Thresholds:
        """What holds at a station."""
        return self._merged(self.changes(station_id))

    def counting(self, station_id: str) -> CountingSettings:
        """What holds at a station, as its counter takes it."""
        return counting_settings(self.thresholds(station_id))

    def candidate(self, station_id: str, change: SettingsChange) -> CountingSettings:
        """What would hold at a station after a change."""
        return counting_settings(self._merged(change.over(self.changes(station_id))))

    async def change(self, station_id: str | None, change: SettingsChange, *, by: str) -> None:
        """Change settings at one station, or (None) at all where they are not set for a station by itself.

        Raises:
            StoreError: the change could not be stored, and does not take effect.
        """
        at = self._clock.utc_now().isoformat()
        async with self._changing:
            self._known = await self._store.write(
                lambda db: _save(db, station_id or _EVERYWHERE, change, at=at, by=by)
            )
        where = station_id or "every station"
        _log.info("counting at %s is tuned by %s: %s", where, by, json.dumps(change.given))
        self._tell([station_id] if station_id else self.stations)

    def _tell(self, stations: Iterable[str]) -> None:
        for station_id in stations:
            for listener in self._listeners:
                listener(station_id)

    def _merged(self, changes: Mapping[str, float]) -> Thresholds:
        return Thresholds.model_validate({**self.configured.model_dump(), **self.changes(None), **changes})


def _watched(config: BoxConfig) -> tuple[str, ...]:
    return tuple(each.id for each in config.stations if each.camera is not None)


def counting_settings(thresholds: Thresholds) -> CountingSettings:
    """Say it in the counter's own terms."""
    return CountingSettings(
        min_score=thresholds.person_score,
        posture_s=thresholds.posture_s,
        smoothing=SmoothingSettings().harder(thresholds.smoothing),
        hysteresis=thresholds.hysteresis,
        dwell_s=thresholds.dwell_s,
        form=FormLimits(deep_enough_degrees=thresholds.squat_depth_degrees),
    )


def _stored(db: Database) -> dict[str, dict[str, float]]:
    rows = db.execute("SELECT station_id, changes FROM vision_tuning").fetchall()
    return {station_id: _readable(station_id, text) for station_id, text in rows}


def _save(
    db: Database, station_id: str, change: SettingsChange, *, at: str, by: str
) -> dict[str, dict[str, float]]:
    """Merge into what is stored, and return all of it."""
    merged = change.over(_stored(db).get(station_id, {}))
    db.execute(
        "INSERT INTO vision_tuning (station_id, changes, changed_at, changed_by) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (station_id) DO UPDATE SET changes = excluded.changes,"
        " changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        (station_id, json.dumps(merged), at, by),
    )
    return _stored(db)


def _readable(station_id: str, text: str) -> dict[str, float]:
    """What an earlier version stored, if this one still takes it."""
    try:
        return SettingsChange.model_validate_json(text).over({})
    except ValidationError as error:
        where = station_id or "every station"
        _log.warning("how counting at %s was tuned is of another version and left out: %s", where, error)
        return {}
