"""Capture and inference processes, killed, stopped, ignored and orphaned."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from vision.processes.messages import EXIT_NO_MODEL
from vision.processes.ring import FrameRing, RingHandle

PARENT = Path(__file__).with_name("vision_parent.py")
Told = dict[str, Any]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-t", "3"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", *source, *coded, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


class Family:
    """A parent process, its children, and what they say."""

    def __init__(self, source: Path | str, errors: Path) -> None:
        self._errors = errors
        with errors.open("wb") as stderr:
            self.parent = subprocess.Popen(
                [sys.executable, "-X", "dev", str(PARENT), str(source)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                cwd=Path(__file__).parents[2],
            )
        self.told: list[Told] = []
        self._news = threading.Condition()
        self._ear = threading.Thread(target=self._listen, daemon=True)
        self._ear.start()

    def _listen(self) -> None:
        assert self.parent.stdout is not None
        for line in self.parent.stdout:
            with self._news:
                self.told.append(json.loads(line))
                self._news.notify_all()

    def say(self, line: str) -> None:
        assert self.parent.stdin is not None
        self.parent.stdin.write(line + "\n")
        self.parent.stdin.flush()

    def mark(self) -> int:
        return len(self.told)

    def wait(self, what: Callable[[Told], bool], *, since: int = 0, timeout_s: float = 15.0) -> Told:
        def found() -> Told | None:
            return next((told for told in self.told[since:] if what(told)), None)

        with self._news:
            assert self._news.wait_for(found, timeout_s), (self.told[-10:], self.errors())
            result = found()
            assert result is not None
            return result

    def start(self, name: str) -> int:
        mark = self.mark()
        self.say(f"start {name}")
        return int(self.wait(lambda told: told.get("started") == name, since=mark)["pid"])

    def of(self, kind: str, since: int = 0) -> list[Told]:
        return [told for told in self.told[since:] if told.get("kind") == kind]

    def errors(self) -> str:
        return self._errors.read_text()

    def close(self) -> None:
        self.parent.kill()
        self.parent.wait(5)
        self._ear.join(5)
        for pipe in (self.parent.stdin, self.parent.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def family(clip: Path, tmp_path: Path) -> Iterator[Family]:
    family = Family(clip, tmp_path / "stderr")
    yield family
    family.close()


def playing(told: Told) -> bool:
    return told.get("kind") == "CameraStatus" and told["state"] == "ok"


def rep(told: Told) -> bool:
    return told.get("kind") == "RepCounted"


def gone(pid: int, within_s: float) -> bool:
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def counting(family: Family) -> tuple[int, int]:
    pids = family.start("capture"), family.start("inference")
    family.say("watch")
    family.wait(rep)
    return pids


def test_a_killed_capture_leaves_the_ring_to_the_next(family: Family) -> None:
    capture, _ = counting(family)
    for _ in range(3):
        os.kill(capture, signal.SIGKILL)
        mark = family.mark()
        ended = family.wait(lambda told: told.get("ended") == "capture", since=mark)
        assert ended["code"] == -signal.SIGKILL
        family.wait(lambda told: told.get("kind") == "InferenceStatus", since=mark, timeout_s=3)
        mark = family.mark()
        capture = family.start("capture")
        family.wait(playing, since=mark)
        family.wait(rep, since=mark)
    last = family.of("InferenceStatus")[-1]
    assert last["state"] == "ok"


def test_a_killed_inference_is_replaced_and_the_camera_does_not_notice(family: Family) -> None:
    _, inference = counting(family)
    mark = family.mark()
    os.kill(inference, signal.SIGKILL)
    family.wait(lambda told: told.get("ended") == "inference", since=mark)
    family.start("inference")
    mark = family.mark()
    family.say("watch")
    assert family.wait(rep, since=mark)["depth"] == 5.0, "a new process counts from nothing"
    assert all(told["state"] == "ok" for told in family.of("CameraStatus", mark))
    assert not any(told.get("ended") == "capture" for told in family.told)


def test_children_end_with_a_parent_that_is_killed(family: Family) -> None:
    pids = counting(family)
    family.parent.kill()
    family.parent.wait(5)
    for pid in pids:
        assert gone(pid, 3.0)


def test_children_that_are_frozen_end_with_a_parent_once_they_thaw(family: Family) -> None:
    pids = counting(family)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    family.parent.kill()
    family.parent.wait(5)
    time.sleep(0.3)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    for pid in pids:
        assert gone(pid, 3.0)


def test_stop_ends_both_in_a_second_without_a_word(family: Family) -> None:
    pids = counting(family)
    family.say("stop")
    for pid in pids:
        assert gone(pid, 1.5)
    assert family.parent.wait(5) == 0
    assert {told["code"] for told in family.told if "ended" in told} == {0}
    assert family.errors() == ""


def test_ctrl_c_in_the_terminal_is_for_the_parent_alone(family: Family) -> None:
    counting(family)
    family.say("interrupt")
    time.sleep(0.3)
    mark = family.mark()
    family.wait(rep, since=mark)
    assert not any("ended" in told for told in family.told)


def test_a_parent_that_does_not_listen_loses_views_and_no_rep(family: Family) -> None:
    counting(family)
    family.say("deaf")
    time.sleep(12)
    family.say("hear")
    mark = family.mark()
    family.wait(rep, since=mark)
    time.sleep(0.5)
    numbers = [told["depth"] for told in family.of("RepCounted")]
    assert numbers == [5.0 * (n + 1) for n in range(len(numbers))]
    assert len(numbers) > 40


def test_a_model_that_is_missing_is_told_and_ends_the_process(family: Family) -> None:
    family.start("real")
    failed = family.wait(lambda told: told.get("kind") == "InferenceStatus")
    assert failed["state"] == "failed"
    assert "played cannot be loaded" in failed["reason"]
    assert family.wait(lambda told: told.get("ended") == "real")["code"] == EXIT_NO_MODEL


def test_a_password_appears_nowhere(tmp_path: Path) -> None:
    family = Family("rtsp://joe:hunter2@127.0.0.1:9/live?pwd=hunter2", tmp_path / "stderr")
    try:
        capture = family.start("capture")
        refused = family.wait(lambda told: told.get("state") == "unreachable", timeout_s=8)
        assert refused["reason"] == "nothing listens at 127.0.0.1:9"
        assert "hunter2" not in " ".join(psutil.Process(capture).cmdline())
        assert "hunter2" not in json.dumps(family.told)
        family.say("stop")
        family.parent.wait(5)
        assert "hunter2" not in family.errors()
    finally:
        family.close()


def write_for_ever(handle: RingHandle, connection: Connection) -> None:
    """Write frames whose every byte and time are their number, as fast as can be."""
    with FrameRing.attach(handle) as ring:
        image = np.zeros((360, 640, 3), np.uint8)
        connection.send("ready")
        while True:
            number = ring.newest_seq + 1
            image[:] = number % 251
            ring.write(image, float(number % 251))


@pytest.mark.slow
def test_a_writer_killed_again_and_again_never_leaves_a_torn_frame() -> None:
    context = get_context("spawn")
    chance = random.Random(3)  # noqa: S311 - when to kill, not a secret
    with FrameRing.create(slots=3, max_bytes=640 * 360 * 3) as ring:
        seen = after = torn_slots = 0
        for _ in range(8):
            here, there = context.Pipe()
            writer = context.Process(target=write_for_ever, args=(ring.handle, there), daemon=True)
            writer.start()
            there.close()
            assert here.poll(20)
            until_s = time.monotonic() + chance.uniform(0.05, 0.25)
            before = seen
            while time.monotonic() < until_s or seen == before:
                if (frame := ring.latest(after)) is not None:
                    assert np.all(frame.image == frame.captured_s), "a torn frame"
                    after, seen = frame.seq, seen + 1
            writer.kill()
            writer.join(5)
            here.close()
            torn_slots += int(sum(ring._words[8:32:8] != ring._words[9:32:8]))
            assert ring.latest() is not None, "the newest whole frame stays readable"
        assert seen >= 20
        assert torn_slots > 0, "no kill fell into the middle of a frame; the test shows nothing"
