import time
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from sync.cloud.database.tables import ModelVersion
from sync.cloud.federated import service
from sync.cloud.federated.round import AveragedRound
from sync.cloud.federated.service import Federated
from sync.cloud.lake.objects import StoreUnavailable
from sync.cloud.registry import registry
from sync.cloud.retraining.lease import Lease
from sync.cloud.retraining.outcome import Interrupted, Refused
from tests.unit.sync.cloud.federated.conftest import Learning

Judged = tuple[AveragedRound, ModelVersion | None]


class Judge:
    """Says what the test has it say."""

    def __init__(self, says: str | Exception = "1.new") -> None:
        self.says = says
        self.asked: list[Judged] = []

    def __call__(self, found: AveragedRound, parent: ModelVersion | None, _stop: Event) -> str:
        self.asked.append((found, parent))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def averaged(learning: Learning) -> Learning:
    offer = learning.start(fewest=2, enough=2)
    for box in learning.boxes(2):
        learning.answer(offer, box)
    return learning


def stepped(learning: Learning, judge: Callable[..., str], times: int = 1) -> Federated:
    found = Federated(learning.parts.database, judge, clock=learning.clock)
    for _ in range(times):
        found.step()
        while found._thread is not None and found._thread.is_alive():
            time.sleep(0.005)
    found.stop()
    return found


def test_what_is_judged_well_is_a_version(averaged: Learning) -> None:
    judge = Judge()
    stepped(averaged, judge, times=3)
    ((found, parent),) = judge.asked
    assert (found.nodes, parent) == (2, None)
    assert (averaged.info().state, averaged.info().result_version) == ("accepted", "1.new")


def test_it_is_told_what_it_began_from(averaged: Learning) -> None:
    with averaged.parts.database.write() as session:
        registry.create_model_version(
            session, "intensity", "1.abc", source="m", code_version="1", created_at=averaged.clock()
        )
    judge = Judge()
    stepped(averaged, judge)
    ((_, parent),) = judge.asked
    assert parent is not None
    assert parent.version == "1.abc"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Refused("worse than the champion"), "worse than"),
        (ValueError("a fault"), "could not be judged: a fault"),
    ],
)
def test_what_is_not_good_enough_ends_with_the_reason(
    averaged: Learning, error: Exception, reason: str
) -> None:
    judge = Judge(error)
    stepped(averaged, judge, times=2)
    assert len(judge.asked) == 1
    assert averaged.info().state == "refused"
    assert reason in str(averaged.info().reason)


@pytest.mark.parametrize("error", [Interrupted("a worker died"), StoreUnavailable("away")])
def test_what_cannot_be_judged_now_is_judged_later(
    averaged: Learning, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(error)
    stepped(averaged, judge, times=3)
    assert (len(judge.asked), averaged.info().state) == (1, "averaged")  # not every few seconds
    monkeypatch.setattr(service, "RETRY_S", 0.0)
    stepped(averaged, judge, times=2)
    assert len(judge.asked) == 3
    judge.says = "1.new"
    stepped(averaged, judge)
    assert averaged.info().state == "accepted"


def test_one_process_judges_at_a_time(averaged: Learning) -> None:
    judge = Judge()
    with Lease(averaged.parts.database, service.LEASE):
        stepped(averaged, judge)
    assert judge.asked == []
    assert averaged.info().state == "averaged"


def test_it_ends_with_the_service(averaged: Learning) -> None:
    begun = Event()

    def slow(_found: Any, _parent: Any, stop: Event) -> str:
        begun.set()
        assert stop.wait(10)
        raise Interrupted("it was stopped")

    found = Federated(averaged.parts.database, slow, clock=averaged.clock)
    found.step()
    assert begun.wait(10)
    found.stop()
    assert averaged.info().state == "averaged"
    found.step()
    assert found._thread is not None
    assert not found._thread.is_alive()
