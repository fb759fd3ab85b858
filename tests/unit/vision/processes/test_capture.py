"""The capture loop on a clock and a camera that the test holds."""

import itertools
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from vision.processes.capture import CaptureLoop
from vision.processes.capture_report import CaptureReport
from vision.processes.pacing import RateGate
from vision.processes.ring import Frame, FrameRing
from vision.source import Source, SourceFailedError

MAX_BYTES = 32 * 24 * 3
FILE = Source("file", "clip.mp4", "clip.mp4")
LIVE = Source("network", "rtsp://joe:hunter2@cam/live", "rtsp://***@cam/live")


class World:
    """Time that passes only by waiting and working; ends by itself."""

    def __init__(self, *, ends_s: float) -> None:
        self.now_s = 0.0
        self.ends_s = ends_s
        self.at_s: dict[float, Callable[[], None]] = {}
        self.waits = 0

    def clock(self) -> float:
        return self.now_s

    def work(self, seconds: float) -> None:
        self.now_s += seconds
        for time_s in [time_s for time_s in self.at_s if time_s <= self.now_s]:
            self.at_s.pop(time_s)()

    # What the loop needs of its `stopping` event:
    def is_set(self) -> bool:
        return self.now_s >= self.ends_s

    def wait(self, timeout: float) -> bool:
        self.waits += 1
        self.work(timeout)
        return self.is_set()


class Clip:
    """A video of so many pictures; a grab takes its time, and waits for what comes later."""

    def __init__(
        self,
        world: World,
        *,
        frames: int,
        fps: float = 25.0,
        grab_s: float = 0.001,
        every_s: float = 0.0,
        blank: bool = False,
        key_every: int = 1,
        first_key: int = 1,
    ) -> None:
        self._world = world
        self._frames = frames
        self._fps = fps
        self._grab_s = grab_s
        self._every_s = every_s
        self._began_s = world.now_s
        self._blank = blank
        self._key_every = key_every
        self._first_key = first_key
        self._number = 0
        self.grabs: list[bool] = []
        self.retrieved = 0
        self.closed = False
        self.last_grab_s = 0.0

    def grab(self, *, sparing: bool = False) -> bool:
        self.grabs.append(sparing)
        if self._number >= self._frames:
            self._world.work(self.last_grab_s)
            return False
        self._number += 1
        due_s = self._began_s + self._number * self._every_s
        self._world.work(max(self._grab_s, due_s - self._world.now_s))
        return True

    @property
    def shows(self) -> bool:
        after_key = self._number - self._first_key
        return after_key >= 0 and (not self.grabs[-1] or after_key % self._key_every == 0)

    def position_s(self) -> float:
        return (self._number - 1) / self._fps

    def retrieve(self) -> np.ndarray | None:
        self.retrieved += 1
        return None if self._blank else np.full((24, 32, 3), self._number % 251, np.uint8)

    def close(self) -> None:
        self.closed = True


class Bench:
    """A loop over played videos, and the ring it writes to."""

    def __init__(self, source: Source, *, ends_s: float, fps: float = 25.0) -> None:
        self.world = World(ends_s=ends_s)
        self.ring = FrameRing.create(slots=2, max_bytes=MAX_BYTES)
        self.report = CaptureReport(camera_id="cam1", now_s=0.0)
        self.gate = RateGate(fps)
        self.opened_s: list[float] = []
        self.said: list[tuple[str, str]] = []  # before each opening
        self.videos: list[Clip] = []
        self.written: list[Frame] = []
        self.make: Callable[[], Clip] = lambda: Clip(self.world, frames=100)
        self._source = source

    def _open(self, _source: Source) -> Clip:
        self.opened_s.append(self.world.now_s)
        status = self.report.status(self.world.now_s)
        self.said.append((status.state, status.reason))
        self.videos.append(self.make())
        return self.videos[-1]

    def _fit(self, image: np.ndarray, max_bytes: int) -> np.ndarray:
        assert max_bytes == MAX_BYTES
        if (frame := self.ring.latest(self.written[-1].seq if self.written else 0)) is not None:
            self.written.append(frame)
        return image

    def run(self) -> None:
        CaptureLoop(
            source=self._source,
            open_camera=self._open,
            open_file=self._open,
            fit=self._fit,
            ring=self.ring,
            gate=self.gate,
            idle_fps=2.0,
            report=self.report,
            stopping=self.world,  # type: ignore[arg-type]
            clock=self.world.clock,
        ).run()
        self._fit(np.zeros((1, 1, 3), np.uint8), MAX_BYTES)


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(source: Source, **more: float) -> Bench:
        made.append(Bench(source, **more))
        return made[-1]

    yield make
    for each in made:
        each.ring.close()


