"""What the demo's members did before it began: four weeks of ended sessions, the same for the same seed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from sqlite_utils import Database

from gateway.app import Box
from gateway.demo import MAT, TRAINEES, Trainee
from gateway.sessions.active import record_body
from gateway.sessions.report import (
    HeartRateReport,
    ModelVersions,
    SessionReport,
    SetReport,
    TreadmillReport,
)
from gateway.sessions.rows import Finish, SessionRow
from sync.record import new_record

WEEKS: Final = 4
# Days of the week on which somebody comes, with another time each.
_DAYS: Final = (0, 2, 5)
_EXERCISES: Final = ("pushup", "squat")
_NO_MODELS: Final = ModelVersions(pose=None, phase=None)


async def write_past(box: Box, seed: int) -> None:
    """Give members their past, unless somebody has trained here before; the cloud gets records of it too.

    Raises:
        StoreError: it cannot be stored.
    """
    now = box.days.clock.utc_now()
    past = [_finish(box, report) for who in TRAINEES for report in past_of(who, seed, now)]
    await box.store.write(lambda db: _write(db, past))


def past_of(trainee: Trainee, seed: int, now: datetime) -> Iterator[SessionReport]:
    """The ended sessions of one member, oldest first; from week to week a little more."""
    random = Random(f"{seed} past {trainee.member_id}")  # noqa: S311 - chance for a simulation, not a secret
    fitness = random.uniform(0.8, 1.2)
    for week in range(WEEKS):
        for day in _DAYS:
            began = now - timedelta(days=7 * (WEEKS - week) - day, minutes=random.uniform(-90, 90))
            yield _session(trainee, began, random, fitness * (1 + 0.03 * week))


def _session(trainee: Trainee, began: datetime, random: Random, fitness: float) -> SessionReport:
    counts = trainee.station_id == MAT
    minutes = random.uniform(12, 18) if counts else random.uniform(22, 38)
    maximum_bpm = 208 - 0.7 * (began.year - trainee.birth_year)
    mean_bpm = maximum_bpm * random.uniform(0.66, 0.78)
    return SessionReport(
        id=str(UUID(int=random.getrandbits(128), version=4)),
        station_id=trainee.station_id,
        member_id=trainee.member_id,
        band_id=trainee.band_id,
        exercise=None,
        status="ended",
        started_at=began,
        ended_at=began + timedelta(minutes=minutes),
        rpe=random.choice((5, 6, 6, 7)),
        sets=list(_sets(began, random, fitness)) if counts else [],
        heart_rate=HeartRateReport(
            mean_bpm=round(mean_bpm, 1),
            max_bpm=round(min(maximum_bpm, mean_bpm * 1.15), 1),
            seconds_in_zone=None,
            samples=round(minutes * 60),
        ),
        treadmill=None if counts else _belt(minutes, 8.5 * fitness, random),
        models=_NO_MODELS,
    )


def _sets(began: datetime, random: Random, fitness: float) -> Iterator[SetReport]:
    at = began + timedelta(seconds=40)
    for exercise in _EXERCISES:
        for _ in range(3):
            reps = round(random.uniform(9, 14) * fitness)
            tempo_s = round(random.uniform(2.0, 2.8), 2)
            ended = at + timedelta(seconds=reps * tempo_s)
            yield SetReport(
                exercise=exercise,
                started_at=at,
                ended_at=ended,
                reps=reps,
                partials=0,
                mean_tempo_s=tempo_s,
                verdicts={},
                reps_detail=[],
            )
            at = ended + timedelta(seconds=60)


def _belt(minutes: float, mean_kmh: float, random: Random) -> TreadmillReport:
    moving_s = minutes * 60 * random.uniform(0.9, 0.98)
    return TreadmillReport(
        distance_m=round(moving_s * mean_kmh / 3.6, 1),
        mean_speed_kmh=round(mean_kmh, 2),
        max_speed_kmh=round(mean_kmh * random.uniform(1.2, 1.7), 1),
        duration_s=round(moving_s, 1),
    )


def _write(db: Database, past: Sequence[Finish]) -> None:
    if not db.execute("SELECT 1 FROM session").fetchone():
        for finish in past:
            finish(db)


def _finish(box: Box, report: SessionReport) -> Finish:
    """As the session would have been written down when it ended."""
    ended = report.ended_at or report.started_at
    row = SessionRow(
        id=report.id,
        station_id=report.station_id,
        member_id=report.member_id,
        band_id=report.band_id,
        exercise=report.exercise,
        started_at=report.started_at.isoformat(),
        elapsed_s=(ended - report.started_at).total_seconds(),
        progress="{}",
    )
    pseudonym = box.members.pseudonym(report.member_id)
    return Finish(row, report, new_record("session", record_body(report), member=pseudonym, created_at=ended))
