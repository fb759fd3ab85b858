from typing import Any

import pytest

from devices.codecs.ranges import Range
from devices.control.command import Source
from devices.control.facts import MachineFacts
from devices.control.following import Follower, Step, Wish

ZONE = (120.0, 140.0)


def facts(speed_kmh: float = 6.0, now_s: float = 0.0) -> MachineFacts:
    known = MachineFacts()
    known.on_telemetry({"speed_kmh": speed_kmh}, now_s)
    return known


def speed_wish(kmh: float, source: Source = "plan") -> Wish:
    """A wish for about this speed."""
    about: Any = pytest.approx(kmh)
    return Wish("speed_kmh", about, source)


def at(follower: Follower, *seconds: float) -> None:
    for second in seconds:
        follower.advance(second, going=True)


def test_the_current_steps_targets_are_wished_for_and_the_next_ones_when_it_is_over() -> None:
    follower = Follower(
        [Step(10.0, {"speed_kmh": 5.0, "incline_percent": 1.0}), Step(5.0, {"speed_kmh": 8.0})]
    )
    at(follower, 0.0, 9.9)
    assert follower.wishes(facts(), None, 0.0) == (Wish("speed_kmh", 5.0), Wish("incline_percent", 1.0))
    assert follower.remaining_s == pytest.approx(0.1)
    assert follower.advance(10.0, going=True)
    assert follower.wishes(facts(), None, 0.0) == (Wish("speed_kmh", 8.0),)
    at(follower, 15.0)
    assert (follower.step, follower.index, follower.remaining_s) == (None, 2, 0.0)
    assert follower.wishes(facts(), None, 0.0) == ()


def test_the_time_of_a_step_stands_still_while_the_box_may_not_go_on() -> None:
    follower = Follower([Step(10.0)])
    at(follower, 0.0, 4.0)
    follower.advance(100.0, going=False)
    at(follower, 101.0)
    assert follower.remaining_s == pytest.approx(5.0)


def test_the_time_left_is_known_between_two_looks_and_stands_still_with_the_step() -> None:
    follower = Follower([Step(10.0), Step(3.0)])
    assert follower.remaining_at_s(50.0, going=True) == 10.0, "nothing has begun"
    at(follower, 0.0, 4.0)
    assert follower.remaining_at_s(5.5, going=True) == pytest.approx(4.5)
    assert follower.remaining_at_s(5.5, going=False) == follower.remaining_s == pytest.approx(6.0)
    assert follower.remaining_at_s(90.0, going=True) == 0.0, "the next step begins with `advance`"


def test_a_belt_at_rest_is_left_at_rest() -> None:
    follower = Follower([Step(10.0, {"speed_kmh": 5.0, "incline_percent": 1.0})])
    assert follower.wishes(facts(speed_kmh=0.0), None, 0.0) == (Wish("incline_percent", 1.0),)
    assert follower.wishes(MachineFacts(), None, 0.0) == (Wish("incline_percent", 1.0),)


def test_what_a_person_sets_stays_until_the_next_step() -> None:
    follower = Follower([Step(10.0, {"speed_kmh": 5.0}), Step(10.0, {"speed_kmh": 7.0})])
    follower.changed_by_hand("speed_kmh")
    at(follower, 0.0, 5.0)
    assert follower.wishes(facts(), None, 0.0) == ()
    at(follower, 10.0)
    assert follower.wishes(facts(), None, 0.0) == (Wish("speed_kmh", 7.0),)


@pytest.mark.parametrize(
    ("bpm", "wished"),
    [
        (110.0, (speed_wish(6.2),)),
        (130.0, ()),
        (140.0, (speed_wish(5.6),)),
        (None, (speed_wish(5.6, "alarm"),)),
    ],
)
def test_a_zone_steers_the_speed_and_only_down_when_the_heart_is_not_heard(
    bpm: float | None, wished: tuple[Wish, ...]
) -> None:
    follower = Follower([Step(600.0, heart_rate_bpm=ZONE)])
    at(follower, 0.0, 15.0)
    assert follower.wishes(facts(), bpm, 0.0) == wished


