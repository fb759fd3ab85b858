"""One whole retraining of simulated gyms, from landed objects to registered models, by the clock.

The same data and effort twice: with one worker process of this machine, and on a real Dask cluster of two.
Examples are made gym by gym; learning is one task, which no second worker makes faster.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from distributed import LocalCluster
from sqlalchemy import make_url, select

from benchmarks.records.simulated_gyms import gyms, land
from recommender.training.recipe import Settings
from sync.cloud.database.database import Database
from sync.cloud.database.upgrade import upgrade
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.retraining.blessing import ServingLimits, Thresholds
from sync.cloud.retraining.pipeline import Policy
from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline
from sync.cloud.retraining.retrain import retrain
from sync.cloud.retraining.tables import RetrainingStage
from sync.cloud.retraining.training import Effort
from sync.cloud.retraining.validation import Limits
from sync.cloud.retraining.workers import LOCAL, workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.records.simulated_gyms import SimulatedGym
    from sync.cloud.retraining.retrain import Retrained

GYMS: Final = 6
DAYS: Final = 60
SEED: Final = 2027
TWO: Final = 2
POLICY: Final = Policy(
    limits=Limits(fewest_examples=100),
    effort=Effort(rehearsal=100, settings=Settings(trials=2, smoothings=2)),
    # What comes of so little learning is not the question here.
    thresholds=Thresholds(
        most_of_mean=99.0, most_worse=99.0, most_worse_segment=99.0, most_swing=99.0, least_better=-99.0
    ),
    serving=ServingLimits(most_latency_s=9.0, most_load_s=99.0, most_int8_off=9.0),
)


@dataclass(frozen=True, slots=True)
class Retraining:
    """One run.

    Attributes:
        where: it was done.
        sessions: that had landed.
        took_s: by the clock, beginning and end of the workers not included.
        stages_s: of it, each stage.
    """

    where: str
    sessions: int
    took_s: float
    stages_s: dict[str, float]


def measure(members: int, policy: Policy = POLICY) -> list[Retraining]:
    """Retrain from as many members of each gym, on one worker and on two."""
    every = gyms(GYMS, members=members, days=DAYS, seed=SEED)
    found = []
    for name, place in (("one process", _process), ("two Dask workers", _cluster)):
        with place() as (where, count):
            done, took_s, stages_s = _run(where, count, every, policy)
        found.append(Retraining(name, done.documents["dataset"]["sessions"], took_s, stages_s))
    return found


def challenge(every: Iterable[SimulatedGym], policy: Policy) -> Retrained:
    """A whole retraining on one process of this machine, and what each of its stages left.

    Raises:
        Refused: the data or the models must not be used.
    """
    done, _, _ = _run(LOCAL, 1, every, policy)
    return done


def table(found: list[Retraining]) -> Iterable[str]:
    """For people."""
    names = list(found[0].stages_s)
    yield f"{'':18} {'sessions':>9} {'seconds':>8}  " + "  ".join(names)
    for each in found:
        stages = "  ".join(f"{each.stages_s[name]:{len(name)}.1f}" for name in names)
        yield f"{each.where:18} {each.sessions:9,} {each.took_s:8.1f}  {stages}"


@contextmanager
def _process() -> Iterator[tuple[str, int]]:
    yield LOCAL, 1


@contextmanager
def _cluster() -> Iterator[tuple[str, int]]:
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=TWO, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address, TWO


def _run(
    where: str, count: int, every: Iterable[SimulatedGym], policy: Policy
) -> tuple[Retrained, float, dict[str, float]]:
    """The run, how long it took, and how long each of its stages did."""
    with tempfile.TemporaryDirectory() as folder:
        url = (Path(folder) / "objects").as_uri()
        store = ObjectStore(url)
        database = Database(make_url(f"sqlite:///{folder}/cloud.sqlite"))
        upgrade(database)
        land(database, store, list(every))
        with workers(where, count) as executor:
            begun_s = time.perf_counter()
            done = retrain(
                RecommenderPipeline(
                    database=database,
                    url=url,
                    store=store,
                    executor=executor,
                    policy=policy,
                    publish=None,
                    stop=Event(),
                    on_progress=lambda _step, _done, _of: None,
                ),
                "a benchmark",
            )
            took_s = time.perf_counter() - begun_s
        stages_s = _stages_s(database, took_s)
        database.close()
    return done, took_s, stages_s


def _stages_s(database: Database, took_s: float) -> dict[str, float]:
    """From the end of one stage to that of the next; the first has what is left of the whole."""
    wanted = select(RetrainingStage.name, RetrainingStage.finished_at).order_by(RetrainingStage.finished_at)
    with database.read() as session:
        ends = [(name, at.timestamp()) for name, at in session.execute(wanted)]
    found = {name: end - before for (name, end), (_, before) in zip(ends[1:], ends, strict=False)}
    return {ends[0][0]: max(took_s - sum(found.values()), 0.0), **found}
