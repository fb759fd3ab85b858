"""Capture and inference processes, killed, stopped, ignored and orphaned."""

import json
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import psutil
import pytest

from vision.processes.messages import EXIT_NO_MODEL
from vision.processes.ring import FrameRing, RingHandle

Told = dict[str, Any]


def playing(told: Told) -> bool:
    return told.get("kind") == "CameraStatus" and told["state"] == "ok"


def rep(told: Told) -> bool:
    return told.get("kind") == "RepCounted"


def test_a_killed_capture_leaves_the_ring_to_the_next(family: Any) -> None:
    capture, _ = family.counting()
    parent = psutil.Process(family.parent.pid)
    descriptors = parent.num_fds()
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
    assert parent.num_fds() == descriptors, "every death leaves something open"


def test_a_killed_inference_is_replaced_and_the_camera_does_not_notice(family: Any) -> None:
    _, inference = family.counting()
    mark = family.mark()
    os.kill(inference, signal.SIGKILL)
    family.wait(lambda told: told.get("ended") == "inference", since=mark)
    family.start("inference")
    mark = family.mark()
    family.say("watch")
    assert family.wait(rep, since=mark)["depth"] == 5.0, "a new process counts from nothing"
    assert all(told["state"] == "ok" for told in family.of("CameraStatus", mark))
    assert not any(told.get("ended") == "capture" for told in family.told)


def test_children_end_with_a_parent_that_is_killed(family: Any) -> None:
    pids = family.counting()
    family.parent.kill()
    family.parent.wait(5)
    for pid in pids:
        assert family.gone(pid, 3.0)


def test_children_that_are_frozen_end_with_a_parent_once_they_thaw(family: Any) -> None:
    pids = family.counting()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    family.parent.kill()
    family.parent.wait(5)
    time.sleep(0.3)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    for pid in pids:
        assert family.gone(pid, 3.0)


def test_stop_ends_both_in_a_second_without_a_word(family: Any) -> None:
    pids = family.counting()
    family.say("stop")
    for pid in pids:
        assert family.gone(pid, 1.5)
    assert family.parent.wait(5) == 0
    assert {told["code"] for told in family.told if "ended" in told} == {0}
    assert family.errors() == ""


def test_ctrl_c_in_the_terminal_is_for_the_parent_alone(family: Any) -> None:
    family.counting()
    family.say("interrupt")
    time.sleep(0.3)
    mark = family.mark()
    family.wait(rep, since=mark)
    assert not any("ended" in told for told in family.told)


def test_a_parent_that_does_not_listen_loses_views_and_no_rep(family: Any) -> None:
    family.counting()
    family.say("deaf")
    time.sleep(12)
    family.say("hear")
    mark = family.mark()
    family.wait(rep, since=mark)
    time.sleep(0.5)
    numbers = [told["depth"] for told in family.of("RepCounted")]
    assert numbers == [5.0 * (n + 1) for n in range(len(numbers))]
    assert len(numbers) > 40


def test_a_model_that_is_missing_is_told_and_ends_the_process(family: Any) -> None:
    family.start("real")
    failed = family.wait(lambda told: told.get("kind") == "InferenceStatus")
    assert failed["state"] == "failed"
    assert "played cannot be loaded" in failed["reason"]
    assert family.wait(lambda told: told.get("ended") == "real")["code"] == EXIT_NO_MODEL


def test_a_password_appears_nowhere(new_family: Callable[..., Any]) -> None:
    family = new_family("rtsp://joe:hunter2@127.0.0.1:9/live?pwd=hunter2")
    capture = family.start("capture")
    refused = family.wait(lambda told: told.get("state") == "unreachable", timeout_s=8)
    assert refused["reason"] == "nothing listens at 127.0.0.1:9"
    assert "hunter2" not in " ".join(psutil.Process(capture).cmdline())
    assert "hunter2" not in json.dumps(family.told)
    family.say("stop")
    family.parent.wait(5)
    assert "hunter2" not in family.errors()


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
