"""Check-in to check-out: what runs at each station, kept safe on the way, written once at the end.

State lives on the event loop; the store's writer makes it durable. A start and an end are answered after the
commit; in between a checkpoint follows every repetition, so that a box that is killed goes on with the count.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from devices.reading import Reading
from gateway.clock import Clock
from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.members.members import Members
from gateway.sessions.active import ActiveSession, record_body
from gateway.sessions.admission import Admission, CheckIn, SessionError
from gateway.sessions.checkpoints import Checkpoints
from gateway.sessions.listeners import SessionListener, SessionListeners
from gateway.sessions.report import ModelVersions, PlanReport, SessionReport
from gateway.sessions.rows import Finish, SaveActive, load_active, load_report
from gateway.sessions.running import Running
from gateway.stations import DeviceValues, Station
from gateway.store.store import Store, StoreError
from sync.pseudonym import Pseudonym
from sync.record import new_record
from vision.counting.reps import Rep

_log = logging.getLogger(__name__)

NO_MODELS: Final = ModelVersions(pose=None, phase=None)


async def no_plan(_report: SessionReport) -> PlanReport | None:
    """Stand in where nobody makes plans."""
    return None


class SessionUnknown(SessionError):  # noqa: N818 - named by what happened
    """There is no session with this id."""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How sessions are kept.

    Attributes:
        checkpoint_s: how often what machines and bands told is written down.
        abandoned_after_s: a session in which nothing happens for so long is ended at its last activity:
            no repetition, no heart, no moving belt, nobody seen, no touch.
    """

    checkpoint_s: float = 5.0
    abandoned_after_s: float = 600.0


