"""Counting again, a little at a time, beside frames that must not wait."""

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.processes.messages import Declined, Replayed, Tally
from vision.processes.replay import Replays
from vision.processes.trace import Recording, Trace


@dataclass
class Counter:
    """A rep for every third pose since the last cut; each pose takes a millisecond of the bench's clock."""

    bench: "Bench"
    seen: int = 0

    def update(self, time_s: float, pose: Pose | None) -> list[Rep]:
        self.bench.now_s += 0.001
        self.seen += pose is not None
        if pose is None or self.seen % 3:
            return []
        return [Rep("squat", time_s - 1, time_s - 0.5, time_s, 1.0, partial=self.seen % 2 == 0)]

    def reset_track(self) -> None:
        self.seen = 0


@dataclass
class Bench:
    sent: list[object] = field(default_factory=list)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.replays = Replays(outbox=self, clock=lambda: self.now_s)

    def post(self, message: object, *, key: Hashable | None = None) -> None:
        assert key is None, "an answer must never be replaced by another"
        self.sent.append(message)

    def add(self, number: int, recording: Recording) -> None:
        self.replays.add(number, ("squat",), recording, Counter(self))

    def finish(self, slice_s: float) -> int:
        slices = 0
        while self.replays.busy:
            began_s = self.now_s
            self.replays.work(slice_s)
            assert self.now_s - began_s <= slice_s + 0.001
            slices += 1
        return slices


def recording(frames: list[tuple[bool, bool]], step_s: float = 0.1) -> Recording:
    trace = Trace()
    for n, (seen, cut) in enumerate(frames):
        if cut:
            trace.cut()
        trace.note(100 + n * step_s, Pose(np.zeros((17, 3), np.float32), 0.9) if seen else None, ())
    return trace.recording()


@settings(max_examples=30)
@given(frames=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60), slice_s=st.floats(0.001, 0.05))
def test_slices_of_any_size_count_the_same_and_none_is_late(
    frames: list[tuple[bool, bool]], slice_s: float
) -> None:
    at_once, sliced = Bench(), Bench()
    at_once.add(1, recording(frames))
    at_once.replays.work(1000.0)
    sliced.add(1, recording(frames))
    sliced.finish(slice_s)
    assert sliced.sent == at_once.sent
    assert len(sliced.sent) == 1


def test_the_answer_tells_times_from_the_beginning_of_the_window() -> None:
    bench = Bench()
    bench.add(5, recording([(True, False)] * 10))
    bench.finish(0.002)
    assert bench.sent == [
        Replayed(
            request_id=5,
            exercises=("squat",),
            window_s=0.9,
            as_counted=Tally(),
            would_count=Tally(reps=2, partials=1),
            reps_at_s=(0.2, 0.8),
        )
    ]


def test_nothing_seen_is_nothing_counted() -> None:
    bench = Bench()
    bench.add(1, recording([]))
    assert bench.replays.busy
    bench.finish(0.01)
    (answer,) = bench.sent
    assert isinstance(answer, Replayed)
    assert (answer.window_s, answer.would_count, answer.reps_at_s) == (0.0, Tally(), ())


def test_replays_wait_for_each_other_and_too_many_are_declined() -> None:
    bench = Bench()
    for number in range(6):
        bench.add(number, recording([(True, False)] * 4))
    assert [type(each) for each in bench.sent] == [Declined, Declined]
    assert bench.finish(0.002) > 4
    assert [each.request_id for each in bench.sent] == [4, 5, 0, 1, 2, 3]  # type: ignore[attr-defined]


def test_an_answer_stays_small_however_much_is_counted() -> None:
    bench = Bench()
    bench.add(1, recording([(True, False)] * 3000, step_s=0.03))
    bench.finish(1.0)
    (answer,) = bench.sent
    assert isinstance(answer, Replayed)
    assert answer.would_count == Tally(reps=500, partials=500)
    assert len(answer.reps_at_s) == 300
