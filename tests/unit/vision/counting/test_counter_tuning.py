"""Settings that change in the middle of a set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.counter import CountingSettings, StationCounter
from vision.counting.phase import PhaseSettings
from vision.counting.smoothing import PoseSmoother, SmoothingSettings
from vision.keypoints import Pose

if TYPE_CHECKING:
    from vision.counting.reps import Rep

USUAL = CountingSettings()
NOBODY = CountingSettings(min_score=1.0)


def count(film: Any, changes: dict[float, CountingSettings], first: CountingSettings | None = None) -> int:
    """Full reps, with settings that begin at these times."""
    counter, due = StationCounter(["pushup"], first), sorted(changes.items())
    reps: list[Rep] = []
    for time_s, pose in film:
        while due and due[0][0] <= time_s:
            counter.tune(due.pop(0)[1])
        reps += counter.update(time_s, pose)
    return sum(not rep.partial for rep in reps)


@settings(max_examples=8)
@given(at_s=st.lists(st.floats(0, 12), max_size=12))
def test_the_same_settings_again_at_any_moment_change_nothing(film: Any, at_s: list[float]) -> None:
    assert count(film, dict.fromkeys(at_s, USUAL)) == 4


@pytest.mark.parametrize("at_s", [0.3, 1.3, 1.6, 2.0, 4.4])
def test_no_rep_is_lost_to_a_change_that_still_counts_it(film: Any, at_s: float) -> None:
    other = CountingSettings(
        min_score=0.2, posture_s=0.6, hysteresis=0.5, dwell_s=0.1, smoothing=SmoothingSettings().harder(1.5)
    )
    assert count(film, {at_s: other}) == 4


def test_what_is_tuned_is_what_a_new_counter_has(film: Any) -> None:
    assert count(film, {0.0: NOBODY}) == count(film, {}, NOBODY) == 0
    slow = CountingSettings(dwell_s=1.0)
    assert count(film, {0.0: slow}) == count(film, {}, slow) == 0, "nobody stays down for a second"


def test_a_setting_taken_back_counts_again(film: Any) -> None:
    half = count(film, {0.0: NOBODY, 4.0: USUAL})
    assert 1 <= half < 4


def test_only_what_is_set_takes_the_place_of_the_exercises_own() -> None:
    own = PhaseSettings(full_travel=0.5, return_share=0.55, dwell_s=0.15)
    assert USUAL.over(own) is own
    assert CountingSettings(dwell_s=0.0).over(own) == PhaseSettings(
        full_travel=0.5, return_share=0.55, dwell_s=0.0
    )
    assert CountingSettings(hysteresis=0.8).over(own) == PhaseSettings(
        full_travel=0.5, return_share=0.8, dwell_s=0.15
    )


@pytest.mark.parametrize("factor", [0.25, 1.0, 2.0, 4.0])
def test_smoothed_harder_is_slower_to_follow(factor: float) -> None:
    def followed(hardness: float) -> float:
        smoother = PoseSmoother(SmoothingSettings().harder(hardness))
        still = np.random.default_rng(6).random((17, 3), dtype=np.float32) * (200, 200, 1)
        smoother.update(0.0, Pose(still, 0.9))
        found = smoother.update(0.04, Pose(still + np.array([2, 0, 0]), 0.9)).points[:, 0] - still[:, 0]
        return float(found.mean())

    assert (followed(factor) - followed(1.0)) * (factor - 1) <= 0
    assert (followed(factor) == followed(1.0)) == (factor == 1.0)