def test_a_heart_gets_time_to_follow() -> None:
    follower = Follower([Step(600.0, heart_rate_bpm=ZONE)])
    at(follower, 0.0, 14.9)
    assert follower.wishes(facts(), 110.0, 0.0) == ()
    at(follower, 15.0)
    assert follower.wishes(facts(), 110.0, 0.0) != ()
    at(follower, 29.9)
    assert follower.wishes(facts(), 110.0, 0.0) == ()


def test_a_change_is_never_less_than_a_step_of_the_machine() -> None:
    known = facts()
    known.on_range("speed_kmh", Range(1.0, 20.0, 0.5))
    follower = Follower([Step(600.0, heart_rate_bpm=ZONE)])
    at(follower, 0.0, 15.0)
    assert follower.wishes(known, 110.0, 0.0) == (Wish("speed_kmh", 6.5),)


def test_without_a_speed_nothing_is_steered() -> None:
    follower = Follower([Step(600.0, heart_rate_bpm=ZONE)])
    at(follower, 0.0, 15.0)
    assert follower.wishes(MachineFacts(), 110.0, 0.0) == ()


@pytest.mark.parametrize(
    ("done_s", "index", "remaining_s"), [(0.0, 0, 10.0), (4.0, 0, 6.0), (10.0, 1, 5.0), (99.0, 2, 0.0)]
)
def test_a_plan_goes_on_where_it_was(done_s: float, index: int, remaining_s: float) -> None:
    follower = Follower([Step(10.0, {"speed_kmh": 5.0}), Step(5.0, {"speed_kmh": 8.0})], done_s=done_s)
    assert (follower.index, follower.remaining_s, follower.done_s) == (index, remaining_s, done_s)
    at(follower, 100.0, 101.0)
    assert follower.done_s == done_s + 1.0


def test_a_heart_gets_time_to_follow_after_a_restart_too() -> None:
    follower = Follower([Step(600.0, heart_rate_bpm=ZONE)], done_s=300.0)
    at(follower, 0.0, 14.0)
    assert follower.wishes(facts(), 110.0, 0.0) == ()


@pytest.mark.parametrize(
    ("speed_kmh", "bpm", "wished"),
    [
        (6.0, 100.0, (Wish("speed_kmh", 9.0),)),
        (9.0, 119.9, (Wish("speed_kmh", 9.0),)),
        (9.5, 100.0, ()),  # faster already: looked for from there
        (6.0, 120.0, ()),  # the heart is there already
        (6.0, 140.0, ()),
        (6.0, None, ()),
        (0.0, 100.0, ()),  # a person sets a belt in motion
    ],
)
def test_a_step_begins_with_its_own_speed_and_never_lowers_to_it(
    speed_kmh: float, bpm: float | None, wished: tuple[Wish, ...]
) -> None:
    follower = Follower([Step(600.0, heart_rate_bpm=ZONE, opening_kmh=9.0)])
    at(follower, 0.0, 1.0)
    assert follower.wishes(facts(speed_kmh), bpm, 0.0) == wished


def test_at_its_opening_speed_a_step_waits_for_the_heart_then_steers() -> None:
    follower = Follower([Step(60.0), Step(600.0, heart_rate_bpm=ZONE, opening_kmh=9.0)])
    at(follower, 0.0)
    for second in range(60, 150):
        at(follower, float(second))
        assert follower.wishes(facts(9.0), 110.0, 0.0) == (Wish("speed_kmh", 9.0),), second
    at(follower, 163.9)
    assert follower.wishes(facts(9.0), 110.0, 0.0) == ()
    at(follower, 164.0)
    assert follower.wishes(facts(9.0), 110.0, 0.0) == (speed_wish(9.2),)


@pytest.mark.parametrize(("bpm", "source"), [(141.0, "plan"), (None, "alarm")])
def test_an_opening_never_keeps_the_speed_up(bpm: float | None, source: str) -> None:
    follower = Follower([Step(600.0, heart_rate_bpm=ZONE, opening_kmh=9.0)])
    at(follower, 0.0, 15.0)
    (wish,) = follower.wishes(facts(8.0), bpm, 0.0)
    assert wish.value == pytest.approx(7.6)
    assert wish.source == source


def test_what_a_person_sets_beats_the_opening() -> None:
    follower = Follower([Step(600.0, heart_rate_bpm=ZONE, opening_kmh=9.0)])
    at(follower, 0.0, 1.0)
    follower.changed_by_hand("speed_kmh")
    assert follower.wishes(facts(), 100.0, 0.0) == ()