def test_a_file_is_played_at_its_pace_and_over_and_over(bench: Callable[..., Bench]) -> None:
    film = bench(FILE, ends_s=20.0)
    film.run()
    status = film.report.status(20.0)
    assert status.frames == pytest.approx(500, abs=3)
    assert status.state == "ok"
    assert len(film.videos) == pytest.approx(5, abs=1)
    assert all(video.closed for video in film.videos)
    times = np.diff([frame.captured_s for frame in film.written])
    assert times == pytest.approx(0.04, abs=1e-6), "the seam is no gap"


def test_each_pass_of_a_file_is_a_shot_of_its_own(bench: Callable[..., Bench]) -> None:
    film = bench(FILE, ends_s=20.0)
    film.run()
    shots = [frame.shot for frame in film.written]
    assert sorted(set(shots)) == list(range(1, len(film.videos) + 1))
    assert shots == sorted(shots)
    assert shots.count(2) == 100


def test_only_wanted_pictures_are_retrieved(bench: Callable[..., Bench]) -> None:
    film = bench(FILE, ends_s=20.0, fps=5.0)
    film.run()
    retrieved = sum(video.retrieved for video in film.videos)
    assert retrieved == pytest.approx(100, abs=2)
    assert film.report.status(20.0).dropped == pytest.approx(400, abs=5)


def test_a_file_nobody_trains_at_is_decoded_no_more_than_it_is_wanted(
    bench: Callable[..., Bench],
) -> None:
    film = bench(FILE, ends_s=40.0, fps=2.0)
    film.run()
    assert len(film.videos[0].grabs) == pytest.approx(80, abs=2)
    assert film.videos[0].retrieved == pytest.approx(80, abs=2)
    status = film.report.status(40.0)
    assert (status.state, status.dropped) == ("ok", 0)
    assert np.diff([frame.captured_s for frame in film.written]) == pytest.approx(0.5, abs=0.05)


def test_a_file_that_stands_still_for_long_is_not_a_stalled_one(bench: Callable[..., Bench]) -> None:
    film = bench(FILE, ends_s=34.0, fps=0.1)
    film.run()
    assert film.report.status(34.0).state == "ok"
    assert np.diff([frame.captured_s for frame in film.written]) == pytest.approx([10.0] * 3, abs=0.05)


def test_a_file_goes_on_at_its_own_pace_as_soon_as_somebody_trains(bench: Callable[..., Bench]) -> None:
    film = bench(FILE, ends_s=30.0, fps=2.0)
    film.world.at_s = {
        10.1: lambda: setattr(film.gate, "fps", 25.0),
        20.1: lambda: setattr(film.gate, "fps", 2.0),
    }
    film.make = lambda: Clip(film.world, frames=1000)
    film.run()
    times = np.array([frame.captured_s for frame in film.written])
    assert times[times > 10.1][0] < 10.2, "at once"
    training = times[(times > 10.2) & (times < 20.1)]
    assert np.diff(training) == pytest.approx(0.04, abs=1e-6), "neither a gap nor a hurry after the rest"
    assert ((times < 10.1).sum(), (times > 20.2).sum()) == pytest.approx((21, 20), abs=1)


def test_a_file_slower_than_the_idle_rate_keeps_its_own_pace(bench: Callable[..., Bench]) -> None:
    film = bench(FILE, ends_s=30.0, fps=2.0)
    film.make = lambda: Clip(film.world, frames=100, fps=1.0)
    film.run()
    assert np.diff([frame.captured_s for frame in film.written]) == pytest.approx(1.0, abs=1e-6)


def test_a_file_of_which_nothing_is_wanted_stands_still_and_is_alive(bench: Callable[..., Bench]) -> None:
    film = bench(FILE, ends_s=60.0, fps=0.0)
    film.run()
    assert film.written == []
    assert len(film.videos[0].grabs) == 1
    assert not film.report.hung(60.0)


