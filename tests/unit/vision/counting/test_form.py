from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.counter import CountingSettings, StationCounter
from vision.counting.exercises import CatalogueError, catalogue, parse
from vision.counting.form import KNEE_DOUBT_DEGREES, MOMENTS, Form, FormLimits, FormObserver, FormStandard
from vision.counting.limbs import LimbView
from vision.counting.posture import Moment
from vision.keypoints import Joint, Pose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vision.counting.reps import Rep

MIRROR = [0, *(joint + 1 if joint % 2 else joint - 1 for joint in range(1, 17))]
MIRRORED = {"uneven_left": "uneven_right", "uneven_right": "uneven_left"}
SIDE, FRONT = 90.0, 0.0
Frames = list[tuple[float, Pose]]


def count(frames: Iterable[tuple[float, Pose]], exercise: str, **limits: float) -> list[Rep]:
    counter = StationCounter([exercise], CountingSettings(form=FormLimits(**limits)))
    return [rep for time_s, pose in frames for rep in counter.update(time_s, pose)]


def forms(frames: Iterable[tuple[float, Pose]], exercise: str, **limits: float) -> list[Form]:
    return [rep.form or Form() for rep in count(frames, exercise, **limits)]


def changed(film: Any, change: Callable[[Any, float], Any]) -> Frames:
    """The film with every frame's points (a copy of them) put through this, told the time."""
    return [(time_s, Pose(change(pose.points.copy(), time_s), pose.score)) for time_s, pose in film]


def mirrored(points: Any, _time_s: float) -> Any:
    points[:, 0] = 1280 - points[:, 0]
    return points[MIRROR]


def sagging(degrees: float) -> Callable[[Any, float], Any]:
    """Puts both hips where they bend the line from shoulder to ankle by this angle, downwards."""

    def sag(points: Any, _time_s: float) -> Any:
        for side in ("LEFT", "RIGHT"):
            shoulder, hip, knee, ankle = (
                Joint[f"{side}_{name}"] for name in ("SHOULDER", "HIP", "KNEE", "ANKLE")
            )
            along = points[ankle, :2] - points[shoulder, :2]
            across = np.array([-along[1], along[0]]) * math.copysign(1, along[0])
            points[hip, :2] = (
                points[shoulder, :2] + along / 2 + across / 2 * math.tan(math.radians(degrees) / 2)
            )
            points[knee, :2] = (points[hip, :2] + points[ankle, :2]) / 2
        return points

    return sag


# The whole way: from poses to the rep's form


@pytest.mark.parametrize("move", ["pushup", "squat", "curl", "lunge", "jumping_jack"])
def test_every_rep_has_a_form_and_a_good_one_is_good(film: Any, move: str) -> None:
    seen = film.but(move=move, reps=3, camera_yaw_degrees=30.0)
    for form in forms(seen, move):
        assert (form.verdict, form.reason) == ("good", "good")
        assert form.range_of_motion == pytest.approx(1.1, abs=0.3)


@pytest.mark.parametrize("yaw_degrees", [0, 45, 90, 200])
def test_range_and_tempo_are_told_from_every_side(film: Any, yaw_degrees: int) -> None:
    ranges = []
    for form in forms(film.but(reps=3, tempo_s=3.0, camera_yaw_degrees=yaw_degrees), "pushup"):
        assert form.eccentric_s == pytest.approx(1.5, rel=0.1)
        assert form.concentric_s == pytest.approx(1.5, rel=0.15)
        ranges.append(form.range_of_motion)
    assert ranges == pytest.approx([1.24] * 3, rel=0.1)  # 0.62 arm lengths


@pytest.mark.parametrize("fps", [8.0, 15.0, 60.0])
def test_the_frame_rate_does_not_matter(film: Any, fps: float) -> None:
    for form in forms(film.but(reps=2, tempo_s=3.0, fps=fps), "pushup"):
        assert form.eccentric_s == pytest.approx(1.5, rel=0.15)
        assert form.concentric_s == pytest.approx(1.5, rel=0.2)
        assert form.verdict == "good"


