"""A station between its estimator and its counter, both played."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vision.counting.counter import NOTHING, CountingSettings, CountStatus
from vision.counting.geometry import body_scale
from vision.keypoints import Pose
from vision.processes.messages import Watch
from vision.processes.ring import Frame
from vision.processes.station import Station

if TYPE_CHECKING:
    from vision.counting.reps import Rep
    from vision.phase.belief import Recogniser
    from vision.pose.sought import Sought

IMAGE = np.zeros((720, 1280, 3), np.uint8)


class Estimator:
    """Finds these people in this order, or first the one left behind when asked to look home."""

    def __init__(self) -> None:
        self.people: list[Pose] = []
        self.resets = 0

    def estimate(self, _frame_bgr: np.ndarray, _time_s: float, sought: Sought | None = None) -> Pose | None:
        assert sought is not None
        people = self.people[::-1] if sought.home is not None else self.people
        return next((pose for pose in people if sought.accepts(pose)), None)

    def reset(self) -> None:
        self.resets += 1


class Counter:
    """Remembers what it is told."""

    status: CountStatus = NOTHING
    refused = 0

    def __init__(self) -> None:
        self.resets = 0

    def update(self, _time_s: float, _pose: Pose | None) -> list[Rep]:
        return []

    def reset_track(self) -> None:
        self.resets += 1

    def tune(self, settings: CountingSettings) -> None:
        raise NotImplementedError(settings)

    def replace_recogniser(self, recogniser: Recogniser) -> None:
        raise NotImplementedError(recogniser)


def moved(pose: Pose, torsos: float) -> Pose:
    points = pose.points.copy()
    points[:, 0] += torsos * body_scale(points)
    return Pose(points, pose.score)


class Bay:
    """One station and the frames that it is shown."""

    def __init__(self) -> None:
        self.estimator, self.counter = Estimator(), Counter()
        watch = Watch(station_id="bay", camera_id="cam", exercises=("squat",))
        self.station = Station(watch, self.counter)
        self.seq = 0

    def see(self, *people: Pose) -> Pose | None:
        self.seq += 1
        self.estimator.people = list(people)
        frame = Frame(self.seq, self.seq / 25, 1, IMAGE)
        return self.station.look(frame, [self.station], lambda: self.estimator)


def test_it_makes_its_estimator_when_it_first_looks(film: Any) -> None:
    bay = Bay()
    assert bay.station.estimator is None
    person = film.pose()
    assert bay.see(person) is person
    assert bay.station.estimator is bay.estimator


def test_what_a_passer_by_did_is_forgotten_when_the_person_is_taken_back(film: Any) -> None:
    bay = Bay()
    person = film.pose()
    for _ in range(100):
        bay.see(person)
    for n in range(60):
        bay.see(moved(person, 0.06 * n), person)
    assert bay.see(person) is person
    assert (bay.counter.resets, bay.estimator.resets) == (1, 0)


def test_a_person_who_walks_about_is_counted_on(film: Any) -> None:
    bay = Bay()
    for n in range(100):
        assert bay.see(moved(film.pose(), 0.06 * n)) is not None
    assert bay.counter.resets == 0


def test_another_shot_forgets_everybody(film: Any) -> None:
    bay = Bay()
    for _ in range(50):
        bay.see(film.pose())
    assert bay.see(moved(film.pose(), 5)) is None
    bay.station.reset_track()
    assert bay.see(moved(film.pose(), 5)) is not None
    assert (bay.counter.resets, bay.estimator.resets) == (1, 1)
