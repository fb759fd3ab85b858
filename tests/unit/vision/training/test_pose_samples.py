from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vision.keypoints import Joint
from vision.training.pose_samples import COLUMNS, PoseSamplesError, held_out, read

if TYPE_CHECKING:
    from pathlib import Path


def row(name: str = "frame__abc__1.jpg", label: str = "squats_down", **numbers: float) -> str:
    values = [float(number) for number in range(COLUMNS - 2)]
    for place, value in numbers.items():
        values[int(place[1:])] = value
    return ",".join([name, label, *map(str, values)])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "poses.csv"


def test_a_row_becomes_17_points(table: Path) -> None:
    table.write_text(f"{row()}\n\n{row(label='pushups_up')}\n")
    squat, pushup = read(table)
    assert (squat.exercise, squat.phase, pushup.exercise, pushup.phase) == ("squat", "down", "pushup", "up")
    assert squat.points.shape == (17, 3)
    assert squat.points[Joint.LEFT_SHOULDER, :2].tolist() == [33.0, 34.0]  # landmark 11 of 33, z left out
    assert squat.points[Joint.RIGHT_ANKLE, :2].tolist() == [84.0, 85.0]
    assert np.ptp(squat.points[:, 2]) == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no poses"),
        ("a,b,c\n", "line 1: 3 columns instead of 101"),
        (row() + "\n" + row(label="handstand"), "line 2: unknown label 'handstand'"),
        (row().replace("17.0", "seventeen"), "line 1: could not convert"),
        (row(_5=float("inf")), "line 1: a coordinate is not finite"),
        (row(_5=float("nan")), "line 1: a coordinate is not finite"),
    ],
)
def test_a_wrong_table_says_where_and_why(table: Path, text: str, reason: str) -> None:
    table.write_text(text)
    with pytest.raises(PoseSamplesError, match=reason):
        read(table)


def test_something_else_than_text_is_an_error(table: Path) -> None:
    table.write_bytes(b"\xff\xd8\xff\xe0 a picture")
    with pytest.raises(PoseSamplesError, match="not a table"):
        read(table)


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PoseSamplesError, match="No such file"):
        read(tmp_path / "nowhere.csv")


def test_pictures_of_one_video_stay_together(table: Path) -> None:
    table.write_text("\n".join(row(f"frame__video{n % 12:02d}__{n}.jpg") for n in range(60)))
    learned, judged = held_out(read(table))
    videos = [{still.name.split("__")[1] for still in part} for part in (learned, judged)]
    assert not videos[0] & videos[1]
    assert len(videos[1]) == 3
    assert len(learned) + len(judged) == 60