def twice_as_slow_back(film: Any, move: str) -> Frames:
    """The second half of each rep takes twice as long as the first."""
    frames = []
    for time_s, pose in film.but(move=move, reps=2, tempo_s=2.0, fps=50.0, camera_yaw_degrees=30.0):
        done, into_s = divmod(max(0.0, time_s - film.rest_s), 2.0)
        frames.append((time_s + done + max(0.0, into_s - 1.0), pose))
    return frames


def test_a_squat_lowers_first_and_a_curl_lifts_first(film: Any) -> None:
    for form in forms(twice_as_slow_back(film, "squat"), "squat"):
        assert form.eccentric_s is not None
        assert form.concentric_s == pytest.approx(2 * form.eccentric_s, rel=0.2)
    for form in forms(twice_as_slow_back(film, "curl"), "curl"):
        assert form.concentric_s is not None
        assert form.eccentric_s == pytest.approx(2 * form.concentric_s, rel=0.2)


def test_a_jumping_jack_has_no_tempo(film: Any) -> None:
    told = forms(film.but(move="jumping_jack", reps=2, camera_yaw_degrees=FRONT), "jumping_jack")
    assert [(form.eccentric_s, form.concentric_s) for form in told] == [(None, None)] * 2


@pytest.mark.parametrize("move", ["pushup", "squat"])
def test_symmetry_is_seen_from_the_front_and_a_symmetric_body_has_all_of_it(film: Any, move: str) -> None:
    for form in forms(film.but(move=move, reps=2, camera_yaw_degrees=FRONT), move):
        assert form.symmetry == pytest.approx(1.0, abs=0.02)
        assert form.hip_sag_degrees is None
    for form in forms(film.but(move=move, reps=2, camera_yaw_degrees=SIDE), move):
        assert form.symmetry is None


def test_an_uneven_push_up_names_the_arm_and_its_mirror_image_the_other(film: Any) -> None:
    seen = film.but(reps=3, camera_yaw_degrees=FRONT)
    top = seen.pose()

    def lazy_right(points: Any, _time_s: float) -> Any:
        joint = Joint.RIGHT_SHOULDER
        points[joint, 1] += 0.5 * (top.points[joint, 1] - points[joint, 1])
        return points

    uneven = forms(changed(seen, lazy_right), "pushup")
    assert {form.verdict for form in uneven} == {"uneven_left"}
    assert {form.reason for form in uneven} == {"uneven: left arm does more"}
    assert [form.symmetry for form in uneven] == pytest.approx([0.5] * len(uneven), abs=0.05)
    other = changed(seen, lambda points, time_s: mirrored(lazy_right(points, time_s), time_s))
    assert {form.verdict for form in forms(other, "pushup")} == {"uneven_right"}


@given(degrees=st.floats(-30, 22), yaw_degrees=st.sampled_from([70.0, 90.0, 270.0]))
@settings(max_examples=8, deadline=None)
def test_hips_that_sag_are_told_by_how_much(film: Any, degrees: float, yaw_degrees: float) -> None:
    told = forms(changed(film.but(reps=1, camera_yaw_degrees=yaw_degrees), sagging(degrees)), "pushup")
    for form in told:
        assert form.hip_sag_degrees == pytest.approx(degrees, abs=1.0)
        assert form.symmetry is None
    if abs(degrees - 15) > 1:
        assert {form.verdict for form in told} == {"hips_sagging" if degrees > 15 else "good"}


def test_a_fast_descent_is_told_with_its_seconds(film: Any) -> None:
    (form,) = forms(film.but(reps=1, tempo_s=0.8, fps=50.0), "pushup")
    assert form.verdict == "fast"
    assert form.eccentric_s == pytest.approx(0.4, abs=0.06)
    assert form.reason == f"fast: lowered in {form.eccentric_s:.2f} s"
    (form,) = forms(film.but(reps=1, tempo_s=0.8, fps=50.0), "pushup", least_eccentric_s=0.2)
    assert form.verdict == "good"


