"""When a run begins by itself, and that one process at a time begins it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from benchmarks.records.simulated_gyms import gyms, land
from sync.cloud.retraining import datasets, history, trigger
from sync.cloud.retraining.examples import survey
from sync.cloud.retraining.lease import Lease
from sync.cloud.retraining.pipeline import Policy
from sync.cloud.retraining.retrain import LEASE, Retrained, _begun, retrain
from sync.cloud.retraining.tables import RetrainingRun
from sync.cloud.retraining.trigger import Retrainer, due
from sync.cloud.settings import RetrainingSection

from .quick_teacher import LENIENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from sync.cloud.retraining.manifest import Manifest
    from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline


def test_it_is_due_when_enough_is_new_or_something_is_unfinished() -> None:
    assert due(9_999, 10_000, unfinished=False) is None
    assert due(10_000, 10_000, unfinished=False) == "10000 new sessions"
    assert due(0, 10_000, unfinished=True) == "a run was killed before its end"


@pytest.fixture
def retrainer(pipeline: RecommenderPipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[Retrainer]:
    """Over the pipeline's lake, with threads for workers."""

    @contextmanager
    def threads(_where: str, count: int) -> Iterator[Executor]:
        with ThreadPoolExecutor(count) as executor:
            yield executor

    monkeypatch.setattr(trigger, "workers", threads)
    monkeypatch.setattr(trigger, "Policy", lambda: LENIENT)
    assert Policy is not vars(trigger)["Policy"]
    made = Retrainer(
        pipeline.database, pipeline.url, pipeline.store, RetrainingSection(every_sessions=200), None
    )
    yield made
    made.stop()


def gathered(pipeline: RecommenderPipeline) -> Manifest:
    with pipeline.database.read() as session:
        return datasets.gather(session)


def wait(retrainer: Retrainer) -> None:
    thread = retrainer._thread
    if thread is not None:
        thread.join(60)
        assert not thread.is_alive()


def reasons(pipeline: RecommenderPipeline) -> list[tuple[str, str]]:
    with pipeline.database.read() as session:
        found = session.scalars(select(RetrainingRun).order_by(RetrainingRun.began_at))
        return [(run.reason, run.state) for run in found]


def test_enough_new_sessions_begin_a_run_and_then_nothing_is_new(
    retrainer: Retrainer, pipeline: RecommenderPipeline
) -> None:
    retrainer.check()
    wait(retrainer)
    ((reason, state),) = reasons(pipeline)
    assert reason.endswith(" new sessions")
    assert state == "done"
    retrainer.check()
    wait(retrainer)
    assert len(reasons(pipeline)) == 1


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that end where they begin."""

    def retrain(pipeline: RecommenderPipeline, reason: str) -> Retrained:
        run_id = _begun(pipeline, reason)
        with pipeline.database.write() as session:
            session.get_one(RetrainingRun, run_id).state = "done"
        registered = {"what": "nothing", "models": {}, "changes": {}}
        return Retrained(run_id, {"registration": registered, "release": {"models": {}}})

    monkeypatch.setattr(trigger, "retrain", retrain)


@pytest.mark.usefixtures("quick")
def test_a_killed_run_is_gone_on_with(retrainer: Retrainer, pipeline: RecommenderPipeline) -> None:
    _begun(pipeline, "once")
    retrainer.check()
    wait(retrainer)
    assert reasons(pipeline) == [("once", "done")]


def test_while_another_runs_nothing_begins(retrainer: Retrainer, pipeline: RecommenderPipeline) -> None:
    with Lease(pipeline.database, LEASE):
        retrainer.check()
    assert retrainer._thread is None


@pytest.mark.usefixtures("quick")
def test_other_people_are_a_reason_before_there_are_enough(
    retrainer: Retrainer, pipeline: RecommenderPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    retrain(pipeline, "first")
    before = survey(pipeline.url, gathered(pipeline).objects)
    monkeypatch.setattr(history, "last_statistics", lambda *_arguments: before)
    land(
        pipeline.database, pipeline.store, [gym.copied("new") for gym in gyms(1, members=3, days=30, seed=6)]
    )
    retrainer.check()
    wait(retrainer)
    assert [reason for reason, _ in reasons(pipeline)] == ["first"]  # too few to tell
    asked: list[Any] = []

    def drifted(before: Any, now: Any) -> tuple[str, ...]:
        asked.append((before.examples, now.examples))
        return ("bmi", "age_years")

    monkeypatch.setattr(trigger, "drifted", drifted)
    land(
        pipeline.database, pipeline.store, [gym.copied("more") for gym in gyms(1, members=3, days=30, seed=7)]
    )
    retrainer.check()
    wait(retrainer)
    assert [reason for reason, _ in reasons(pipeline)] == ["first", "drift of bmi, age_years"]
    ((old, new),) = asked
    assert 0 < new < old


def test_a_run_that_is_refused_ends_in_the_log(
    retrainer: Retrainer,
    pipeline: RecommenderPipeline,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(trigger, "Policy", Policy)
    retrainer.check()
    wait(retrainer)
    assert "retraining ended" in caplog.text
    assert [state for _, state in reasons(pipeline)] == ["refused"]


def test_it_can_be_left_to_people(pipeline: RecommenderPipeline) -> None:
    settings = RetrainingSection(every_sessions=0)
    by_hand = Retrainer(pipeline.database, pipeline.url, pipeline.store, settings, None)
    by_hand.check()
    assert by_hand._thread is None


def test_after_the_end_nothing_begins(retrainer: Retrainer, pipeline: RecommenderPipeline) -> None:
    retrainer.stop()
    retrainer.check()
    assert reasons(pipeline) == []