def test_a_file_too_heavy_for_the_machine_keeps_its_time_by_leaving_out(bench: Callable[..., Bench]) -> None:
    film = bench(FILE, ends_s=30.0)
    film.make = lambda: Clip(film.world, frames=100, grab_s=0.06)
    film.run()
    frames = film.written
    assert len(frames) > 20
    assert film.report.status(30.0).state == "ok"
    assert all(b.captured_s > a.captured_s for a, b in itertools.pairwise(frames))


def test_a_slow_file_is_not_a_stalled_one(bench: Callable[..., Bench]) -> None:
    film = bench(FILE, ends_s=30.0)
    film.make = lambda: Clip(film.world, frames=20, fps=1.0)
    film.run()
    assert len(film.written) == pytest.approx(30, abs=2)
    assert film.report.status(30.0).state == "ok"


def test_a_file_without_a_picture_is_said_and_tried_again(bench: Callable[..., Bench]) -> None:
    film = bench(FILE, ends_s=120.0)
    film.make = lambda: Clip(film.world, frames=0)
    film.run()
    status = film.report.status(120.0)
    assert (status.state, status.reason) == ("no_video", "clip.mp4 holds no picture that can be decoded")
    assert 12 <= len(film.opened_s) <= 25


def test_pictures_that_cannot_be_decoded_are_said(bench: Callable[..., Bench]) -> None:
    film = bench(LIVE, ends_s=9.0)
    film.make = lambda: Clip(film.world, frames=10_000, grab_s=0.04, blank=True)
    film.run()
    states = film.report.status(9.0)
    assert states.frames == 0
    assert len(film.opened_s) > 1


def test_a_camera_is_followed_without_waiting(bench: Callable[..., Bench]) -> None:
    film = bench(LIVE, ends_s=10.0)
    film.make = lambda: Clip(film.world, frames=10_000, grab_s=0.04)
    film.run()
    assert len(film.written) == pytest.approx(250, abs=3)
    assert len(film.videos) == 1


def test_a_camera_nobody_trains_at_is_grabbed_sparingly_until_somebody_does(
    bench: Callable[..., Bench],
) -> None:
    film = bench(LIVE, ends_s=20.0, fps=2.0)

    def wake() -> Clip:
        clip = Clip(film.world, frames=10_000, every_s=0.04, key_every=50)
        film.world.at_s[10.0] = lambda: setattr(film.gate, "fps", 15.0)
        return clip

    film.make = wake
    film.run()
    grabs = film.videos[0].grabs
    assert sum(grabs) == pytest.approx(250, abs=6)
    assert grabs == sorted(grabs, reverse=True)
    assert len(grabs) == pytest.approx(500, abs=1), "none is lost"
    idle = [frame for frame in film.written if frame.captured_s < 10]
    assert len(idle) == 5, "every key picture, each two seconds"
    assert len(film.written) - len(idle) == pytest.approx(150, abs=4)
    assert {frame.shot for frame in film.written} == {1}, "more pictures are no cut"
    assert len(film.videos) == 1, "and no other connection"


def test_a_camera_nobody_trains_at_wakes_the_processor_for_several_packets_at_once(
    bench: Callable[..., Bench],
) -> None:
    film = bench(LIVE, ends_s=10.0, fps=0.1)
    film.make = lambda: Clip(film.world, frames=10_000, every_s=0.04)
    film.run()
    assert len(film.videos[0].grabs) == pytest.approx(250, abs=6), "none is lost"
    assert film.world.waits == pytest.approx(10 / 0.24, abs=3)


def test_key_pictures_that_come_too_often_are_left_out(bench: Callable[..., Bench]) -> None:
    film = bench(LIVE, ends_s=10.0, fps=2.0)
    film.make = lambda: Clip(film.world, frames=10_000, every_s=0.04)
    film.run()
    assert film.videos[0].retrieved == pytest.approx(20, abs=1)


def test_a_bad_key_picture_is_made_up_for_by_the_next(bench: Callable[..., Bench]) -> None:
    film = bench(LIVE, ends_s=48.0, fps=0.1)
    film.make = lambda: Clip(film.world, frames=10_000, every_s=0.04, key_every=25, blank=True)
    film.run()
    assert film.videos[0].retrieved == pytest.approx(48, abs=1)


