from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.counting import exercises
from vision.counting.counter import CountingSettings, StationCounter
from vision.counting.gate import Gate
from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.phase.belief import EXERCISES, Belief

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vision.counting.posture import Moment

NOBODY = Pose(np.zeros((17, 3), dtype=np.float32), 0.9)


def sure_of(name: str, share: float = 1.0) -> NDArray[np.float32]:
    """So much belief in one thing, the rest in nothing in particular."""
    shares = np.full(len(EXERCISES), (1 - share) / (len(EXERCISES) - 1), dtype=np.float32)
    shares[EXERCISES.index(name)] = share
    return shares


class Oracle:
    """Believes what it is told for that time."""

    def __init__(self, believes: Callable[[float], NDArray[np.float32] | None]) -> None:
        self.believes = believes
        self.resets = 0

    def update(self, time_s: float, pose: Pose) -> Belief | None:
        del pose
        shares = self.believes(time_s)
        return None if shares is None else Belief(time_s, shares, np.zeros(3, dtype=np.float32), 0.0)

    def reset(self) -> None:
        self.resets += 1


def rep(exercise: str = "squat", start_s: float = 1.0, end_s: float = 3.0) -> Rep:
    return Rep(exercise, start_s, (start_s + end_s) / 2, end_s, 1.0, partial=False)


def told(believes: Callable[[float], NDArray[np.float32] | None]) -> Gate:
    gate = Gate(Oracle(believes))
    for tenth in range(50):
        gate.see(tenth / 10, NOBODY)
    return gate


def test_a_gate_without_a_recogniser_doubts_nothing() -> None:
    gate = Gate(None)
    gate.see(1.0, NOBODY)
    gate.reset()
    assert gate.doubt(rep()) == 0.0


def test_what_was_never_believed_is_not_doubted() -> None:
    assert told(lambda _: None).doubt(rep()) == 0.0


@given(own=st.floats(0.02, 1))
def test_doubt_is_how_much_more_something_else_is_believed(own: float) -> None:
    shares = sure_of("squat", own)
    other = (1 - own) / (len(EXERCISES) - 1)
    assert told(lambda _: shares).doubt(rep()) == pytest.approx(other - own, abs=1e-5)


def test_the_moment_of_most_belief_counts_and_none_outside_the_rep() -> None:
    gate = told(lambda at_s: sure_of("squat" if 2.0 <= at_s < 2.2 else "none"))
    assert gate.doubt(rep()) == pytest.approx(-1.0)
    assert gate.doubt(rep(end_s=1.9)) == pytest.approx(1.0)


def test_the_usual_doubt_is_that_of_most_moments() -> None:
    gate = told(lambda at_s: sure_of("squat" if at_s < 1.5 else "none"))
    assert gate.doubt(rep()) == pytest.approx(-1.0)
    assert gate.usual_doubt(rep()) == pytest.approx(1.0)
    assert gate.usual_doubt(rep(end_s=1.8)) == pytest.approx(-1.0)
    assert told(lambda _: None).usual_doubt(rep()) == 0.0


def test_a_reset_forgets_and_tells_the_recogniser() -> None:
    oracle = Oracle(lambda _: sure_of("none"))
    gate = Gate(oracle)
    gate.see(2.0, NOBODY)
    assert gate.doubt(rep()) == pytest.approx(1.0)
    gate.reset()
    assert gate.doubt(rep()) == 0.0
    assert oracle.resets == 1


def counted(film: Any, counter: StationCounter) -> list[str]:
    return [rep.exercise for time_s, pose in film for rep in counter.update(time_s, pose)]


def test_reps_of_what_is_surely_something_else_are_refused_and_told(film: Any) -> None:
    counter = StationCounter(["pushup"], recogniser=Oracle(lambda _: sure_of("none")))
    assert counted(film, counter) == []
    assert counter.refused == 4


def test_a_doubt_is_no_refusal(film: Any) -> None:
    counter = StationCounter(["pushup"], recogniser=Oracle(lambda _: sure_of("none", 0.65)))
    assert counted(film, counter) == ["pushup"] * 4
    assert counter.refused == 0


class Contested:
    """A posture that fits at first and no longer at the lowest."""

    def __init__(self) -> None:
        self.answers = cycle([True, False])

    def problem(self, _now: Moment) -> None:
        return None

    def is_descent(self, _top: Moment, _bottom: Moment) -> bool:
        return next(self.answers)


@pytest.mark.parametrize(("share", "refused"), [(0.3, 0), (0.65, 4)])
def test_half_of_it_refuses_what_no_longer_looks_like_it_at_its_lowest(
    film: Any, monkeypatch: pytest.MonkeyPatch, share: float, refused: int
) -> None:
    pushup = replace(exercises.find("pushup"), posture=Contested())
    monkeypatch.setattr(exercises, "find", lambda _: pushup)
    counter = StationCounter(["pushup"], recogniser=Oracle(lambda _: sure_of("none", share)))
    assert len(counted(film, counter)) == 4 - refused
    assert counter.refused == refused


@pytest.mark.parametrize(("posture", "expected"), [(Contested(), 0), (None, 4)])
def test_so_does_all_of_it_for_most_of_its_time(
    film: Any, monkeypatch: pytest.MonkeyPatch, posture: Contested | None, expected: int
) -> None:
    pushup = exercises.find("pushup")
    monkeypatch.setattr(exercises, "find", lambda _: replace(pushup, posture=posture or pushup.posture))
    # Each repetition is believed in for its first third of a second.
    oracle = Oracle(lambda at_s: sure_of("pushup" if (at_s - 0.6) % 2 < 0.3 else "none", 0.9))
    assert len(counted(film, StationCounter(["pushup"], recogniser=oracle))) == expected


def test_a_refusal_of_one_refuses_nothing(film: Any) -> None:
    settings = CountingSettings(refusal=1.0)
    counter = StationCounter(["pushup"], settings, Oracle(lambda _: sure_of("none")))
    assert counted(film, counter) == ["pushup"] * 4


def test_another_recogniser_takes_over_without_losing_a_rep(film: Any) -> None:
    counter = StationCounter(["pushup"], recogniser=Oracle(lambda _: sure_of("none")))
    names = []
    for time_s, pose in film:
        if time_s == 4.6:
            counter.replace_recogniser(None)
        names += [rep.exercise for rep in counter.update(time_s, pose)]
    assert names == ["pushup"] * 2
    assert counter.refused == 2


def test_one_movement_is_one_rep_whatever_is_offered(film: Any) -> None:
    both = film.but(move="lunge", camera_yaw_degrees=0.0, fps=12.5)
    seen = counted(both, StationCounter(["squat", "lunge"]))
    assert len(seen) <= 4
