"""Keeps the box's identity: enrols when somebody gives a claim, renews in time, and tells how it stands."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final, Protocol

from gateway.config.change import Change, Entries
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.store.store import StoreError
from provisioning.identity.claim import Claim
from provisioning.identity.enroller import Enroller, Step
from provisioning.identity.folder import IdentityBroken, IdentityFolder
from provisioning.identity.status import IdentityStatus, status_of
from provisioning.staging import StillLocked
from sync.upload.clock import BUILT_AT

_log = logging.getLogger(__name__)

PART: Final = "identity"
"""The part's name on the health board, and the kind of its events."""
_LOOK_S: Final = 5.0
_RETRY_S: Final = 60.0
_SOON: Final = timedelta(days=14)
_CLOUD_CHANGED: Final = Change(
    paths=(), sections=frozenset({"cloud"}), stations=Entries(), cameras=Entries(), devices=Entries()
)


def create_enroller(folder: IdentityFolder) -> Enroller:
    """What takes the steps, with this program's name and the time at which it was made."""
    return Enroller(folder, agent=f"gymbox/{version('gymbox')}", built_at=BUILT_AT, random=random.random)


class Follower(Protocol):
    """What speaks to the cloud."""

    async def reconfigure(self, config: BoxConfig, change: Change) -> None:
        """Go on with another address or identity."""


class IdentityAgent:
    """The identity of a running box; lives on the event loop.

    `gymbox enrol` beside it changes the same files: they are looked at every few seconds.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        config: Callable[[], BoxConfig],
        health: Health,
        events: EventLog,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        enroller: Callable[[IdentityFolder], Enroller] = create_enroller,
    ) -> None:
        self.folder = IdentityFolder(data_dir)
        self._config = config
        self._health = health
        self._events = events
        self._wall = wall
        self._enroller = enroller(self.folder)
        self._news = asyncio.Event()
        self._followers: tuple[Follower, ...] = ()
        self._seen: object = None
        self._enrolled: object = None
        self._until: datetime | None = None

    @property
    def until(self) -> datetime | None:
        """When the certificate ends; None without one."""
        return self._until

    def follow(self, *followers: Follower) -> None:
        """Tell these when the box is enrolled elsewhere, or has another certificate."""
        self._followers = (*self._followers, *followers)

    async def status(self) -> IdentityStatus:
        """How it stands.

        Raises:
            IdentityBroken: a file cannot be used.
        """
        return await asyncio.to_thread(status_of, self.folder)

    async def enrol(self, claim: Claim, url: str, *, ca_pem: bytes | None, by: str) -> None:
        """Take a claim and begin; what was begun before is given up, what the box uses stays until then.

        Raises:
            StoreError: the disk does not take it.
        """
        try:
            await asyncio.to_thread(self._begin, claim, url, ca_pem)
        except (OSError, StillLocked) as error:
            raise StoreError(f"The claim cannot be kept: {error}") from error
        self._events.record(PART, actor=by, subject=claim.gateway_id, outcome="claimed", url=url)
        self._news.set()

    async def run(self) -> None:
        """Do what is due, until cancelled."""
        due_s = 0.0
        loop = asyncio.get_running_loop()
        self._enrolled = await asyncio.to_thread(self._standing)
        while True:
            if self._news.is_set() or loop.time() >= due_s or self._stamp() != self._seen:
                self._news.clear()
                due_s = loop.time() + await self._turn()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(_LOOK_S, due_s - loop.time()))):
                    await self._news.wait()

    async def _turn(self) -> float:
        """One step; returns the seconds until the next."""
        try:
            step = await asyncio.to_thread(self._step)
            status = await asyncio.to_thread(status_of, self.folder)
        except (IdentityBroken, OSError, StillLocked) as error:
            self._health.set(PART, "failed", str(error))
            return _RETRY_S
        finally:
            self._seen = self._stamp()
        self._until = status.until
        self._tell(step, status)
        standing = await asyncio.to_thread(self._standing)
        if standing != self._enrolled:
            self._enrolled = standing
            for follower in self._followers:
                await follower.reconfigure(self._config(), _CLOUD_CHANGED)
        return _RETRY_S if step.wait_s is None else step.wait_s

    def _step(self) -> Step:
        cloud = self._config().cloud
        moved_to = None if cloud.url is None else (cloud.url, cloud.ca or self.folder.ca)
        return self._enroller.step(self._wall(), moved_to=moved_to)

    def _begin(self, claim: Claim, url: str, ca_pem: bytes | None) -> None:
        with self.folder.alone():
            self.folder.begin(url, claim.gateway_id, claim.secret, ca_pem=ca_pem)

    def _standing(self) -> object:
        """What the others go by: where, whom to trust, and with which key."""
        try:
            enrolment, current = self.folder.enrolment(), self.folder.current()
        except IdentityBroken:  # the next turn tells
            return None
        return (
            None
            if enrolment is None
            else (enrolment.url, self.folder.ca, current and current.key_fingerprint)
        )

    def _stamp(self) -> object:
        found = []
        for path in self.folder.files:
            with suppress(OSError):
                found.append((path.name, path.stat().st_mtime_ns))
        return found

    def _tell(self, step: Step, status: IdentityStatus) -> None:
        if step.deed is not None:
            told = {"reason": step.reason or None, "until": status.until and status.until.isoformat()}
            subject = status.gateway_id or "gymbox"
            self._events.record(PART, actor="box", subject=subject, outcome=step.deed, **told)
        if status.state == "none":
            self._health.remove(PART)
            return
        trouble = step.reason or status.reason
        if status.until is None:
            self._health.set(PART, "degraded", trouble or "the box is being enrolled at the cloud")
            return
        until, now = status.until, self._wall()
        if now >= until:
            self._health.set(PART, "failed", f"the certificate ended on {until:%Y-%m-%d}; give a new claim")
        elif trouble or until - now < _SOON:
            text = f"the certificate ends on {until:%Y-%m-%d}"
            self._health.set(PART, "degraded", f"{text}; {trouble or 'it was not renewed yet'}")
        else:
            self._health.set(PART, "ok")
