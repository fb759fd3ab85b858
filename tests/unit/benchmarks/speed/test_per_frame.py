import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.speed.per_frame import (
    MEDIAPIPE,
    FrameCost,
    MediaPipeFailedError,
    Ratio,
    chosen,
    least_disturbed,
    mean,
    mediapipe,
    named,
    over_mediapipe,
    table,
)

OURS = FrameCost(frames=100, decode=2.0, bare_model=6.0, pose=7.0, count=1.0, cpu=9.0)
PEER = FrameCost(frames=100, decode=2.0, bare_model=None, pose=28.0, count=None, cpu=36.0)


def test_the_whole_is_compared_with_what_it_cannot_do_without() -> None:
    assert (OURS.whole, OURS.over_decode_and_model) == (10.0, 1.25)
    assert (PEER.whole, PEER.over_decode_and_model) == (30.0, None)
    assert json.loads(json.dumps(OURS.to_json()))["whole_over_decode_and_model"] == 1.25


def test_the_peer_stands_beside_ours() -> None:
    lines = list(table({MEDIAPIPE: [PEER], "movenet": [OURS]}))
    assert " ".join(lines[2].split()) == "movenet 100 2.00 6.00 7.00 1.00 10.00 100.0 1.25 9.00"
    assert " ".join(lines[1].split()) == "mediapipe 100 2.00 - 28.00 - 30.00 33.3 - 36.00"
    assert lines[3].startswith("movenet: 3.00 (3.00 to 3.00) times the frames a second")
    assert "4.00 (4.00 to 4.00) times as many for the same processor time" in lines[3]
    assert len(list(table({"movenet": [OURS]}))) == 2


def test_several_clips_are_compared_clip_by_clip() -> None:
    slow = replace(PEER, decode=4.0, pose=56.0, cpu=90.0)
    slower = replace(PEER, pose=78.0)
    costs = {MEDIAPIPE: [slow, PEER, slower], "movenet": [OURS, OURS, OURS]}
    found = over_mediapipe(costs)["movenet"]
    assert found["frames_per_second"] == Ratio(6.0, 3.0, 8.0)
    assert found["decoded_frames_per_second"] == Ratio(7.0, 3.5, 9.75)
    assert found["frames_per_cpu_second"] == Ratio(4.0, 4.0, 10.0)
    assert over_mediapipe({"movenet": [OURS]}) == {}


def test_of_several_rounds_the_least_disturbed_counts() -> None:
    disturbed = replace(OURS, decode=1.0, pose=9.0)
    assert least_disturbed([disturbed, OURS, disturbed]) is OURS


def test_a_frame_counts_as_much_in_a_short_clip() -> None:
    long = replace(OURS, frames=300, decode=4.0)
    assert mean([OURS, long]) == replace(OURS, frames=400, decode=3.5)
    assert mean([PEER]) == PEER


def test_a_second_thread_is_told() -> None:
    assert [named("movenet", threads) for threads in (1, 2)] == ["movenet", "movenet, 2 threads"]


def test_clips_are_spread_over_the_list() -> None:
    clips = [Path(f"{number}.mp4") for number in range(35)]
    assert [clip.stem for clip in chosen(clips)] == ["0", "6", "12", "18", "24", "30"]
    assert chosen(clips[:2]) == clips[:2]


def test_a_python_without_mediapipe_says_so(tmp_path: Path) -> None:
    with pytest.raises(MediaPipeFailedError, match=r"No module named 'mediapipe'.*give a Python"):
        mediapipe(Path(sys.executable), tmp_path / "a.mp4", 5)
    with pytest.raises(MediaPipeFailedError, match="nowhere"):
        mediapipe(tmp_path / "nowhere", tmp_path / "a.mp4", 5)


def test_what_the_other_python_says_becomes_milliseconds(tmp_path: Path) -> None:
    spent = {"frames": 50, "decode_s": 0.1, "pose_s": 1.0, "cpu_s": 2.0}
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho '{json.dumps(spent)}'\n")
    python.chmod(0o755)
    assert mediapipe(python, tmp_path / "a.mp4", 5) == FrameCost(50, 2.0, None, 20.0, None, 40.0)
    python.write_text("#!/bin/sh\necho nonsense\n")
    with pytest.raises(MediaPipeFailedError, match="Expecting value"):
        mediapipe(python, tmp_path / "a.mp4", 5)
