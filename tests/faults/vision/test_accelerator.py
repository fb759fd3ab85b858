"""An accelerator that is lost while somebody trains: the count goes on, on the CPU."""

import itertools
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

Told = dict[str, Any]


def rep(told: Told) -> bool:
    return told.get("kind") == "RepCounted"


@pytest.fixture
def family(clip: Path, movenet_with_edgetpu: Path, fake_edgetpu: Any, new_family: Callable[..., Any]) -> Any:
    assert fake_edgetpu.library.exists()
    return new_family(clip, movenet_with_edgetpu.parent)


def on(runtime: str) -> Callable[[Told], bool]:
    return lambda told: told.get("kind") == "InferenceStatus" and told["runtime"] == runtime


def worker_of(inference: int) -> int:
    (worker,) = (
        each for each in psutil.Process(inference).children() if "runtimes.worker" in str(each.cmdline())
    )
    return int(worker.pid)


@pytest.mark.slow
@pytest.mark.parametrize("mood", ["hung", "failing", "killed", "stopped"])
def test_an_accelerator_that_is_lost_in_mid_set_costs_no_count(
    family: Any, fake_edgetpu: Any, mood: str
) -> None:
    _, inference = family.counting()
    assert family.wait(on("edgetpu"))["state"] == "ok"
    mark = family.mark()
    family.wait(rep, since=mark)
    mark, undisturbed = family.mark(), len(family.of("RepCounted"))
    match mood:
        case "killed" | "stopped" as how:
            os.kill(worker_of(inference), signal.SIGKILL if how == "killed" else signal.SIGSTOP)
            fake_edgetpu.become("absent")
        case _:
            fake_edgetpu.become(mood)
    degraded = family.wait(on("litert"), since=mark, timeout_s=5)
    assert degraded["state"] == "degraded"
    assert "edgetpu failed" in degraded["reason"]
    assert "poses run on the CPU with litert" in degraded["reason"]
    fake_edgetpu.become("well")
    back = family.wait(on("edgetpu"), since=family.told.index(degraded), timeout_s=30)
    assert (back["state"], back["reason"]) == ("ok", "")
    family.wait(rep, since=family.mark())
    reps = family.of("RepCounted")
    assert [told["depth"] for told in reps] == [5.0 * (n + 1) for n in range(len(reps))], "a count was lost"
    gaps = [later["at"] - sooner["at"] for sooner, later in itertools.pairwise(reps)]
    assert max(gaps) < 2.0 + max(gaps[: undisturbed - 1]), "more than two seconds were lost to it"
    assert not any("ended" in told for told in family.told), "the process that counts went on"


def test_an_accelerator_that_hangs_ends_with_a_killed_inference(family: Any, fake_edgetpu: Any) -> None:
    _, inference = family.counting()
    family.wait(on("edgetpu"))
    worker = worker_of(inference)
    fake_edgetpu.become("hung")
    time.sleep(0.1)
    os.kill(inference, signal.SIGKILL)
    assert family.gone(worker, 3.0)