def test_a_partial_rep_is_shallow(film: Any) -> None:
    (rep,) = count(film.but(reps=1, depth=0.45), "pushup")
    assert rep.partial
    assert rep.form is not None
    assert rep.form.verdict == "shallow"
    assert rep.form.reason == f"shallow: {rep.form.range_of_motion:.0%} of the full range"


@pytest.mark.parametrize("yaw_degrees", [0.0, 60.0, 90.0])
def test_how_deep_a_squat_must_be_is_a_setting_and_no_view_hides_the_knee(
    film: Any, yaw_degrees: float
) -> None:
    seen = film.but(move="squat", reps=1, camera_yaw_degrees=yaw_degrees)
    (form,) = forms(seen, "squat")
    assert form.knee_degrees == pytest.approx(60, abs=12)  # thighs level over shins that lean 30 degrees
    assert form.verdict == "good"
    knee_degrees = form.knee_degrees or math.nan
    (form,) = forms(seen, "squat", deep_enough_degrees=knee_degrees - KNEE_DOUBT_DEGREES + 1)
    assert form.verdict == "good"
    (form,) = forms(seen, "squat", deep_enough_degrees=knee_degrees - KNEE_DOUBT_DEGREES - 1)
    assert form.verdict == "shallow"
    assert form.reason.startswith("shallow: knees at ")


def test_limits_can_be_tuned_in_mid_set(film: Any) -> None:
    counter = StationCounter(["squat"])
    told = []
    for time_s, pose in film.but(move="squat"):
        if time_s > 4.6:  # after the second rep
            counter.tune(CountingSettings(form=FormLimits(deep_enough_degrees=40.0)))
        told += [rep.form.verdict for rep in counter.update(time_s, pose) if rep.form]
    assert told == ["good", "good", "shallow", "shallow"]


@pytest.mark.parametrize("move", ["pushup", "squat"])
def test_a_mirrored_rep_has_the_mirrored_form(film: Any, move: str) -> None:
    seen = film.but(move=move, reps=2, camera_yaw_degrees=25.0, camera_noise_px=2.0)
    plain, mirror = forms(seen, move), forms(changed(seen, mirrored), move)
    assert len(plain) == len(mirror) == 2
    for a, b in zip(plain, mirror, strict=True):
        assert b.verdict == MIRRORED.get(a.verdict or "", a.verdict)
        for name in ("range_of_motion", "eccentric_s", "concentric_s", "symmetry", "knee_degrees"):
            value = getattr(a, name)
            assert getattr(b, name) == (value if value is None else pytest.approx(value, rel=0.01)), name


def test_a_rep_whose_beginning_was_not_seen_is_not_judged_by_what_was(film: Any) -> None:
    frames = [(time_s, pose) for time_s, pose in film.but(reps=2) if time_s >= 1.45]
    first, second = forms(frames, "pushup")
    assert (first.range_of_motion, first.eccentric_s, first.concentric_s) == (None, None, None)
    assert second.range_of_motion is not None


@given(seed=st.integers(0, 10_000), noise_px=st.sampled_from([5.0, 40.0, 400.0]))
@settings(max_examples=10, deadline=None)
def test_no_noise_stops_the_count(film: Any, seed: int, noise_px: float) -> None:
    random = np.random.default_rng(seed)

    def shake(points: Any, _time_s: float) -> Any:
        points[:, :2] += random.normal(0, noise_px, (17, 2))
        points[:, 2] = random.uniform(0.05, 1, 17)
        return points

    frames = changed(film.but(reps=2, fps=12.0), shake)
    counter = StationCounter(list(catalogue()))
    for time_s, pose in frames:
        for rep in counter.update(time_s, pose):
            assert rep.form is not None
            assert rep.form.symmetry is None or 0 <= rep.form.symmetry <= 1


# The observer


