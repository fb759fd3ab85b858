"""The features of one, three, ten million sessions, by DuckDB over Parquet as retraining builds them.

Whole gyms are put together into parts of so much as one task reads, and one worker process builds part after
part, as `gymbox cloud retrain` does; its peak memory is what a worker needs. Beside it, a hundredth of the
smallest, by `recommender/features.py` in plain Python, as a box does it for its few.
"""

from __future__ import annotations

import hashlib
import json
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from recommender.features import feature_vector
from recommender.history import History, Workout
from recommender.person import Person
from sync.cloud.lake.parquet import connect
from sync.cloud.retraining.examples import build
from sync.cloud.retraining.manifest import DatasetObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PART: Final = 250_000
"""Sessions that one task reads: 64 MiB of Parquet."""
MILLION: Final = 1_000_000
EACH: Final = 50
"""Sessions of one member, every other day."""
BEGIN: Final = date(2026, 1, 5)
SOMEBODY: Final = Person(age_years=40, height_cm=170, weight_kg=72)
LONGEST_S: Final = 3600.0

_PART = """
COPY (
    WITH drawn AS (
        SELECT
            {first} + range AS number, ({first} + range) // {each} AS person,
            DATE '{begin}' + CAST(2 * (({first} + range) % {each}) AS INTEGER) AS day,
            30 + 40 * random() AS minutes, 1 + 4 * random() AS intensity
        FROM range({count})
    )
    SELECT
        'id-' || number AS id, 'session' AS kind, 'box-{gym}' AS gateway_id, 'gym-{gym}' AS gym_id,
        'p1-' || sha256(CAST(person AS VARCHAR)) AS member,
        day + INTERVAL 18 HOUR AS created_at, day + INTERVAL 19 HOUR AS received_at, 1 AS schema,
        CAST(to_json({{
            'id': 'session-' || number, 'station_id': 'treadmill-1',
            'started_at': strftime(day + INTERVAL 17 HOUR, '%Y-%m-%dT%H:%M:%SZ'),
            'ended_at': strftime(day + INTERVAL 18 HOUR, '%Y-%m-%dT%H:%M:%SZ'),
            'rpe': CAST(1 + floor(9 * random()) AS INTEGER), 'sets': CAST([] AS VARCHAR[]),
            'heart_rate': {{'mean_bpm': round(100 + 50 * random(), 1), 'max_bpm': 180.0}},
            'plan': {{
                'id': 'plan-' || number, 'day': strftime(day, '%Y-%m-%d'), 'goal': 'endurance',
                'level': 'intermediate', 'sex': 'female', 'type': 'steady',
                'duration_minutes': round(minutes), 'intensity_score': round(intensity, 2),
                'performed_minutes': round(minutes * (0.8 + 0.2 * random()), 1),
                'performed_intensity': round(intensity, 2), 'completion': 0.9, 'accepted': true,
                'features': {{'age_years': 40.0, 'bmi': 25.0, 'training_phase': 1.0}}
            }}
        }}) AS VARCHAR) AS body,
        CAST(NULL AS VARCHAR) AS clock
    FROM drawn
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


@dataclass(frozen=True, slots=True)
class Built:
    """Features of so many sessions.

    Attributes:
        sessions: that were read.
        took_s: by the clock, reading, checking hashes and writing included.
        peak_mb: resident memory of the worker at its most.
    """

    sessions: int
    took_s: float
    peak_mb: float

    @property
    def per_s(self) -> float:
        """Sessions a second."""
        return self.sessions / self.took_s


def measure(millions: Sequence[int]) -> tuple[list[Built], float]:
    """Build for each number of millions; and the sessions a second of plain Python."""
    with tempfile.TemporaryDirectory() as folder:
        parts = [_part(Path(folder), number) for number in range(max(millions) * MILLION // PART)]
        found = [_built(folder, parts[: each * MILLION // PART]) for each in millions]
        plain = _plain_per_s(Path(folder) / parts[0].name, PART // 25)
    return found, plain


def table(found: Sequence[Built], plain_per_s: float) -> Iterable[str]:
    """For people."""
    yield f"{'sessions':>12} {'seconds':>9} {'sessions/s':>11} {'peak MB':>9}"
    for each in found:
        yield f"{each.sessions:12,} {each.took_s:9.1f} {each.per_s:11,.0f} {each.peak_mb:9,.0f}"
    times = found[0].per_s / plain_per_s
    yield f"plain Python makes {plain_per_s:,.0f} a second: DuckDB is {times:.0f} x as fast"


def _part(folder: Path, number: int) -> DatasetObject:
    name = f"gym-{number}.parquet"
    with connect() as database:
        database.execute(f"SELECT setseed({number / 1000})")
        database.execute(
            _PART.format(
                first=number * PART, count=PART, each=EACH, gym=number, begin=BEGIN, path=folder / name
            )
        )
    content = (folder / name).read_bytes()
    return DatasetObject(
        name=name,
        gym_id=f"gym-{number}",
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        records=PART,
        sessions=PART,
    )


def _built(folder: str, parts: Sequence[DatasetObject]) -> Built:
    url = Path(folder).as_uri()
    with ProcessPoolExecutor(1, get_context("spawn")) as worker:
        worker.submit(_nothing).result(LONGEST_S)  # a worker that has imported everything
        begun_s = time.perf_counter()
        for number, part in enumerate(parts):
            worker.submit(build, url, [part], f"out/{len(parts)}/{number}", 1.0).result(LONGEST_S)
        took_s = time.perf_counter() - begun_s
        peak_mb = worker.submit(_peak_mb).result(LONGEST_S)
    return Built(len(parts) * PART, took_s, peak_mb)


def _nothing() -> None:
    """What a new worker is asked first."""


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _plain_per_s(path: Path, count: int) -> float:
    """The same features of some of the members, one after the other."""
    with connect() as database:
        rows = database.read_parquet(str(path)).limit(count).project("member, body").fetchall()
    begun_s = time.perf_counter()
    done: dict[str, list[Workout]] = {}
    for member, body in rows:
        workouts = done.setdefault(member, [])
        today = json.loads(body)
        day = date.fromisoformat(today["plan"]["day"])
        feature_vector(SOMEBODY, History(tuple(workouts[-28:])), day)
        workouts.append(_workout(today, day))
    return len(rows) / (time.perf_counter() - begun_s)


def _workout(told: dict[str, Any], day: date) -> Workout:
    plan = told["plan"]
    return Workout(
        day=day,
        type=plan["type"],
        duration_minutes=plan["performed_minutes"],
        intensity_score=plan["performed_intensity"],
        completion=plan["completion"],
        mean_bpm=told["heart_rate"]["mean_bpm"],
        rpe=told["rpe"],
        accepted=plan["accepted"],
    )
