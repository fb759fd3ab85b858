import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import Result

from vision.footage import clip_path, truth_path

KEYS = {
    "exercise",
    "reps",
    "partials",
    "reps_at_s",
    "frames",
    "frames_with_person",
    "source_fps",
    "processing_fps",
    "pose_model",
    "runtime",
    "phase_model",
    "refused",
    "form",
}


@pytest.fixture
def run_here(run: Callable[..., Result], blazepose: Path, tmp_path: Path) -> Callable[..., Result]:
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(blazepose.parent)
    return run


FROM_S, SECONDS = 22.0, 5.3


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_some_squats_of_the_demo_clip_give_their_true_count(
    run_here: Callable[..., Result], tmp_path: Path
) -> None:
    part, overlay, plot = (tmp_path / name for name in ("part.mp4", "overlay.mp4", "plot.png"))
    cut = ["-ss", str(FROM_S), "-t", str(SECONDS), "-i", str(clip_path()), "-an", str(part)]
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", *cut], check=True, timeout=60)
    result = run_here("count", part, "--exercise", "squat", "--json", "--overlay", overlay, "--plot", plot)
    counted = json.loads(result.stdout)
    assert set(counted) == KEYS
    assert counted["reps"] == len(counted["reps_at_s"]) == len(counted["form"]) == squats_in_part()
    assert {form["verdict"] for form in counted["form"]} == {"good"}
    assert counted["frames_with_person"] > 0.9 * counted["frames"]
    assert overlay.stat().st_size > 10_000
    assert plot.read_bytes().startswith(b"\x89PNG")


def squats_in_part() -> int:
    truth = json.loads(truth_path().read_text())
    (bottoms_s,) = (each["bottoms_s"] for each in truth["exercises"] if each["exercise"] == "squat")
    return sum(FROM_S < bottom_s < FROM_S + SECONDS for bottom_s in bottoms_s)


@pytest.mark.parametrize(
    ("source", "exercise", "reason"),
    [
        ("nowhere.mp4", "squat", "no such file"),
        ("README.md", "squat", "README.md"),
        ("rtsp://127.0.0.1:9/x", "squat", "127.0.0.1"),
    ],
)
def test_what_cannot_be_counted_says_why(
    run_here: Callable[..., Result], source: str, exercise: str, reason: str
) -> None:
    result = run_here("count", source, "--exercise", exercise, "--json")
    assert result.exit_code == 1
    assert reason in result.stderr
    assert result.stdout == ""


def test_a_cameras_password_is_in_no_complaint(run_here: Callable[..., Result]) -> None:
    result = run_here("count", "rtsp://viewer:hidden-word@127.0.0.1:9/x", "--exercise", "squat")
    assert "hidden-word" not in result.output + result.stderr


def test_an_exercise_nobody_knows_is_a_mistake_of_use(run_here: Callable[..., Result]) -> None:
    assert run_here("count", "clip.mp4", "--exercise", "yoga").exit_code == 2


def test_a_video_without_people_counts_nothing(run_here: Callable[..., Result], tmp_path: Path) -> None:
    clip = tmp_path / "empty-room.mp4"
    width, height = 640, 360
    video = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"mp4v"), 25, (width, height))
    wall = np.linspace(90, 190, width, dtype=np.uint8)[None, :, None].repeat(height, 0).repeat(3, 2)
    for frame in range(50):
        room = wall.copy()
        room[250:] = (70, 90, 110)  # a floor, and something that rises and falls in front of it
        at = 120 + int(80 * np.sin(frame / 5))
        room[at : at + 90, 280:360] = (40, 60, 160)
        video.write(room)
    video.release()
    counted = json.loads(run_here("count", clip, "--exercise", "squat", "--json").stdout)
    assert (counted["reps"], counted["partials"], counted["frames"]) == (0, 0, 50)
    assert counted["frames_with_person"] == 0
