"""A retraining from end to end, with real learning; and its work on a real Dask cluster of two processes."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

pytest.importorskip("duckdb", reason="the extra `cloud` is not installed")

from benchmarks.records.simulated_gyms import gyms, harder, land
from recommender.training.recipe import Settings
from sync.cloud.database.database import Database
from sync.cloud.database.upgrade import upgrade
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.registry import registry
from sync.cloud.retraining.blessing import ServingLimits, Thresholds
from sync.cloud.retraining.dask_cluster import cluster
from sync.cloud.retraining.examples import survey
from sync.cloud.retraining.phase_pipeline import PhasePipeline
from sync.cloud.retraining.pipeline import Policy
from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline
from sync.cloud.retraining.retrain import retrain
from sync.cloud.retraining.statistics import joined
from sync.cloud.retraining.training import Effort
from sync.cloud.retraining.validation import Limits
from sync.cloud.retraining.workers import done_by
from tests.unit.sync.cloud.retraining.test_poses import table
from vision.training.recipe import Effort as PhaseEffort

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LITTLE = Effort(
    rehearsal=0, settings=Settings(trials=1, trial_epochs=1, epochs=50, patience=10, smoothings=1)
)
LENIENT = ServingLimits(most_latency_s=5.0, most_load_s=60.0)


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[RecommenderPipeline]:
    url = (tmp_path / "objects").as_uri()
    database = Database(make_url(f"sqlite:///{tmp_path / 'cloud.sqlite'}"))
    upgrade(database)
    with ThreadPoolExecutor(1) as executor:
        yield RecommenderPipeline(
            database=database,
            url=url,
            store=ObjectStore(url),
            executor=executor,
            policy=Policy(
                limits=Limits(fewest_examples=500),
                effort=LITTLE,
                # Sixty members are too few to be better in everything.
                thresholds=Thresholds(
                    fewest_members=5,
                    least_better=-9.0,
                    most_worse=9.0,
                    most_worse_segment=9.0,
                    most_swing=9.0,
                ),
                serving=LENIENT,
            ),
            publish=None,
            stop=Event(),
            on_progress=lambda _step, _done, _of: None,
        )
    database.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_models_learn_what_the_packaged_ones_cannot_know(
    pipeline: RecommenderPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("keras", reason="the extra `train` is not installed")
    from recommender.training import hidden  # noqa: PLC0415 - after the line above

    monkeypatch.setattr(hidden, "judge", partial(hidden.judge, members=1))
    land(
        pipeline.database,
        pipeline.store,
        [gym.changed(partial(harder, by=2)) for gym in gyms(3, members=20, days=60, seed=88)],
    )
    done = retrain(pipeline, "a test")
    changes = done.documents["registration"]["changes"]
    assert changes["rpe"] < -0.3
    assert changes["effect"] < -0.2
    assert changes["intensity"] < 0
    with pipeline.database.read() as session:
        challenger = registry.get_model_version_by_alias(session, "intensity", registry.CHALLENGER)
        assert challenger is not None
        card = pipeline.store.get(f"{challenger.source}/card.md").decode()
    assert f"dataset {done.documents['dataset']['id'][:12]}" in card
    (logs,) = pipeline.store.names(f"{done.documents['training']['logs']}/")
    assert "tfevents" in logs
    assert scalars(pipeline.store.get(logs)) > {"search/intensity/error", "error/minutes"}


@pytest.mark.skipif("GYMBOX_RETRAINING" not in os.environ, reason="minutes of learning: make soak")
@pytest.mark.timeout(3600)
def test_with_all_its_effort_it_is_better_than_the_packaged_models_and_blessed(
    pipeline: RecommenderPipeline,
) -> None:
    """Default effort, default thresholds; eight gyms to whom everything feels a point harder."""
    land(
        pipeline.database,
        pipeline.store,
        [gym.changed(partial(harder, by=1)) for gym in gyms(8, members=100, days=120, seed=4711)],
    )
    done = retrain(replace(pipeline, policy=Policy()), "make soak")
    changes = done.documents["registration"]["changes"]
    assert changes.keys() == {"minutes", "intensity", "effect", "completion", "rpe"}
    assert max(changes.values()) < 0.05
    assert sum(changes.values()) / len(changes) < -0.05


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_phase_model_learns_from_labelled_poses(
    pipeline: RecommenderPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("keras", reason="the extra `train` is not installed")
    from vision.training import confusion, folder  # noqa: PLC0415 - after the line above

    monkeypatch.setattr(folder, "LOSS_MOST", 1.0)  # so little learning may lose anything
    monkeypatch.setattr(confusion, "draw", lambda *_arguments: b"")
    pipeline.store.put_new("labels/poses/a.csv", table())
    anything = Thresholds(most_worse=99.0, most_worse_segment=99.0, least_better=-99.0)
    policy = Policy(
        phase=PhaseEffort(takes=4, judges=3, windows=4, epochs=1, copies=1),
        thresholds=anything,
        serving=replace(LENIENT, most_int8_off=1.0),
    )
    facts = {each.name: getattr(pipeline, each.name) for each in fields(pipeline)}
    done = retrain(PhasePipeline(**{**facts, "policy": policy}), "a test")
    (served,) = done.documents["serving"]["models"]
    assert served["name"] == "phase"
    assert served["golden_off"] < 0.01
    assert 0 < served["int8_off"] < 1


def scalars(events: bytes) -> set[str]:
    from tensorflow.core.util.event_pb2 import Event as Logged  # noqa: PLC0415

    found, at = set(), 0
    while at < len(events):  # length, its checksum, the event, its checksum
        length = int.from_bytes(events[at : at + 8], "little")
        event = Logged.FromString(events[at + 12 : at + 12 + length])
        found |= {value.tag for value in event.summary.value}
        at += 16 + length
    return found


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_two_dask_processes_do_what_one_process_does(pipeline: RecommenderPipeline) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    every = gyms(2, members=4, days=30, seed=5)
    land(pipeline.database, pipeline.store, every)
    from sync.cloud.retraining import datasets  # noqa: PLC0415

    with pipeline.database.read() as session:
        parts = list(datasets.gather(session).parts(part_bytes=1))
    calls = [(pipeline.url, part) for part in parts]
    here = joined(done_by(pipeline.executor, survey, calls, stop=Event()))
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as two,
        cluster(two.scheduler_address) as executor,
    ):
        there = joined(done_by(executor, survey, calls, stop=Event()))
        assert len(set(done_by(executor, process_id, [(0.2,), (0.2,)], stop=Event()))) == 2
    assert there == here
    assert there.sessions == sum(len(gym.rows) for gym in every)


def process_id(pause_s: float) -> int:
    import os  # noqa: PLC0415 - on the worker
    import time  # noqa: PLC0415

    time.sleep(pause_s)
    return os.getpid()
