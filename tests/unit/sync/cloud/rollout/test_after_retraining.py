from collections.abc import Callable

import pytest
from sqlalchemy import text

from sync.cloud.rollout.after_retraining import roll_out_challengers
from tests.unit.sync.cloud.simulated_fleet import Fleet


@pytest.fixture
def look(fleet: Fleet) -> Callable[[], list[tuple[str, object]]]:
    """Look once; returns every rollout there is, by model and version."""

    def look() -> list[tuple[str, object]]:
        roll_out_challengers(fleet.database, fleet.rollouts)
        return sorted(
            (each.rollout.subject, each.rollout.challenger["version"]) for each in fleet.rollouts.all()
        )

    return look


def test_a_challenger_is_rolled_out_carefully_and_once(
    fleet: Fleet, look: Callable[[], list[object]]
) -> None:
    fleet.add("a", "b")
    assert look() == []
    fleet.register("2")
    fleet.register("9", name="effect")
    assert look() == [("effect", "9"), ("intensity", "2")] == look()
    begun = fleet.rollouts.all()[0]
    assert begun.created_by == "service"
    assert begun.rollout.groups[0].mode == "shadow"


def test_what_was_aborted_is_not_begun_again(fleet: Fleet, look: Callable[[], list[object]]) -> None:
    fleet.add("a")
    fleet.register("2")
    look()
    fleet.rollouts.abort(fleet.rollouts.all()[0].rollout.id, by="operator ann", reason="not now")
    assert look() == [("intensity", "2")]
    fleet.register("3")
    assert look() == [("intensity", "2"), ("intensity", "3")]


def test_what_cannot_leave_now_waits(fleet: Fleet, look: Callable[[], list[object]]) -> None:
    fleet.register("2")
    assert look() == []  # no box
    fleet.add("a")
    fleet.register("3", signed=False)
    assert look() == []
    fleet.register("4")
    with fleet.database.write() as session:
        session.execute(text("UPDATE model_version SET stale_since = created_at"))
    assert look() == []


def test_a_newer_challenger_waits_for_the_end_of_the_one_before(
    fleet: Fleet, look: Callable[[], list[object]]
) -> None:
    fleet.add("a")
    fleet.register("2")
    look()
    fleet.register("3")
    assert look() == [("intensity", "2")]
    fleet.rollouts.abort(fleet.rollouts.all()[0].rollout.id, by="operator ann", reason="3 is better")
    assert look() == [("intensity", "2"), ("intensity", "3")]
