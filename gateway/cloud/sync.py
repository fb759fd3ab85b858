"""Sees to it that what the box recorded reaches the cloud, and that everybody knows how that goes."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from gateway.cloud.address import cloud_address
from gateway.cloud.desk import StoreDesk
from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.store.store import Store
from provisioning.identity.folder import IdentityFolder
from sync.retention import Budget
from sync.upload.credentials import CredentialsUnusable
from sync.upload.ports import Clocks
from sync.upload.state import Event, UploadCounts, UploadState
from sync.upload.thread import UploadThread
from sync.upload.transport import HttpsCloud
from sync.upload.uploader import Uploader, UploadSettings

if TYPE_CHECKING:
    from gateway.sessions.active import ActiveSession

CLOUD: Final = "cloud"
"""The part's name on the health board, and the kind of its events."""

_BYTES_PER_KBIT: Final = 1000 / 8
_OUTBOX_SHARE: Final = 0.5


class CloudSync:
    """The upload of one box. Start it after the store, on the event loop; stop it before the store."""

    def __init__(
        self,
        *,
        config: BoxConfig,
        store: Store,
        health: Health,
        events: EventLog,
        identity: IdentityFolder | None = None,
    ) -> None:
        self._identity = identity
        self._health = health
        self._events = events
        self._store = store
        self._loop: asyncio.AbstractEventLoop | None = None
        self._set_up(config)

    async def reconfigure(self, config: BoxConfig, change: Change) -> None:
        """Bring another part of what was recorded, or to another cloud."""
        if not change.touches("cloud", "storage"):
            return
        counts = self.counts
        await asyncio.to_thread(self._thread.stop)
        self._set_up(config)
        self._uploader.counts = counts
        self.start()

    @property
    def state(self) -> UploadState:
        """How the upload is doing."""
        return self._uploader.state

    @property
    def counts(self) -> UploadCounts:
        """What it did since the box started."""
        return self._uploader.counts

    def start(self) -> None:
        """Begin; returns without waiting for a cloud."""
        self._loop = asyncio.get_running_loop()
        self._show(self.state)
        self._thread.start()

    def stop(self) -> None:
        """End within two seconds; what the cloud did not acknowledge waits for the next start."""
        self._thread.stop()

    def _set_up(self, config: BoxConfig) -> None:
        self._uploader = Uploader(
            desk=StoreDesk(self._store),
            cloud=_wire(config, self._identity),
            settings=UploadSettings(config.cloud.upload, _budget(config)),
            clocks=Clocks(_awake_or_asleep_s, _utc_now),
            listener=self,
        )
        self._thread = UploadThread(self._uploader)

    def session_started(self, session: "ActiveSession") -> None:
        """Nothing leaves before it is over."""

    def session_ended(self, _session: "ActiveSession") -> None:
        """Its record waits now."""
        self._thread.wake()

    # What the upload tells, on its own thread.

    def changed(self, state: UploadState) -> None:
        """Show how it does."""
        self._show(state)

    def happened(self, event: Event, **detail: object) -> None:
        """Put it into the event log."""
        if self._loop is not None:
            record = partial(self._events.record, CLOUD, actor="box", subject=CLOUD, outcome=event, **detail)
            with suppress(RuntimeError):  # the box has stopped; the process log has it
                self._loop.call_soon_threadsafe(record)

    def _show(self, state: UploadState) -> None:
        if state.level == "off":
            self._health.remove(CLOUD)
        else:
            self._health.set(CLOUD, state.level, state.reason)


def _wire(config: BoxConfig, identity: IdentityFolder | None) -> HttpsCloud | None:
    rate = config.cloud.max_kbit_s
    try:
        address = cloud_address(config.cloud, identity)
    except CredentialsUnusable:  # the identity's own state tells of it, and of when it is mended
        return None
    if address is None:
        return None
    max_bytes_s = None if rate is None else rate * _BYTES_PER_KBIT
    return HttpsCloud(address, agent=f"gymbox/{version('gymbox')}", max_bytes_s=max_bytes_s)


def _budget(config: BoxConfig) -> Budget:
    share = int(config.storage.budget_mb * 1_000_000 * _OUTBOX_SHARE)
    return Budget(share, timedelta(days=config.storage.outbox_days))


def _awake_or_asleep_s() -> float:
    """Seconds that go on while the machine sleeps, or waking up would look like a clock that was set."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _utc_now() -> datetime:
    return datetime.now(UTC)