def watched(standard: FormStandard, *reaches: float) -> FormObserver:
    """An observer that saw these, a fifth of a second each, of a leg that is never quite straight."""
    observer = FormObserver("leg", standard)
    nobody = np.zeros((17, 3), dtype=np.float32)
    for number, reach in enumerate(reaches):
        observer.see(number / 5, Moment(LimbView(reach, 0.8 * reach, 0.0, 0.0, 100.0, 0.9), nobody))
    return observer


DEEP, SLIGHT = (1, 1, 0.4, 0.8), (1, 1, 0.9, 0.7, 0.9)


@pytest.mark.parametrize(
    ("reaches", "partial", "standard", "verdict", "reason"),
    [
        (DEEP, False, FormStandard(travel=0.5), "good", "good"),
        (DEEP, False, FormStandard(), None, "not seen well enough"),
        (DEEP, True, FormStandard(travel=0.5), "shallow", "shallow: turned back early"),
        (SLIGHT, False, FormStandard(travel=0.5), "shallow", "shallow: 60% of the full range"),
        (SLIGHT, False, FormStandard(travel=0.5, knee_depth=True), "good", "good"),
        (DEEP, False, FormStandard(travel=0.5, eccentric="first"), "fast", "fast: lowered in 0.27 s"),
        (
            SLIGHT,
            False,
            FormStandard(travel=0.5, eccentric="first"),
            "shallow",
            "shallow: 60% of the full range",
        ),
    ],
)
def test_the_first_that_is_wrong_is_said(
    *,
    reaches: tuple[float, ...],
    partial: bool,
    standard: FormStandard,
    verdict: str | None,
    reason: str,
) -> None:
    form = watched(standard, *reaches).judge(partial=partial)
    assert (form.verdict, form.reason) == (verdict, reason)


def test_what_was_before_the_rep_is_forgotten() -> None:
    observer = watched(FormStandard(travel=0.5), *DEEP)
    observer.begin()
    assert observer.judge(partial=False) == Form()


def test_a_long_rest_before_a_rep_changes_nothing_and_fills_nothing() -> None:
    standard = FormStandard(travel=0.5, eccentric="first")
    plain, rested = watched(standard, *SLIGHT), watched(standard, *[1.0] * 5 * MOMENTS, *SLIGHT)
    assert rested.judge(partial=False) == plain.judge(partial=False)
    assert len(rested._moments) == MOMENTS


def test_a_rep_so_slow_that_its_beginning_is_forgotten_has_no_range_and_no_tempo() -> None:
    slow = np.linspace(1, 0.4, 2 * MOMENTS)
    form = watched(FormStandard(travel=0.5, eccentric="first"), *slow, 0.6, 0.8).judge(partial=False)
    assert (form.range_of_motion, form.eccentric_s, form.concentric_s) == (None, None, None)


def test_a_form_goes_from_process_to_process() -> None:
    form = Form(symmetry=0.5, verdict="uneven_left", reason="uneven: left arm does more")
    assert pickle.loads(pickle.dumps(form)) == form  # noqa: S301 - our own bytes


# The catalogue

SQUAT = """
[squat]
limb = "leg"
posture = "on_two_feet"
full = ["U D U"]
[squat.form]
"""


def test_every_exercise_says_what_good_form_is() -> None:
    for exercise in catalogue().values():
        assert exercise.form.travel is not None, exercise.name
        assert exercise.form.travel >= exercise.phase.full_travel, exercise.name


def test_an_exercise_without_form_is_counted_and_not_judged() -> None:
    assert parse(SQUAT.replace("[squat.form]", ""))["squat"].form == FormStandard()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('eccentric = "third"', r"squat: \[form\] eccentric must be one of \('first', 'second'\)"),
        ("deepness = 3", r"squat: \[form\] .*deepness"),
    ],
)
def test_a_wrong_standard_is_refused(line: str, says: str) -> None:
    with pytest.raises(CatalogueError, match=says):
        parse(SQUAT + line)
