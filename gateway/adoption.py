"""Devices that an operator adopts while the box runs, kept in the store beside the configuration's own."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlite_utils import Database, Migrations

from devices.profile import Profile
from devices.registry import DeviceRegistry, KnownDevice
from devices.topics import normal_address
from gateway.clock import Clock
from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.store.file import open_for_reading
from gateway.store.store import Store

_log = logging.getLogger(__name__)

migrations: Final = Migrations("gateway.adoption")


@migrations()
def create_adopted_device(db: Database) -> None:
    """One row a device."""
    db.execute(
        """
        CREATE TABLE adopted_device (
            id TEXT PRIMARY KEY,
            profile TEXT NOT NULL,
            address TEXT NOT NULL UNIQUE,
            adopted_at TEXT NOT NULL,
            adopted_by TEXT NOT NULL
        ) STRICT
        """
    )


class AdoptionError(Exception):
    """A device cannot be adopted or forgotten; the text is for the person who tried."""


class DeviceUnknown(AdoptionError):  # noqa: N818 - named by what happened
    """There is no such device."""


class DeviceConfigured(AdoptionError):  # noqa: N818 - named by what happened
    """The configuration file names it; only that file can change it."""


class DeviceInUse(AdoptionError):  # noqa: N818 - named by what happened
    """Somebody trains with it."""


class AddressTaken(AdoptionError):  # noqa: N818 - named by what happened
    """Another device has the address."""


class ProfileUnknown(AdoptionError):  # noqa: N818 - named by what happened
    """There is no such profile, or it has to be named."""


class Adoption:
    """Adopts and forgets, on the event loop; what it answered survives a power cut."""

    def __init__(
        self,
        *,
        store: Store,
        registry: DeviceRegistry,
        profiles: Mapping[str, Profile],
        on_change: Callable[[], object],
        in_use: Callable[[], Collection[str]],
        clock: Clock | None = None,
    ) -> None:
        """Be ready.

        Args:
            store: where adoptions are kept.
            registry: holds the devices of the configuration already, and no others.
            profiles: by name.
            on_change: called when a device was adopted or forgotten.
            in_use: ids of the devices that somebody trains with now.
            clock: stamps adoptions.
        """
        self._store = store
        self._registry = registry
        self._profiles = profiles
        self._on_change = on_change
        self._in_use = in_use
        self._clock = clock or Clock()
        self._configured = frozenset(each.id for each in registry.known)
        self._changing = asyncio.Lock()
        self._restored = False

    async def reconfigure(self, config: BoxConfig, _change: Change) -> None:
        """Leave to the configuration what it names."""
        self._configured = frozenset(each.id for each in config.devices)

    def restore(self) -> None:
        """Know again what was adopted before; once done, doing it again changes nothing.

        Raises:
            StoreError: it cannot be read now.
        """
        if self._restored:
            return
        rows = self._store.read_now(_stored)
        self._restored = True
        for known in rows:
            try:
                self._registry.adopt(known)
            except ValueError as error:  # the configuration or its profiles changed since
                _log.warning("an adopted device is left out: %s", error)
        if rows:
            self._on_change()

    async def adopt(self, device_id: str, *, address: str | None, profile: str | None, by: str) -> None:
        """Know a device by this id from now on; what is not given is taken from what was heard.

        Raises:
            AdoptionError: it cannot be, and why.
            StoreError: it cannot be stored, and nothing changed.
        """
        async with self._changing:
            self.restore()
            self._refuse_configured(device_id)
            known = self._complete(device_id, address, profile)
            self._refuse_used(device_id, self._registry.resolve(known.address))
            at = self._clock.utc_now().isoformat()
            await self._store.write(lambda db: _save(db, known, at=at, by=by))
            self._forget_in_registry(device_id)
            self._registry.adopt(known)
        _log.info("device %s at %s is adopted by %s", known.id, known.address, by)
        self._on_change()

    async def forget(self, device_id: str, *, by: str) -> None:
        """Know a device no more.

        Raises:
            AdoptionError: it cannot be, and why.
            StoreError: it cannot be stored, and nothing changed.
        """
        async with self._changing:
            self.restore()
            self._refuse_configured(device_id)
            self._refuse_used(device_id)
            await self._store.write(
                lambda db: db.execute("DELETE FROM adopted_device WHERE id = ?", [device_id])
            )
            if not self._registry.forget(device_id):
                raise DeviceUnknown(f"There is no device {device_id}.")
        _log.info("device %s is forgotten by %s", device_id, by)
        self._on_change()

    def _complete(self, device_id: str, address: str | None, profile: str | None) -> KnownDevice:
        heard = self._registry.get(self._registry.resolve(address or device_id), self._clock.now_s())
        before = next((each for each in self._registry.known if each.id == device_id), None)
        address = address or (before.address if before else device_id)
        profile = profile or (before.profile if before else heard.profile.name if heard else None)
        if profile is None:
            raise ProfileUnknown(
                f"Nothing was heard of {address} yet; name its profile: {', '.join(sorted(self._profiles))}."
            )
        if profile not in self._profiles:
            raise ProfileUnknown(
                f"There is no profile {profile}; there are {', '.join(sorted(self._profiles))}."
            )
        other = self._registry.resolve(address)
        if other not in {device_id, normal_address(address)}:
            raise AddressTaken(f"{address} is the address of {other} already.")
        return KnownDevice(device_id, profile, address)

    def _refuse_configured(self, device_id: str) -> None:
        if device_id in self._configured:
            raise DeviceConfigured(f"{device_id} is named in the configuration file; change it there.")

    def _refuse_used(self, *device_ids: str) -> None:
        used = set(device_ids) & set(self._in_use())
        if used:
            raise DeviceInUse(f"Somebody trains with {', '.join(sorted(used))}. End that session first.")

    def _forget_in_registry(self, device_id: str) -> None:
        if any(each.id == device_id for each in self._registry.known):
            self._registry.forget(device_id)


def adopted_beside(path: Path) -> list[KnownDevice]:
    """Return what a box adopted, read from its store while it may run; nothing when there is none to read."""
    if not path.exists():
        return []
    try:
        with closing(open_for_reading(path).conn) as connection:
            return _stored(Database(connection))
    except sqlite3.Error as error:
        _log.warning("what was adopted cannot be read from %s: %s", path, error)
        return []


def _stored(db: Database) -> list[KnownDevice]:
    rows = db.execute("SELECT id, profile, address FROM adopted_device ORDER BY adopted_at, id").fetchall()
    return [KnownDevice(device_id, profile, address) for device_id, profile, address in rows]


def _save(db: Database, known: KnownDevice, *, at: str, by: str) -> None:
    # Whoever had the address is not known any more, else this would have been refused.
    db.execute("DELETE FROM adopted_device WHERE address = ? AND id <> ?", (known.address, known.id))
    db.execute(
        "INSERT INTO adopted_device (id, profile, address, adopted_at, adopted_by) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET profile = excluded.profile, address = excluded.address,"
        " adopted_at = excluded.adopted_at, adopted_by = excluded.adopted_by",
        (known.id, known.profile, known.address, at, by),
    )
