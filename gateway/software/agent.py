"""Keeps the box's program as the cloud desires it.

Where the box was started by the launcher there are two slots: this brings a release into the idle one, says
that it is next, and has the process end. After that it is the new version's turn to say that it works: it
confirms once the box answers and the cloud was reached. If it never does, the launcher starts the old one.
"""

import asyncio
import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from typing import Final

from gateway.clock import LocalDays
from gateway.config.sections.updates import UpdatesSection
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.redaction import shorten_paths
from gateway.software.place import Place
from gateway.software.readiness import Readiness
from gateway.twin.link import Twin
from gateway.twin.wire import Conflict
from gateway.updates.downloads import Downloads
from provisioning.assignment import Assignment, AssignmentRefused, Standing, State, read_assignment, report
from provisioning.software.archive import ARCHIVE, ArchiveDamaged
from provisioning.software.decision import Step, Terms, next_step
from provisioning.software.install import InstallFailed, InstallStopped, install
from provisioning.software.install_root import InstallRoot
from provisioning.software.slots import Release, begin_trial, confirm, note_failure
from provisioning.twin import merge, same
from sync.releases.errors import ReleaseError, ReleaseRefused
from sync.upload.answer import NotDelivered

_log = logging.getLogger(__name__)
SUBJECT: Final = "gymbox"
EVENT: Final = "software-update"
PART: Final = "software"
_INCOMING: Final = "incoming"
# What could not be had or kept just now: a download and an installation are much work to begin anew.
_RETRY_S: Final = 600.0
_TRIAL_LOOK_S: Final = 2.0


