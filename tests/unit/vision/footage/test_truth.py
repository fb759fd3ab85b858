"""The truth about a clip is the motion programme's, for any programme."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.footage.motion import programme
from vision.footage.truth import FPS, frame_count, truth

TIMES = st.lists(st.floats(0, 100), max_size=12).map(lambda times_s: tuple(sorted(times_s)))


@given(pushups=TIMES, squats=TIMES, duration_s=st.floats(0, 1000))
def test_counts_and_times_are_the_programmes(
    pushups: tuple[float, ...], squats: tuple[float, ...], duration_s: float
) -> None:
    script = replace(programme(), pushup_bottoms_s=pushups, squat_bottoms_s=squats, duration_s=duration_s)
    facts = truth(script, "a.mp4", 960, 540)
    assert {bout["exercise"]: bout["reps"] for bout in facts["exercises"]} == {
        "pushup": len(pushups),
        "squat": len(squats),
    }
    for bout, times_s in zip(facts["exercises"], (pushups, squats), strict=True):
        assert bout["bottoms_s"] == pytest.approx(times_s, abs=0.0005 + 1e-9)
    assert facts["duration_s"] == pytest.approx(duration_s, abs=0.5 / FPS + 1e-9)
    assert frame_count(script) == round(facts["duration_s"] * FPS)
    assert json.loads(json.dumps(facts)) == facts
