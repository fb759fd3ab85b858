"""What a heart says for today: honest when nothing is known, surer and more with every session."""

from datetime import date, timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.hearts.outlook import LEAST_DAYS, MachineOutlook, outlook_at
from recommender.heart_response.known_heart import KnownHeart, unknown_heart
from recommender.heart_response.model import Response
from recommender.heart_response.planned import unit_of
from recommender.plan import MachineKind, MachineStep

from .conftest import ADA, run_of

DAY = date(2026, 3, 2)
STEPS = (
    MachineStep(duration_s=300.0, speed_kmh=5.0, incline_percent=1.0),
    MachineStep(duration_s=600.0, speed_kmh=9.0, heart_rate_zone=3),
    MachineStep(duration_s=300.0, speed_kmh=4.0),
)


def learned(*days: date, response: Response = ADA, before: KnownHeart | None = None) -> KnownHeart:
    """A heart after the same run on each day."""
    recording = run_of(response)
    return reduce(lambda heart, day: heart.after(recording, day), days, before or unknown_heart("km/h"))


def outlook(
    *known: KnownHeart,
    turns: tuple[tuple[MachineStep, ...], ...] = (),
    today: date = DAY,
    maximum_bpm: float | None = 186.0,
    fastest_kmh: float | None = None,
    kind: MachineKind = "treadmill",
) -> MachineOutlook:
    return outlook_at(kind, known, turns, today=today, maximum_bpm=maximum_bpm, fastest_kmh=fastest_kmh)


KNOWN = learned(*(DAY - timedelta(days=each) for each in (9, 6, 3)))


def test_of_a_stranger_it_is_what_people_are_like() -> None:
    found = outlook(turns=(STEPS,))
    assert (found.machine, found.unit, found.sessions, found.last_day) == ("treadmill", "km/h", 0, None)
    assert found.fitness is None
    assert found.zones is not None
    assert {each.held_by for each in found.zones} == {"uncertainty"}
    assert [each.spread_bpm > 10.0 for each in found.planned[0]] == [True] * 3


def test_who_is_known_is_foretold_more_surely_and_asked_for_more() -> None:
    stranger, known = outlook(turns=(STEPS,)), outlook(KNOWN, turns=(STEPS,))
    assert (known.sessions, known.last_day) == (3, DAY - timedelta(days=3))
    for before, now in zip(stranger.planned[0], known.planned[0], strict=True):
        assert now.spread_bpm < 0.75 * before.spread_bpm
    assert stranger.zones is not None
    assert known.zones is not None
    assert [each.zone for each in known.zones] == [1, 2, 3, 4, 5]
    assert known.zones[2].expected_bpm == pytest.approx(0.75 * 186.0, abs=8.0)
    assert known.zones[2].load > stranger.zones[2].load
    assert [each.load for each in known.zones] == sorted(each.load for each in known.zones)


def test_each_step_is_foretold() -> None:
    warm_up, main, cool_down = outlook(KNOWN, turns=(STEPS,)).planned[0]
    assert [each.duration_s for each in (warm_up, main, cool_down)] == [300.0, 600.0, 300.0]
    assert (warm_up.load, main.load, cool_down.load) == (5.45, 9.0, 4.0)
    assert warm_up.mean_bpm < warm_up.end_bpm < main.mean_bpm < main.end_bpm
    assert main.end_bpm == pytest.approx(ADA.steady_bpm(9.0) + ADA.drift * ADA.gain * 9.0, abs=8.0)
    assert cool_down.end_bpm < cool_down.mean_bpm < main.end_bpm


def test_a_step_that_names_a_zone_has_the_load_for_it() -> None:
    (step,) = outlook(KNOWN, turns=((MachineStep(duration_s=600.0, heart_rate_zone=2),),)).planned[0]
    zones = outlook(KNOWN).zones
    assert zones is not None
    assert step.load == zones[1].load


def test_without_a_maximum_there_are_no_zones() -> None:
    zoned = (MachineStep(duration_s=600.0, heart_rate_zone=2),)
    found = outlook(KNOWN, turns=(zoned, STEPS), maximum_bpm=None)
    assert found.zones is None
    assert len(found.planned) == 1, "a turn whose load nobody knows is left out"