class SoftwareAgent:
    """One box's updates of itself; lives on the event loop."""

    def __init__(
        self,
        *,
        twin: Twin,
        downloads: Downloads,
        place: Place,
        settings: Callable[[], UpdatesSection],
        in_use: Callable[[], bool],
        leave: Callable[[], None],
        readiness: Readiness,
        events: EventLog,
        health: Health,
        days: LocalDays,
    ) -> None:
        """Prepare; nothing is read or asked for yet.

        Args:
            twin: the shadow `software`.
            downloads: where signed releases come from.
            place: where this program lies.
            settings: `[updates]` as it is now.
            in_use: whether somebody trains just now.
            leave: has the process end, so that the launcher starts what is next.
            readiness: asks the box how it is.
            events: the box's own record.
            health: where operators look.
            days: the gym's time.
        """
        self._twin = twin
        self._downloads = downloads
        self._place = place
        self._settings = settings
        self._in_use = in_use
        self._leave = leave
        self._readiness = readiness
        self._events = events
        self._health = health
        self._days = days
        self._stopping = threading.Event()
        self._leaving = False
        self._put_off: tuple[Assignment, str] | None = None
        self._retry_at_s = 0.0

    async def run(self) -> None:
        """Do what is due after every look at the twin, until cancelled."""
        on_trial = False
        while not self._leaving:
            await (asyncio.sleep(_TRIAL_LOOK_S) if on_trial else self._twin.look())
            try:
                on_trial = await self.is_on_trial()
                if not on_trial:
                    await self.turn()
            except OSError as error:
                _log.error("the software cannot be looked after: %s", error)
                await asyncio.sleep(_RETRY_S)
        await asyncio.Event().wait()

    def served_at(self, host: str, port: int) -> None:
        """Say where the box listens, so that a version on trial can be asked how it is."""
        self._readiness.served_at(host, port)

    def close(self) -> None:
        """End what a thread does; it begins anew at the next start."""
        self._stopping.set()
        self._downloads.stop()

    async def turn(self) -> None:
        """Bring what is desired one step nearer. Raises OSError."""
        desired = (self._twin.desired or {}).get(SUBJECT)
        if desired is None:
            return
        try:
            wanted = read_assignment(desired)
        except AssignmentRefused as error:
            _log.warning("software: %s", error)
            return
        security = isinstance(desired, Mapping) and desired.get("purpose") == "security"
        step = self._next_step(wanted, security=security)
        if step.move == "install":
            step = self._later(wanted) or await self._install(wanted, security=security)
        if step.move == "switch":
            await self._tell(wanted, "installing", "starts with it now")
            await self._switch()
            return
        state = "rolled_back" if step.outcome == "rolled_back" else _STATES[step.move]
        await self._tell(wanted, state, step.reason)

    async def is_on_trial(self) -> bool:
        """Whether this version still has to prove itself; confirms when it has. Raises OSError."""
        root, slot = self._place.root, self._place.slot
        if root is None or slot is None:
            return False
        slots = root.slots()
        if slots.trial is None or slots.trial.slot != slot:
            return False
        failing = await self._readiness.failing()
        worse = None if failing is None else failing - set(slots.trial.failing)
        if self._twin.trouble is not None or self._twin.desired is None or worse is None or worse:
            parts = "no answer" if worse is None else ", ".join(sorted(worse)) or "ready"
            told = slots.trial.release.version, parts, self._twin.trouble or "reached"
            _log.warning("gymbox %s has not proven itself yet: box %s, cloud %s", *told)
            return True
        root.note_proven(slot)
        root.keep(confirm(root.slots()))
        _log.info("gymbox %s has proven itself", slots.trial.release.version)
        return False

    def _next_step(self, wanted: Assignment, *, security: bool) -> Step:
        given = self._settings()
        terms = Terms(automatic=given.automatic, postpone_until=given.postpone_until, window=given.hours)
        local = self._place.local(in_use=self._in_use())
        return next_step(wanted, local, terms, self._days.now(), security=security)

    async def _install(self, wanted: Assignment, *, security: bool) -> Step:
        """Bring the release into the idle slot; returns what is due then."""
        root = self._place.root
        assert root is not None  # noqa: S101 - `next_step` installs only where there are slots
        assert wanted.target is not None  # noqa: S101 - likewise
        await self._tell(wanted, "installing")
        release = Release(version=wanted.version, sha256=wanted.sha256)
        try:
            await asyncio.to_thread(self._bring, root, wanted.target, release, security)
        except (ReleaseRefused, InstallFailed, ArchiveDamaged) as error:
            root.keep(note_failure(root.slots(), release, shorten_paths(str(error))))
            return Step("fail", str(error), "failed")
        except InstallStopped:
            return Step("install")
        except (ReleaseError, OSError) as error:  # may be better after a while
            _log.warning("gymbox %s cannot be installed now: %s", wanted.version, error)
            self._put_off, self._retry_at_s = (wanted, str(error)), self._days.clock.now_s() + _RETRY_S
            return Step("install", str(error))
        return self._next_step(wanted, security=security)

    def _later(self, wanted: Assignment) -> Step | None:
        """What there is to say while a failed installation is not tried again yet."""
        if self._put_off is None or self._put_off[0] != wanted:
            return None
        return Step("install", self._put_off[1]) if self._days.clock.now_s() < self._retry_at_s else None

    def _bring(self, root: InstallRoot, target: str, release: Release, security: bool) -> None:  # noqa: FBT001
        incoming = root.folder / _INCOMING
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.mkdir()
        try:
            signed = self._downloads.download(target, incoming, sha256=release.sha256)
            if (signed.name, signed.version) != (SUBJECT, release.version):
                raise ReleaseRefused("not_desired", f"{target} is no release of {SUBJECT} {release.version}")
            if (signed.custom.get("purpose") == "security") != security:
                raise ReleaseRefused("not_desired", f"{target} was signed for another purpose than is told")
            install(incoming / ARCHIVE, root, release, stopping=self._stopping)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)

    async def _switch(self) -> None:
        root = self._place.root
        assert root is not None  # noqa: S101 - `next_step` switches only where there are slots
        slots = root.slots()
        release = root.release(slots.idle)
        if release is None:
            return
        failing = await self._readiness.failing()
        root.keep(begin_trial(slots, release, failing=failing or ()))
        self._leaving = True
        self._leave()

    async def _tell(self, wanted: Assignment, state: State, reason: str = "") -> None:
        """Say how far it is, where the cloud and the operator look, when that is news."""
        standing = Standing(
            version=wanted.version,
            mode=wanted.mode,
            rollout=wanted.rollout,
            state=state,
            reason=shorten_paths(reason),
        )
        bad = state in {"failed", "rolled_back"}
        self._health.set(PART, "degraded" if bad else "ok", f"{wanted.version}: {reason}" if bad else "")
        before = self._twin.reported.get(SUBJECT)
        change = {SUBJECT: report(before, standing)}
        if same(merge(self._twin.reported, change), self._twin.reported):
            return
        known = before if isinstance(before, Mapping) else {}
        if (known.get("version"), known.get("state")) != (wanted.version, state):
            self._events.record(
                EVENT,
                actor="cloud",
                subject=SUBJECT,
                outcome=state,
                version=wanted.version,
                reason=standing.reason or None,
            )
        try:
            await self._twin.report(change)
        except (NotDelivered, Conflict) as error:  # said again after the next look
            _log.debug("the cloud has not heard of the software: %s", error)


_STATES: Final[Mapping[str, State]] = {
    "rest": "active",
    "refuse": "rejected",
    "fail": "failed",
    "wait": "waiting",
    "install": "installing",
}
