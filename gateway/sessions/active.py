"""One session while it runs: who, where, what so far, and what becomes of it as a report or a row."""

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import uuid_utils

from devices.reading import Reading
from gateway.clock import Clock
from gateway.members.members import Member
from gateway.sessions.admission import CheckIn
from gateway.sessions.followed import Followed
from gateway.sessions.progress import Progress, SetSum
from gateway.sessions.report import (
    HeartRateReport,
    ModelVersions,
    RepDetail,
    SessionReport,
    SetReport,
    TreadmillReport,
)
from gateway.sessions.rows import SessionRow
from gateway.stations import Station
from vision.counting.reps import Rep


@dataclass(slots=True, kw_only=True)
class ActiveSession:
    """A session that runs; lives on the event loop.

    Attributes:
        language: what the member reads; None when they did not say.
        began_s: the monotonic moment at which the session's own time is zero.
        followed: what the machine follows, if anything.
        dirty: something happened since the last checkpoint was handed to the store.
        urgent: a repetition did.
        saving: a checkpoint is on its way to the disk.
    """

    id: str
    station: Station
    member_id: str
    display_name: str
    band_id: str | None
    exercise: str | None
    started_at: datetime
    began_s: float
    progress: Progress
    language: str | None = None
    followed: Followed | None = None
    dirty: bool = False
    urgent: bool = False
    saving: bool = False
    ending: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def begin(cls, station: Station, check_in: CheckIn, member: Member | None, clock: Clock) -> Self:
        """Begin a session of somebody who was admitted; a guest is no member."""
        now = clock.utc_now()
        return cls(
            id=str(uuid_utils.uuid7()),
            station=station,
            member_id=check_in.member_id,
            display_name=member.display_name if member else check_in.member_id,
            band_id=check_in.band_id,
            exercise=check_in.exercise,
            started_at=now,
            began_s=clock.now_s(),
            progress=Progress(maximum_bpm=member.maximum_bpm(now) if member else None),
            language=member.language if member else None,
        )

    @classmethod
    def from_row(cls, row: SessionRow, station: Station, member: Member | None, clock: Clock) -> Self:
        """Go on with what ran when the box went down: the other way of `row`."""
        now = clock.utc_now()
        started_at = datetime.fromisoformat(row.started_at)
        # Without a clock that runs on while the power is off, time may seem to go back: it never does here.
        elapsed_s = max(row.elapsed_s, (now - started_at).total_seconds())
        maximum_bpm = member.maximum_bpm(now) if member else None
        return cls(
            id=row.id,
            station=station,
            member_id=row.member_id,
            display_name=member.display_name if member else row.member_id,
            band_id=row.band_id,
            exercise=row.exercise,
            started_at=started_at,
            began_s=clock.now_s() - elapsed_s,
            progress=Progress.from_state(row.sums(), maximum_bpm=maximum_bpm),
            language=member.language if member else None,
            followed=row.followed,
        )

    @property
    def maximum_bpm(self) -> float | None:
        """The member's maximum heart rate, when it is known."""
        return self.progress.maximum_bpm

    @property
    def devices(self) -> frozenset[str]:
        """Ids of the devices whose readings are this session's."""
        return frozenset(each for each in (self.station.treadmill, self.band_id) if each is not None)

    def elapsed_s(self, now_s: float) -> float:
        """Seconds since the start."""
        return max(0.0, now_s - self.began_s)

    def idle_s(self, now_s: float) -> float:
        """Seconds since anything told that somebody is there."""
        return max(0.0, self.elapsed_s(now_s) - self.progress.last_activity_s)

    def still_s(self, now_s: float) -> float | None:
        """Seconds since the last repetition; None before the first."""
        sets = self.progress.sets.sets
        return max(0.0, self.elapsed_s(now_s) - sets[-1].ended_s) if sets else None

    def somebody_there(self, now_s: float) -> None:
        """Note that the person is there, whatever they do."""
        self.progress.somebody_there(self.elapsed_s(now_s))

    def totals(self) -> tuple[dict[str, int], dict[str, int]]:
        """Full and partial repetitions so far, by exercise."""
        return self.progress.sets.totals()

    def add_rep(self, rep: Rep) -> bool:
        """Take a repetition; False when it was over before the session began."""
        ended_s = rep.ended_s - self.began_s
        if ended_s < 0.0:
            return False
        self.progress.add_rep(
            rep.exercise,
            started_s=rep.started_s - self.began_s,
            ended_s=ended_s,
            depth=rep.depth,
            partial=rep.partial,
            form=rep.form,
        )
        self.dirty = True
        return True

    def follow(self, followed: Followed) -> None:
        """Take what the machine follows, and how far it is."""
        self.dirty |= followed != self.followed
        self.followed = followed

    def add_reading(self, reading: Reading, now_s: float) -> None:
        """Take a reading of the band or the treadmill; others are not this session's."""
        at_s = self.elapsed_s(now_s)
        match (reading.device_id, reading.metric):
            case (self.band_id, "heart_rate_bpm"):
                self.progress.add_heart_rate(at_s, reading.value)
            case (self.station.treadmill, "distance_m"):
                self.progress.add_distance(at_s, reading.value)
            case (self.station.treadmill, "speed_kmh"):
                self.progress.add_speed(at_s, reading.value)
            case _:
                return
        self.dirty = True

    def row(self, now_s: float) -> SessionRow:
        """Return what a restart needs."""
        return SessionRow.build(
            id=self.id,
            station_id=self.station.id,
            member_id=self.member_id,
            band_id=self.band_id,
            exercise=self.exercise,
            started_at=self.started_at.isoformat(),
            elapsed_s=self.elapsed_s(now_s),
            progress=self.progress.to_state(),
            followed=self.followed,
        )

    def report(
        self, models: ModelVersions, *, ended_at: datetime | None = None, rpe: int | None = None
    ) -> SessionReport:
        """Say what was done so far, or altogether when `ended_at` is given."""
        return SessionReport(
            id=self.id,
            station_id=self.station.id,
            member_id=self.member_id,
            band_id=self.band_id,
            exercise=self.exercise,
            status="active" if ended_at is None else "ended",
            started_at=self.started_at,
            ended_at=ended_at,
            rpe=rpe,
            sets=self._sets(),
            heart_rate=self._heart_rate(),
            treadmill=self._treadmill(),
            models=models,
        )

    def _at(self, at_s: float) -> datetime:
        return self.started_at + timedelta(seconds=at_s)

    def _sets(self) -> list[SetReport]:
        return [
            SetReport(
                exercise=each.exercise,
                started_at=self._at(each.started_s),
                ended_at=self._at(each.ended_s),
                reps=each.reps,
                partials=each.partials,
                mean_tempo_s=_rounded(each.mean_tempo_s),
                verdicts=each.verdicts,
                reps_detail=_details(each),
            )
            for each in self.progress.sets.sets
        ]

    def _heart_rate(self) -> HeartRateReport | None:
        summary = self.progress.heart.summary()
        if summary is None:
            return None
        zones = None if self.maximum_bpm is None else [round(each, 1) for each in summary.seconds_in_zone]
        return HeartRateReport(
            mean_bpm=round(summary.mean_bpm, 1),
            max_bpm=summary.max_bpm,
            seconds_in_zone=zones,
            samples=summary.samples,
        )

    def _treadmill(self) -> TreadmillReport | None:
        belt = self.progress.belt
        if not belt.heard:
            return None
        return TreadmillReport(
            distance_m=round(belt.distance_m, 1),
            mean_speed_kmh=_rounded(belt.mean_speed_kmh),
            max_speed_kmh=belt.max_speed_kmh,
            duration_s=round(belt.moving_s, 1),
        )


def record_body(report: SessionReport) -> dict[str, Any]:
    """What leaves the box: neither the member's id nor the band, which may be a person's own."""
    return report.model_dump(mode="json", exclude={"member_id", "band_id", "status"})


def _details(each: SetSum) -> list[RepDetail]:
    return [RepDetail(number=number, **asdict(rep)) for number, rep in enumerate(each.listed, start=1)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