def test_no_more_is_asked_than_the_belt_may_do() -> None:
    zones = outlook(KNOWN, fastest_kmh=5.0).zones
    assert zones is not None
    assert [(each.load, each.held_by) for each in zones[2:]] == [(5.0, "machine")] * 3


def test_a_limit_of_speed_is_none_of_power() -> None:
    found = outlook(kind="bike", fastest_kmh=5.0)
    assert found.unit == "W"
    assert found.zones is not None
    assert found.zones[2].load > 20.0


def test_a_change_needs_four_weeks_and_says_since_when() -> None:
    begin = DAY - timedelta(days=60)
    first = learned(begin, begin + timedelta(days=2), begin + timedelta(days=4))
    fitter = Response(62.0, 7.6, 35.0, 45.0, 0.08, 186.0)
    days = [DAY - timedelta(days=each) for each in (12, 9, 6, 3, 1)]
    soon = learned(begin + timedelta(days=20), before=first)
    now = learned(*days, response=fitter, before=soon)
    assert outlook(first).fitness is None
    assert outlook(first, soon).fitness is None
    found = outlook(first, soon, now).fitness
    assert found is not None
    assert found.since == first.last_day
    assert found.load.value is not None
    assert found.load.value > 0.05, "she carries more at the same rate"
    assert found.load.spread < 0.1


def test_a_change_that_cannot_be_told_is_unknown_and_says_how_unsure() -> None:
    long_ago = learned(DAY - timedelta(days=LEAST_DAYS), response=ADA)
    now = learned(DAY, before=long_ago)
    fitness = outlook(long_ago, now, today=DAY + timedelta(days=300)).fitness
    assert fitness is not None
    assert fitness.load.value is None
    assert fitness.load.spread > 0.1


def test_at_a_rate_no_higher_than_rest_nothing_is_compared() -> None:
    long_ago = learned(DAY - timedelta(days=40))
    assert long_ago.belief.response.rest_bpm < 75.0
    now = learned(DAY, before=long_ago)
    assert outlook(long_ago, now, maximum_bpm=186.0).fitness is not None
    assert outlook(long_ago, now, maximum_bpm=long_ago.belief.response.rest_bpm / 0.75).fitness is None


steps = st.builds(
    MachineStep,
    duration_s=st.floats(0.5, 3600.0),
    speed_kmh=st.none() | st.floats(0.5, 20.0),
    incline_percent=st.none() | st.floats(-5.0, 15.0),
    power_w=st.none() | st.floats(0.0, 400.0),
    heart_rate_zone=st.none() | st.integers(1, 5),
)


@settings(max_examples=40)
@given(
    st.sampled_from(("treadmill", "bike")),
    st.lists(st.lists(steps, min_size=1, max_size=5), max_size=2),
    st.none() | st.floats(100.0, 240.0),
    st.none() | st.floats(1.0, 30.0),
    st.integers(-10, 2000),
)
def test_whatever_is_planned_the_figures_are_possible(
    kind: MachineKind,
    turns: list[list[MachineStep]],
    maximum_bpm: float | None,
    fastest_kmh: float | None,
    days: int,
) -> None:
    known = (KNOWN,) if unit_of(kind) == KNOWN.unit else ()
    found = outlook(
        *known,
        turns=tuple(map(tuple, turns)),
        today=DAY + timedelta(days=days),
        maximum_bpm=maximum_bpm,
        fastest_kmh=fastest_kmh,
        kind=kind,
    )
    assert len(found.planned) <= len(turns)
    for rates in found.planned:
        for each in rates:
            assert 25.0 < each.mean_bpm < 230.0
            assert 25.0 < each.end_bpm < 230.0
            assert each.spread_bpm >= 0.0
    for zone in found.zones or ():
        assert 0.0 <= zone.load <= (400.0 if kind == "bike" else fastest_kmh or 20.0) + 0.01
    assert MachineOutlook.model_validate_json(found.model_dump_json()) == found
