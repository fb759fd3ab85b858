"""Every counter asks a recogniser of its own, which another one can replace; what it refuses is added up."""

from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from vision.counting.counter import NOTHING, CountingSettings
from vision.processes.messages import Replay, StationView, Unwatch, Watch
from vision.processes.replay import Replays
from vision.processes.ring import Frame
from vision.processes.watching import Watching

IMAGE = np.zeros((9, 16, 3), np.uint8)


class Counter:
    """Refuses a repetition with every frame."""

    status = NOTHING

    def __init__(self, _exercises: object, _counting: object, recogniser: object) -> None:
        self.recognisers = [recogniser]
        self.refused = 0

    def update(self, _time_s: float, _pose: object) -> list[Any]:
        self.refused += 1
        return []

    def replace_recogniser(self, recogniser: object) -> None:
        self.recognisers.append(recogniser)

    def reset_track(self) -> None:
        raise AssertionError("another recogniser is no other person")


def numbered(name: str) -> Any:
    """Makes recognisers that can do nothing but be told apart."""
    numbers = count()
    return lambda: f"{name} {next(numbers)}"


class Bench:
    """One camera at which nobody is seen, and its counters."""

    def __init__(self) -> None:
        self.counters: list[Counter] = []
        self.frames = count(1)
        self.sent: list[Any] = []
        nobody = SimpleNamespace(estimate=lambda *_: None, reset=lambda: None)
        self.watching = Watching(
            rings=cast("Any", {"cam": self}),
            new_estimator=lambda: cast("Any", nobody),
            new_counter=cast("Any", self._counter),
            new_recogniser=numbered("first"),
            outbox=cast("Any", SimpleNamespace(post=lambda message, **_: self.sent.append(message))),
            replays=Replays(outbox=cast("Any", None), clock=float),
            clock=float,
            pose_model="played",
        )

    def _counter(self, *given: object) -> Counter:
        self.counters.append(Counter(*given))
        return self.counters[-1]

    def latest(self, _after_seq: int = 0) -> Frame:
        number = next(self.frames)
        return Frame(number, number / 25, 0, IMAGE)

    def watch(self, station: str) -> None:
        self.watching.handle(Watch(station_id=station, camera_id="cam", exercises=("pushup",)))

    def refused(self) -> dict[str, int]:
        return dict(self.watching.status(dropped=0, runtime="test").refused)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_another_phase_model_is_asked_by_every_counter_and_by_those_to_come(bench: Bench) -> None:
    bench.watch("a")
    bench.watch("b")
    bench.watching.replace_recogniser(numbered("other"))
    bench.watch("c")
    bench.watching.handle(Replay(request_id=1, station_id="a", counting=CountingSettings()))
    told = [counter.recognisers for counter in bench.counters]
    assert told == [["first 0", "other 0"], ["first 1", "other 1"], ["other 2"], ["other 3"]]


def test_refused_repetitions_add_up_by_station_over_its_sessions(bench: Bench) -> None:
    assert bench.refused() == {}
    for station, frames in (("a", 3), ("a", 2), ("b", 1)):
        bench.watch(station)
        for n in range(frames):
            bench.watching.step(n / 25)
        bench.watching.handle(Unwatch(station))
    assert bench.refused() == {"a": 5, "b": 1}
    assert [counter.refused for counter in bench.counters] == [3, 2, 1]


def test_the_view_of_a_station_tells_what_was_refused_since_it_is_watched(bench: Bench) -> None:
    for _ in range(2):
        bench.watch("a")
        for n in range(2):
            bench.watching.step(float(n))
        bench.watching.handle(Unwatch("a"))
    views = [each for each in bench.sent if isinstance(each, StationView)]
    assert [view.refused for view in views] == [1, 2, 1, 2]


def test_what_was_told_of_refusals_does_not_change_afterwards(bench: Bench) -> None:
    bench.watch("a")
    bench.watching.step(0.0)
    told = bench.watching.status(dropped=0, runtime="test")
    bench.watching.step(0.1)
    assert (told.refused, bench.refused()) == ({"a": 1}, {"a": 2})