def test_a_camera_is_alive_between_two_key_pictures(bench: Callable[..., Bench]) -> None:
    film = bench(LIVE, ends_s=29.0, fps=2.0)
    film.make = lambda: Clip(film.world, frames=10_000, every_s=0.04, key_every=250)
    film.run()
    status = film.report.status(29.0)
    assert (status.state, status.frames) == ("ok", 3)
    assert status.source_fps == pytest.approx(25, abs=1)


@pytest.mark.parametrize(("ends_s", "state"), [(3.0, "starting"), (5.0, "unreachable"), (9.0, "ok")])
def test_packets_before_the_first_key_picture_are_no_pictures_yet(
    bench: Callable[..., Bench], ends_s: float, state: str
) -> None:
    film = bench(LIVE, ends_s=ends_s)
    film.make = lambda: Clip(film.world, frames=10_000, grab_s=0.04, first_key=200)
    film.run()
    assert film.report.status(ends_s).state == state
    assert not film.report.hung(ends_s)


def test_a_camera_that_hangs_up_is_opened_again_with_growing_patience(bench: Callable[..., Bench]) -> None:
    film = bench(LIVE, ends_s=60.0)
    film.make = lambda: Clip(film.world, frames=5, grab_s=0.04)
    film.run()
    assert set(film.said[1:]) == {("unreachable", "rtsp://***@cam/live closed the connection")}
    waits = np.diff(film.opened_s)
    assert waits[0] < 1
    assert 7 < waits[-1] < 11
    assert len({frame.shot for frame in film.written}) == len(film.videos)


def test_a_camera_that_worked_for_a_while_is_waited_for_briefly(bench: Callable[..., Bench]) -> None:
    film = bench(LIVE, ends_s=100.0)
    film.make = lambda: Clip(film.world, frames=400, grab_s=0.04)
    film.run()
    assert np.diff(film.opened_s) == pytest.approx(16.5, abs=0.6)


def test_a_read_that_timed_out_is_a_stall(bench: Callable[..., Bench]) -> None:
    film = bench(LIVE, ends_s=6.0)

    def hanging() -> Clip:
        clip = Clip(film.world, frames=5, grab_s=0.04)
        clip.last_grab_s = 5.0
        return clip

    film.make = hanging
    film.run()
    status = film.report.status(6.0)
    assert (status.state, status.reason) == ("stalled", "rtsp://***@cam/live sends no more pictures")


def test_a_source_that_cannot_be_opened_is_tried_for_ever(bench: Callable[..., Bench]) -> None:
    film = bench(LIVE, ends_s=3600.0)

    def refuse() -> Clip:
        raise SourceFailedError("unauthorised", "cam:554 refuses this user name or password")

    film.make = refuse
    film.run()
    assert film.report.status(3600.0).state == "unauthorised"
    assert not film.report.hung(3600.0)
    assert 350 < len(film.opened_s) < 520


def test_a_camera_that_comes_back_is_ok_again(bench: Callable[..., Bench]) -> None:
    film = bench(LIVE, ends_s=40.0)

    def later() -> Clip:
        if film.world.now_s < 20:
            raise SourceFailedError("unreachable", "nothing listens at cam:554")
        return Clip(film.world, frames=10_000, grab_s=0.04)

    film.make = later
    film.run()
    assert film.report.status(40.0).state == "ok"
    assert 20 <= film.opened_s[-1] < 31


def test_stopping_is_heard_in_every_wait() -> None:
    stopping = threading.Event()
    world = World(ends_s=1e9)
    with FrameRing.create(slots=2, max_bytes=MAX_BYTES) as ring:

        def refuse(_: Source) -> Clip:
            raise SourceFailedError("unreachable", "gone")

        loop = CaptureLoop(
            source=LIVE,
            open_camera=refuse,
            open_file=refuse,
            fit=lambda image, _: image,
            ring=ring,
            gate=RateGate(1),
            idle_fps=2.0,
            report=CaptureReport(camera_id="cam1", now_s=0.0),
            stopping=stopping,
            clock=world.clock,  # stands still: only the event can end the wait
        )
        thread = threading.Thread(target=loop.run)
        thread.start()
        stopping.set()
        thread.join(3)
        assert not thread.is_alive()
