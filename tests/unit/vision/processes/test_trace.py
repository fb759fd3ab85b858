"""What a trace gives back is what went in, no further back than two minutes and never more than it holds."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.processes.messages import Tally
from vision.processes.trace import MOST_POSES, WINDOW_S, Trace


def pose(number: int) -> Pose:
    return Pose(np.full((17, 3), number, np.float32), 0.5)


def rep(ended_s: float, *, partial: bool = False) -> Rep:
    return Rep("pushup", ended_s - 1, ended_s - 0.5, ended_s, 0.9, partial=partial)


@given(
    frames=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40),
    most=st.integers(1, 12),
    step_s=st.floats(0.01, 60),
)
def test_the_last_frames_come_back_in_order(
    frames: list[tuple[bool, bool]], most: int, step_s: float
) -> None:
    trace = Trace(most=most)
    went_in = []
    for n, (seen, cut) in enumerate(frames):
        if cut:
            trace.cut()
        trace.note(n * step_s, pose(n) if seen else None, ())
        went_in.append((n * step_s, n if seen else None, cut))
    came_out = [
        (time_s, None if found is None else int(found.points[0, 0]), cut)
        for time_s, found, cut in trace.recording()
    ]
    last_s = went_in[-1][0] if went_in else 0.0
    assert came_out == [frame for frame in went_in[-most:] if frame[0] >= last_s - WINDOW_S]


def test_a_recording_is_a_copy() -> None:
    trace = Trace(most=3)
    trace.note(1.0, pose(1), ())
    recording = trace.recording()
    for n in range(2, 9):
        trace.note(float(n), pose(n), ())
    assert [(time_s, found.points[0, 0]) for time_s, found, _ in recording if found] == [(1.0, 1.0)]


def test_a_whole_pose_comes_back() -> None:
    trace = Trace()
    points = np.random.default_rng(4).random((17, 3), dtype=np.float32)
    trace.note(2.5, Pose(points, 0.75), ())
    ((time_s, found, cut),) = trace.recording()
    assert found is not None
    assert (time_s, found.score, cut) == (2.5, 0.75, False)
    assert np.array_equal(found.points, points)


def test_reps_are_those_that_ended_within_the_window() -> None:
    trace = Trace()
    for second in range(200):
        done = [rep(second), rep(second, partial=True)] if second % 10 == 0 else []
        trace.note(float(second), pose(second), done)
    recording = trace.recording()
    assert recording.window_s == WINDOW_S
    assert recording.counted == Tally(reps=12, partials=12)  # at 80, 90 … 190 s


def test_an_empty_trace_is_an_empty_recording() -> None:
    recording = Trace().recording()
    assert list(recording) == []
    assert (recording.window_s, recording.counted) == (0.0, Tally())


def test_the_memory_of_a_station_is_what_the_docstring_says() -> None:
    trace = Trace()
    arrays = [part for part in vars(trace).values() if isinstance(part, np.ndarray)]
    assert sum(part.nbytes for part in arrays) == pytest.approx(0.78e6, rel=0.01)
    assert sys.getsizeof(trace) < 1000
    assert MOST_POSES == WINDOW_S * 30
