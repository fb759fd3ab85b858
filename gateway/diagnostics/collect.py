"""Putting a bundle together. A part that cannot be told says so, and hides no other."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from gateway.clock import Clock
from gateway.config.model import BoxConfig
from gateway.data_folder import SECRET
from gateway.diagnostics import resting
from gateway.diagnostics.allowed import allowed
from gateway.diagnostics.bundle import Section, as_json, bounded
from gateway.diagnostics.live import Live
from gateway.diagnostics.secrets import Secrets, secrets_of
from gateway.store.store import StoreError

_log = logging.getLogger(__name__)

_ABOUT: Final[Mapping[str, str]] = {
    "health.json": "How each part is, and how it has been.",
    "cameras.json": "Figures of each camera: state, frames a second. No image.",
    "devices.json": "How each of the gym's own devices is heard. No reading.",
    "metrics.txt": "What Prometheus would get.",
    "doctor.json": "What gymbox doctor finds.",
    "config.json": "The configuration: numbers, choices and ids; no names, paths, users or passwords.",
    "versions.json": "Versions of the program, its libraries and the models.",
    "disk.json": "How much room there is and what takes it.",
    "outbox.json": "How much waits for the cloud, and what it refused. No record.",
    "events.json": "The end of the event log.",
    "log.jsonl": "The end of the program's log.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """Where a box lies that may or may not run.

    Attributes:
        config: as it holds now.
        data_dir: the data folder.
        models_dir: the folder of models.
        read: asks the store on the calling thread; may raise StoreError.
    """

    config: Callable[[], BoxConfig]
    data_dir: Path
    models_dir: Path
    read: Callable[[Callable[[Database], Any]], Any]


class Diagnostics:
    """Makes bundles of a running box. Takes seconds: the doctor looks at broker and cameras."""

    def __init__(self, *, resting: Resting, live: Live, clock: Clock | None = None) -> None:
        self._resting = resting
        self._live = live
        self._clock = clock or Clock()

    async def collect(self) -> list[Section]:
        """Return what a bundle holds now; what is too long is cut, what cannot be told says so."""
        told: dict[str, Callable[[], Any]] = {
            "health.json": self._live.health_now,
            "cameras.json": self._live.camera_states,
            "devices.json": self._live.device_states,
            "metrics.txt": self._live.metrics_now,
        }
        live = {name: _guarded(name, tell) for name, tell in told.items()}
        return await asyncio.to_thread(collect, self._resting, self._clock.utc_now(), live)


def collect(box: Resting, now: datetime, live: Mapping[str, Any] | None = None) -> list[Section]:
    """Return what a bundle holds of a box at rest, after what a running one has told of itself. Blocks."""
    config = box.config()
    found = secrets_of(config, [box.data_dir / name for name in SECRET])
    try:
        people: list[str] = box.read(resting.member_words)
    except StoreError as error:
        people, unreadable = [], f"the store cannot be read: {error}"
    else:
        unreadable = ""
    secrets = Secrets(secrets=found, members=people)
    told: dict[str, Callable[[], Any]] = {
        "doctor.json": partial(resting.examined, config, box.data_dir),
        "config.json": partial(allowed, config),
        "versions.json": partial(resting.versions, box.models_dir),
        "disk.json": partial(resting.disk, box.data_dir),
        "outbox.json": lambda: box.read(lambda db: resting.waiting(db, now)),
        "events.json": lambda: box.read(resting.events),
        # Whose names are to be masked is not known while the store cannot be read.
        "log.jsonl": lambda: unreadable or resting.log(box.data_dir),
    }
    values = {**(live or {}), **{name: _guarded(name, tell) for name, tell in told.items()}}
    return bounded([Section(name, _masked(value, secrets), _ABOUT[name]) for name, value in values.items()])


def _masked(value: Any, secrets: Secrets) -> str:
    return secrets.text(value) if isinstance(value, str) else as_json(secrets.value(value))


def _guarded(name: str, tell: Callable[[], Any]) -> Any:
    try:
        return tell()
    except Exception as error:  # noqa: BLE001 - one section must not hide the others; logged and told
        _log.exception("the section %s of the diagnostics failed", name)
        return f"this cannot be told: {type(error).__name__}\n"
