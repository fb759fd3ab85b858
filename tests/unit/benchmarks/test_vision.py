"""The command as a person starts it, on a clip of a second."""

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.counting.clips import LabelledClip, Truth
from benchmarks.counting.methods import peers
from benchmarks.speed.cameras import CamerasUnavailableError
from vision.offline.count import pose_threads

Start = Callable[..., int]
COMMAND = Path(__file__).parents[3] / "benchmarks" / "vision.py"


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    """An empty room that moves a little, said to hold two push-ups."""
    video = cv2.VideoWriter(str(tmp_path / "room.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 25, (160, 120))
    for frame in range(25):
        video.write(np.full((120, 160, 3), 90 + frame, np.uint8))
    video.release()
    (tmp_path / "index.json").write_text(json.dumps([{"file": "room.mp4", "exercise": "pushup", "reps": 2}]))
    return tmp_path


@pytest.fixture
def vision(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command, in this process."""
    monkeypatch.setattr(sys, "path", list(sys.path))  # it sets its own
    return importlib.import_module("benchmarks.vision")


@pytest.fixture
def start(vision: Any, blazepose: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    def main(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["vision.py", "--models", str(blazepose.parent), *arguments])
        return int(vision.main())

    return main


@pytest.mark.slow
def test_counts_and_costs_in_one_object(footage: Path, blazepose: Path) -> None:
    models, cache = blazepose.parent, footage / "cache"
    where = ["--footage", str(footage), "--models", str(models), "--poses-cache", str(cache)]
    what = ["--pose", "blazepose", "--fps", "5", "--parts", "counting,frames", "--rounds", "2", "--json"]
    command = [sys.executable, str(COMMAND), *where, *what]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(row["file"], row["fps"]) for row in found["clips"]] == [("room.mp4", None), ("room.mp4", 5.0)]
    assert found["clips"][0]["counts"]["pushup"] == {"ours": 0, "right side": 0, "better side": 0}
    assert found["summary"]["blazepose"]["pushup"]["ours"]["mae"] == 1.0
    assert found["summary"]["blazepose@5"]["squat"]["ours"]["false_reps"] == 0
    cost = found["ms_per_frame"]["blazepose"]
    assert cost["frames"] == 24  # after one to warm up, of one round
    assert cost["whole"] > cost["pose"] > cost["bare_model"] > 0
    assert cost["whole_over_decode_and_model"] > 1
    assert len(found["ms_per_frame"]) == pose_threads()
    assert sorted(path.parent.name for path in cache.rglob("*.npz")) == ["5fps", "full"]


class Nobody:
    """Sees nobody."""

    def reset(self) -> None:
        pass

    def estimate(self, frame_bgr: Any, time_s: float) -> None:
        assert frame_bgr.shape == (120, 160, 3)
        assert time_s >= 0


def options(models: Path) -> dict[str, Any]:
    """The rest of a run."""
    other: dict[str, Any] = {"mediapipe": None, "rounds": 1, "cameras": [], "camera_s": 1.0, "as_json": False}
    return {"poses": ["movenet"], "models": models, "peers": peers(None)} | other


def test_every_sampling_of_a_lower_rate_is_counted(
    vision: Any, footage: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(vision.pose_models, "estimator", lambda *_: Nobody())
    clips = [LabelledClip(footage / "room.mp4", "a", "reps", {"squat": Truth(1, 1, 1)})]
    kept = footage / "cache"
    run = vision.Run(clips=clips, rates=[10.0, 5.0], offsets=True, cache=kept, **options(footage))
    found = run.counting()
    firsts = [(row["fps"], row["first"]) for row in found["clips"]]
    assert firsts == [(None, 0), (10.0, 0), (10.0, 1), *((5.0, first) for first in range(5))]
    assert found["samplings"]["movenet@10"]["ours"] == [{"outside": 1, "false": 0, "strayed": 0}] * 2
    assert list(found["summary"]) == ["movenet", "movenet@10", "movenet@5"]
    begun = [np.load(path)["times_s"][0] for path in sorted(kept.rglob("5fps*/*.npz"))]
    assert begun == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    assert "movenet 5 fps ours 1 1.00 1 1 1 1 1" in " ".join(capsys.readouterr().out.split())


def test_a_clip_that_cannot_be_read_is_left_out_and_told(
    vision: Any, footage: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(vision.pose_models, "estimator", lambda *_: Nobody())
    (footage / "damaged.mp4").write_bytes(b"no video")
    clips = [
        LabelledClip(footage / name, "a", "reps", {"squat": Truth(1, 1, 1)})
        for name in ("damaged.mp4", "room.mp4")
    ]
    kept = footage / "cache"
    run = vision.Run(clips=clips, rates=[], offsets=False, cache=kept, **options(footage))
    for _ in range(2):
        found = run.counting()
        assert list(found["left_out"]) == ["damaged.mp4"]
        assert [row["file"] for row in found["clips"]] == ["room.mp4"]
        told = capsys.readouterr()
        assert "left out: " in told.err
        assert "room.mp4 movenet full squat 1 (1..1) 0! 0! 0!" in " ".join(told.out.split())


@pytest.mark.slow
def test_a_recording_that_cannot_teach_is_left_out_and_told(
    start: Start, footage: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("keras", reason="the extra `train` is not installed")
    entry = {"file": "room.mp4", "exercise": "pushup", "reps": 4, "bottoms_s": [0.2, 0.4, 0.6, 0.8]}
    (footage / "index.json").write_text(json.dumps([entry]))
    asked = ["--footage", str(footage), "--pose", "blazepose", "--parts", "teaching", "--json"]
    assert start(*asked) == 1
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert found["teaching"] == {"blazepose": []}
    assert "no folder room.mp4/up" in found["left_out"]["room.mp4 pushup"]
    assert "left out: " in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--footage", "{footage}"], "entry 1.*unknown exercise yoga"),
        (["--parts", "frames,sound"], "no part sound: choose from counting, frames, cameras"),
        (["--cameras", "1,0"], "--cameras: '1,0' may only hold positive numbers"),
        (["--fps", "often"], "--fps: invalid"),
        (["--rounds", "0"], "--rounds: '0' may only hold positive numbers"),
        (["--samples", "{footage}/nowhere.csv"], r"nowhere\.csv cannot be read"),
        (["--pose", "blazepose,x"], "no pose model x"),
    ],
)
def test_a_mistake_is_said_before_anything_is_measured(
    start: Start, footage: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    (footage / "index.json").write_text('[{"file": "room.mp4", "exercise": "yoga", "reps": 2}]')
    with pytest.raises(SystemExit, match="2"):
        start(*(argument.format(footage=footage) for argument in arguments))
    said = capsys.readouterr()
    assert re.search(words, said.err)
    assert said.out == ""


def test_a_part_that_fails_does_not_take_the_others_with_it(
    vision: Any, start: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: Any) -> None:
        raise CamerasUnavailableError("no ffmpeg")

    monkeypatch.setitem(vision.PARTS, "cameras", fails)
    monkeypatch.setitem(vision.PARTS, "frames", lambda _: {"ms_per_frame": {}})
    assert start("--parts", "cameras,frames", "--json") == 1
    said = capsys.readouterr()
    assert json.loads(said.out) == {"ms_per_frame": {}}
    assert "cameras: no ffmpeg" in said.err