class SessionService:
    """Every session of the box."""

    def __init__(
        self,
        *,
        store: Store,
        stations: Mapping[str, Station],
        devices: DeviceValues,
        members: Members,
        pseudonym: Callable[[str], Pseudonym],
        models: Callable[[], ModelVersions] = lambda: NO_MODELS,
        outcome: Callable[[SessionReport], Awaitable[PlanReport | None]] = no_plan,
        settings: SessionSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._stations = stations
        self._admission = Admission(stations, devices)
        self._members = members
        self._pseudonym = pseudonym
        self._models = models
        self._outcome = outcome
        self._settings = settings or SessionSettings()
        self._clock = clock or Clock()
        self._running = Running()
        self.checkpoints = Checkpoints(
            store=store, clock=self._clock, runs=lambda session: session in self._running
        )
        self.listeners = SessionListeners()
        self._starting: dict[str, CheckIn] = {}
        self._resuming = asyncio.Lock()
        self._resumed = False
        self.started = 0
        self.failed_turns = 0

    async def reconfigure(self, config: BoxConfig, _change: Change) -> None:
        """Wait as long for who left as another configuration says."""
        self._settings = replace(self._settings, abandoned_after_s=config.gym.absence_s)

    def add_listener(self, listener: SessionListener) -> None:
        """Tell the listener of every start and end from now on."""
        self.listeners.add(listener)

    def active(self) -> Sequence[ActiveSession]:
        """Every session that runs."""
        return self._running.all()

    def active_at(self, station_id: str) -> ActiveSession | None:
        """The session that runs at a station."""
        return self._running.at(station_id)

    # Coming and going.

    async def resume(self) -> list[ActiveSession]:
        """Go on with what ran when the box went down; once done, doing it again changes nothing.

        Raises:
            StoreError: it cannot be read now. `run` and `start` try again.
        """
        async with self._resuming:
            if self._resumed:
                return []
            rows = await self._store.read(load_active)
            members = [await self._members.find(row.member_id) for row in rows]
            self._resumed = True
        resumed = []
        for row, member in zip(rows, members, strict=True):
            station = self._stations.get(row.station_id) or Station(row.station_id, row.station_id)
            session = ActiveSession.from_row(row, station, member, self._clock)
            self._running.add(session)
            resumed.append(session)
            _log.info("session %s at %s goes on", session.id, station.id)
            self.listeners.tell("session_started", session)
        return resumed

    async def start(self, check_in: CheckIn) -> SessionReport:
        """Begin a session; the answer comes when a restart would know of it.

        Raises:
            SessionError: it cannot be, and why.
            StoreError: it cannot be stored.
        """
        await self.resume()
        station, check_in = self._admit(check_in)
        self._starting[station.id] = check_in
        try:
            member = await self._members.find(check_in.member_id)
            session = ActiveSession.begin(station, check_in, member, self._clock)
            await self._store.write(SaveActive(session.row(self._clock.now_s())))
            self._running.add(session)
        finally:
            del self._starting[station.id]
        self.started += 1
        _log.info("session %s at %s begins", session.id, station.id)
        self.listeners.tell("session_started", session)
        return session.report(self._models())

    async def end(self, session_id: str, rpe: int | None = None) -> SessionReport:
        """End a session; the answer comes when the session and its record are on the disk.

        Ending it again gives the first result again. When the store cannot take it the session goes on and
        nothing is lost: try again.

        Raises:
            SessionUnknown: there is none.
            StoreError: it cannot be stored now.
        """
        session = self._running.find(session_id)
        if session is not None:
            async with session.ending:
                if session in self._running:
                    return await self._finish(session, session.elapsed_s(self._clock.now_s()), rpe)
        return await self._stored(session_id)

    async def get(self, session_id: str) -> SessionReport:
        """What was done in a session, running or ended.

        Raises:
            SessionUnknown: there is none.
        """
        session = self._running.find(session_id)
        return await self._stored(session_id) if session is None else session.report(self._models())

    # What happens in between.

    def on_rep(self, station_id: str, rep: Rep) -> bool:
        """Count a repetition in the session there; False when there is none that it belongs to."""
        session = self._running.at(station_id)
        if session is None or not session.add_rep(rep):
            return False
        session.urgent = True
        self.checkpoints.save(session)
        return True

    def on_readings(self, device_id: str, readings: Sequence[Reading]) -> None:
        """Add what a device said to the session whose band or treadmill it is."""
        for session in self._running.with_device(device_id):
            now_s = self._clock.now_s()
            for reading in readings:
                session.add_reading(reading, now_s)

    def on_seen(self, station_id: str) -> None:
        """Take that the camera sees somebody there."""
        if session := self._running.at(station_id):
            session.somebody_there(self._clock.now_s())

    def here(self, session_id: str) -> None:
        """Take the word of the person at the screen; one whose session is over came too late.

        Raises:
            SessionUnknown: no session with this id runs.
        """
        session = self._running.find(session_id)
        if session is None:
            raise SessionUnknown(f"No session {session_id} runs.")
        session.somebody_there(self._clock.now_s())

    def ends_in_s(self, session: ActiveSession, now_s: float) -> float:
        """Seconds until a session ends by itself unless somebody is there."""
        return max(0.0, self._settings.abandoned_after_s - session.idle_s(now_s))

    async def run(self) -> None:
        """Write down what changed every few seconds, and end what was abandoned, until cancelled."""
        while True:
            await asyncio.sleep(self._settings.checkpoint_s)
            try:
                await self.tend()
            except Exception:  # noqa: BLE001 - sessions are tended whatever happened to one; logged and counted
                self.failed_turns += 1
                _log.exception("sessions could not be tended")

    async def tend(self) -> None:
        """Do once what `run` does again and again."""
        if not self._resumed:
            with suppress(StoreError):  # the store's own state tells of it
                await self.resume()
        now_s = self._clock.now_s()
        for session in self.active():
            if session.idle_s(now_s) > self._settings.abandoned_after_s:
                await self._end_abandoned(session)
            elif session.dirty:
                self.checkpoints.save(session)

    async def close(self) -> None:
        """Write down every running session and wait for the disk."""
        await self.checkpoints.settle()
        for session in self.active():
            await self.checkpoints.save_now(session)

    def _admit(self, check_in: CheckIn) -> tuple[Station, CheckIn]:
        worn = self._running.bands | {
            starting.band_id for starting in self._starting.values() if starting.band_id
        }
        busy = self._running.stations | self._starting.keys()
        return self._admission.admit(check_in, busy=busy, worn=worn, now_s=self._clock.now_s())

    async def _finish(self, session: ActiveSession, ended_s: float, rpe: int | None) -> SessionReport:
        session.progress.settle(ended_s)
        # By the clock that only goes forward: the wall clock may have been set in between.
        ended_at = session.started_at + timedelta(seconds=ended_s)
        report = session.report(self._models(), ended_at=ended_at, rpe=rpe)
        report = report.model_copy(update={"plan": await self._outcome(report)})
        record = new_record(
            "session",
            record_body(report),
            member=self._pseudonym(session.member_id),
            created_at=self._clock.utc_now(),
        )
        stored = await self._store.write(Finish(session.row(self._clock.now_s()), report, record))
        self._running.remove(session)
        _log.info("session %s at %s is over", session.id, session.station.id)
        self.listeners.tell("session_ended", session)
        return stored

    async def _end_abandoned(self, session: ActiveSession) -> None:
        async with session.ending:
            if session not in self._running:
                return
            with suppress(StoreError):  # the store's own state tells of it; the next turn tries again
                await self._finish(session, session.progress.last_activity_s, None)
                _log.info("session %s was abandoned and is ended", session.id)

    async def _stored(self, session_id: str) -> SessionReport:
        report = await self._store.read(lambda db: load_report(db, session_id))
        if report is None:
            raise SessionUnknown(f"There is no session {session_id}.")
        return report
