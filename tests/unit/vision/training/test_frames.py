from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from vision.keypoints import Pose
from vision.training.frames import (
    LEAST_FRAMES,
    Frame,
    FramesError,
    Picture,
    find,
    look,
    split,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.pose.sought import Sought


def fill(folder: Path, count: int = LEAST_FRAMES, suffix: str = ".png") -> None:
    """Write pictures whose brightness is their number."""
    folder.mkdir(parents=True)
    for number in range(count):
        cv2.imwrite(str(folder / f"frame_{number}{suffix}"), np.full((8, 8, 3), number, dtype=np.uint8))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    for label in ("up", "down", "else"):
        fill(tmp_path / label, 12)
    return tmp_path


class Stub:
    """Finds a body at the brightness of a picture; nobody in a black one."""

    name, runtime, trouble = "stub", "none", ""

    def __init__(self) -> None:
        self.resets = 0
        self.seen: list[tuple[int, float]] = []

    def estimate(
        self, frame_bgr: NDArray[np.uint8], time_s: float, _sought: Sought | None = None
    ) -> Pose | None:
        light = int(frame_bgr[0, 0, 0])
        self.seen.append((light, time_s))
        return Pose(np.full((17, 3), light, dtype=np.float32), 0.9) if light else None

    def reset(self) -> None:
        self.resets += 1

    def twin(self) -> Stub:
        return Stub()


def ignore(done: int, total: int) -> None:
    assert 0 < done <= total


def test_pictures_are_found_in_the_order_of_their_numbers(recording: Path) -> None:
    found = find(recording, "pushup")
    assert [picture.label for picture in found[::12]] == ["up", "down", "else"]
    assert [picture.path.stem for picture in found[8:12]] == ["frame_8", "frame_9", "frame_10", "frame_11"]
    assert {picture.exercise for picture in found} == {"pushup"}


def test_folders_may_be_named_like_exercises(tmp_path: Path) -> None:
    for exercise in ("squat", "curl"):
        for label in ("up", "down"):
            fill(tmp_path / exercise / label, suffix=".JPG")
    assert {picture.exercise for picture in find(tmp_path)} == {"squat", "curl"}
    assert {picture.exercise for picture in find(tmp_path, "curl")} == {"curl"}


def test_other_files_are_no_pictures(recording: Path) -> None:
    (recording / "up" / "notes.txt").write_text("left arm first")
    assert len(find(recording, "pushup")) == 36


def test_a_folder_that_says_nothing_needs_the_exercise(recording: Path) -> None:
    with pytest.raises(FramesError, match="say with --exercise"):
        find(recording)


@pytest.mark.parametrize("label", ["up", "down"])
def test_a_missing_label_is_an_error(recording: Path, label: str) -> None:
    (recording / label).rename(recording / "other")
    with pytest.raises(FramesError, match=f"there is no folder .*{label}"):
        find(recording, "pushup")


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FramesError, match="there is no folder"):
        find(tmp_path / "nowhere", "squat")


@pytest.mark.parametrize("count", [0, LEAST_FRAMES - 1])
@pytest.mark.parametrize("label", ["up", "else"])
def test_too_few_pictures_are_an_error(recording: Path, label: str, count: int) -> None:
    for path in list((recording / label).iterdir())[count:]:
        path.unlink()
    with pytest.raises(FramesError, match=f"{label} has {count} pictures"):
        find(recording, "pushup")


def test_every_frame_has_its_own_picture_s_person(recording: Path) -> None:
    pictures = find(recording, "pushup")
    frames = look(pictures, Stub(), ignore)
    assert [frame.picture for frame in frames] == pictures
    assert frames[0].points is None  # black: nobody
    assert frames[5].points is not None
    assert frames[5].points[0, 0] == 5


def test_a_person_is_followed_through_a_recording_and_not_into_another(tmp_path: Path) -> None:
    for exercise in ("squat", "curl"):
        for label in ("up", "down"):
            fill(tmp_path / exercise / label)
    estimator = Stub()
    look(find(tmp_path), estimator, ignore)
    lights, times_s = zip(*estimator.seen, strict=True)
    in_turn = [number for number in range(LEAST_FRAMES) for _label in ("up", "down")]
    assert list(lights) == in_turn * 2, "in the order of their numbers, whatever the label"
    assert np.diff(times_s) == pytest.approx(0.2), "as when they are cut into five a second"
    assert estimator.resets == 2, "once for each exercise"


def test_a_picture_that_cannot_be_read_is_left_out(recording: Path) -> None:
    (recording / "up" / "frame_3.png").write_bytes(b"no picture")
    (recording / "up" / "frame_4.png").write_bytes(b"")
    (recording / "up" / "frame_5.png").unlink()
    (recording / "up" / "frame_5.png").mkdir()
    frames = look(find(recording, "pushup"), Stub(), ignore)
    assert len(frames) == 33


def test_nobody_anywhere_is_an_error(tmp_path: Path) -> None:
    for label in ("up", "down"):
        fill(tmp_path / label)
        for path in (tmp_path / label).iterdir():
            cv2.imwrite(str(path), np.zeros((8, 8, 3), dtype=np.uint8))
    with pytest.raises(FramesError, match="nobody is found in any picture"):
        look(find(tmp_path, "squat"), Stub(), ignore)
    for path in tmp_path.rglob("*.png"):
        path.write_bytes(b"broken")
    with pytest.raises(FramesError, match="no picture can be read"):
        look(find(tmp_path, "squat"), Stub(), ignore)


def test_the_last_frames_of_each_label_judge(recording: Path) -> None:
    frames = [Frame(picture, None) for picture in find(recording, "pushup")]
    learned, judged = split(frames)
    assert len(judged) == 9
    for label in ("up", "down", "else"):
        mine = [frame.picture.path.stem for frame in judged if frame.picture.label == label]
        assert mine == ["frame_9", "frame_10", "frame_11"]
    assert {frame.picture.path for frame in learned}.isdisjoint(frame.picture.path for frame in judged)


def test_even_a_single_frame_judges_rather_than_teaches(tmp_path: Path) -> None:
    alone = Frame(Picture(tmp_path / "a.png", "squat", "up"), None)
    assert split([alone]) == ([], [alone])
