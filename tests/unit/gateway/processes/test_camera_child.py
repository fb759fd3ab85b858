"""What runs first in a camera process: light to import, named for `ps`, and a probe that says why."""

import multiprocessing
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.processes import camera_child
from vision.footage import clip_path


def probed(source: str) -> Any:
    """Probe in a process of its own, as the doctor does."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=camera_child.probe, args=(source, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        assert ours.poll(30)
        return ours.recv()
    finally:
        ours.close()
        process.kill()
        process.join(5)


def test_a_good_source_tells_its_size() -> None:
    assert probed(str(clip_path())) == (True, "960x540")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("/nowhere/at/all.mp4", "no such file"),
        ("rtsp://viewer:hunter2@127.0.0.1:9/cam", "nothing listens"),
    ],
)
def test_a_bad_source_tells_why_and_no_secret(source: str, reason: str) -> None:
    good, text = probed(source)
    assert not good
    assert reason in text
    assert "hunter2" not in text


def test_a_file_that_is_no_video_is_told(tmp_path: Path) -> None:
    file = tmp_path / "notes.mp4"
    file.write_bytes(b"no video at all " * 1000)
    good, text = probed(str(file))
    assert not good
    assert text


def test_it_imports_little_and_names_its_process() -> None:
    program = (
        "import sys; from pathlib import Path; from gateway.processes import camera_child as child;"
        "print(sorted({'cv2', 'numpy', 'ai_edge_litert', 'fastapi', 'paho'} & set(sys.modules)));"
        "child._name_process('gymbox-capture'); print(Path('/proc/self/comm').read_text().strip())"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert said.splitlines() == ["[]", "gymbox-capture"]
