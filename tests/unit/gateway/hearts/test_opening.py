"""The speed that a step begins with: the person's own, on its slope, and never a guess."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commands.plans import PlanStep
from gateway.hearts.opening import opened_step
from recommender.heart_response.fitting import Belief
from recommender.heart_response.known_heart import unknown_heart
from recommender.heart_response.planned import level_speed_kmh

from .conftest import ADA, run_of

if TYPE_CHECKING:
    from .conftest import Desk

ANYBODY = unknown_heart("km/h").belief
SURE = Belief(ANYBODY.mean, 1e-6 * ANYBODY.covariance)
ZONED = PlanStep(duration_s=600.0, heart_rate_zone=3, incline_percent=1.0)


def opening(step: PlanStep, belief: Belief = SURE, fastest_kmh: float = 20.0) -> float | None:
    return opened_step(step, belief, 185.0, fastest_kmh).opening_kmh


@pytest.mark.parametrize(
    "step",
    [
        PlanStep(duration_s=600.0, speed_kmh=9.0, incline_percent=1.0),
        PlanStep(duration_s=600.0, heart_rate_zone=3),
        PlanStep(duration_s=600.0, heart_rate_zone=3, incline_percent=1.0, opening_kmh=4.0),
    ],
)
def test_a_step_that_says_how_fast_or_not_how_steep_stays_as_it_is(step: PlanStep) -> None:
    assert opened_step(step, SURE, 185.0, 20.0) is step


def test_the_same_load_is_slower_uphill() -> None:
    level, steep = (opening(ZONED.model_copy(update={"incline_percent": each})) for each in (0.0, 8.0))
    assert level is not None
    assert steep is not None
    assert level > steep + 1.0
    assert level_speed_kmh(steep, 8.0) == pytest.approx(level, abs=0.2)


def test_who_is_known_less_begins_slower() -> None:
    sure, unsure = opening(ZONED), opening(ZONED, ANYBODY)
    assert sure is not None
    assert unsure is not None
    assert unsure < sure


def test_nobody_begins_faster_than_they_have_ever_gone() -> None:
    assert opening(ZONED, fastest_kmh=5.0) == 5.0


def test_where_rest_is_enough_nothing_is_asked() -> None:
    step = ZONED.model_copy(update={"heart_rate_zone": 1})
    assert opened_step(step, SURE, 100.0, 20.0) is step


@given(st.integers(1, 5), st.floats(0.0, 15.0), st.floats(100.0, 240.0), st.floats(0.1, 25.0))
def test_every_opening_can_be_followed(
    zone: int, incline: float, maximum_bpm: float, fastest_kmh: float
) -> None:
    step = ZONED.model_copy(update={"heart_rate_zone": zone, "incline_percent": incline})
    found = opened_step(step, ANYBODY, maximum_bpm, fastest_kmh)
    assert PlanStep.model_validate(found.model_dump()) == found
    assert (found.opening_kmh or 0.0) <= fastest_kmh + 0.05


async def test_only_a_heart_that_was_learned_opens_a_step(desk: "Desk") -> None:
    steps = [PlanStep(duration_s=300.0, speed_kmh=5.0, incline_percent=1.0), ZONED]

    async def openings() -> list[float | None]:
        session_id = await desk.begin()
        session = desk.sessions.active_at("run")
        assert session is not None
        opened = await desk.hearts.opened(session, steps)
        await desk.sessions.end(session_id)
        return [each.opening_kmh for each in opened]

    assert await openings() == [None, None]
    await desk.train(run_of(ADA))
    await desk.settled(1)
    desk.later(days=1.0)
    nothing, found = await openings()
    assert nothing is None
    assert found is not None
    assert 5.0 < found < 8.0, "middle of zone 3 is 140 bpm: 8 km/h, less what is not known for sure"
    desk.now += timedelta(days=120)
    assert await openings() == [None, None], "nobody knows what these legs are used to now"


async def test_without_a_maximum_or_a_belt_steps_stay_as_they_are(desk: "Desk") -> None:
    await desk.train(run_of(ADA))
    await desk.settled(1)
    await desk.begin("mat")
    at_mat = desk.sessions.active_at("mat")
    assert at_mat is not None
    assert await desk.hearts.opened(at_mat, [ZONED]) == [ZONED]
    at_mat.progress.maximum_bpm, at_mat.station = None, desk.sessions._stations["run"]
    assert await desk.hearts.opened(at_mat, [ZONED]) == [ZONED]
