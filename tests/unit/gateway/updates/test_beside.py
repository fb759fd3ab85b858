"""What runs beside is asked the same, and only figures come of it; what is on trial is watched."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.health import Health
from gateway.inference.recommenders import Recommenders
from gateway.inference.tensors import MAX_ROWS
from gateway.inference.witnesses import Answered, Witnesses
from gateway.updates import beside as module
from gateway.updates.beside import Beside
from gateway.updates.probe import raw
from gateway.updates.sanity import LiveSanity


def people(count: int, fill: float = 0.0) -> dict[str, Any]:
    return {"features": np.full((count, 10), fill, np.float32), "imputed": np.zeros((count, 10), np.float32)}


def answered(
    count: int = 1, *, version: str = "1", minutes: float = 20.0, points: float = 1.0, fill: float = 0.0
) -> Answered:
    said = np.tile(np.array([[minutes, points]], np.float32), (count, 1))
    return Answered("intensity", version, people(count, fill), said, 0.01)


@pytest.fixture
def beside(tmp_path: Path, recommender_models: Any) -> Any:
    recommenders = Recommenders(models_dir=tmp_path, health=Health())
    folder = recommender_models.write(tmp_path / "2" / "intensity", version="2", base=22.0)
    running = Beside(recommenders.load_beside("intensity", folder))
    running.start()
    yield running
    running.stop()


def settled(beside: Beside, rows: int) -> dict[str, Any]:
    deadline_s = time.monotonic() + 10
    while sum(beside.figures()[name] for name in ("asked", "failures", "left_out")) < rows:
        assert time.monotonic() < deadline_s, beside.figures()
        time.sleep(0.002)
    return beside.figures()


def test_before_any_question_there_is_nothing_to_compare(beside: Beside) -> None:
    assert beside.figures() == {"asked": 0, "failures": 0, "left_out": 0}


def test_the_mean_difference_is_over_all_rows(beside: Beside) -> None:
    beside.heard(answered(3))
    beside.heard(answered(1, minutes=12.0))
    figures = settled(beside, 4)
    assert figures["mean_absolute_difference"] == {"duration_minutes": 4.0, "intensity_score": 0.0}


def test_answers_are_compared_as_members_would_meet_them(beside: Beside) -> None:
    beside.heard(answered(1, minutes=-500.0))
    assert settled(beside, 1)["mean_absolute_difference"]["duration_minutes"] == 12.0


def test_what_fails_is_counted(beside: Beside) -> None:
    beside.heard(answered(2, fill=float("nan")))
    figures = settled(beside, 2)
    assert (figures["asked"], figures["failures"]) == (0, 2)


@pytest.mark.parametrize(
    "other",
    [
        answered(1, version="2"),
        answered(MAX_ROWS + 1),
        Answered("effect", "1", people(1), np.zeros((1, 3), np.float32), 0.01),
        Answered("intensity", "1", people(1), None, 0.01),
    ],
)
def test_other_questions_are_left_alone(beside: Beside, other: Answered) -> None:
    beside.heard(other)
    beside.heard(answered(1))
    assert settled(beside, 1)["asked"] == 1


def test_who_asks_never_waits(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def slow(*arguments: Any) -> Any:
        assert gate.wait(10)
        return raw(*arguments)

    monkeypatch.setattr(module, "raw", slow)
    for _ in range(100):
        beside.heard(answered(1))
    left_out = beside.figures()["left_out"]
    assert left_out >= 100 - module._MOST_WAITING - 1
    gate.set()
    assert settled(beside, 100)["asked"] == 100 - left_out


def test_a_full_queue_does_not_keep_it_from_ending(beside: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    monkeypatch.setattr(module, "raw", lambda *_: gate.wait(10) and np.zeros((1, 2), np.float32))
    for _ in range(100):
        beside.heard(answered(1))
    threading.Timer(0.05, gate.set).start()
    beside.stop()
    assert not beside._thread.is_alive()


def test_live_questions_speak_for_or_against_a_version() -> None:
    sanity = LiveSanity("intensity", "2", usual_share=0.1)
    sanity.heard(answered(100, version="1", minutes=1e6))
    sanity.heard(answered(13, version="2", points=2.0))
    sanity.heard(answered(6, version="2", minutes=1e6))
    assert sanity.problem() == ""
    sanity.heard(answered(1, version="2", minutes=1e6))
    assert sanity.problem() == ""
    sanity.heard(answered(1, version="2", minutes=1e6))
    assert "38% of its live answers" in sanity.problem()


@pytest.mark.parametrize(
    ("answer", "said"), [(None, "failed on 1"), (np.array([[np.nan, 1.0]], np.float32), "no number")]
)
def test_one_failure_is_enough(answer: Any, said: str) -> None:
    sanity = LiveSanity("intensity", "2", usual_share=0.0)
    sanity.heard(Answered("intensity", "2", people(1), answer, 0.01))
    assert said in sanity.problem()


def test_a_witness_that_fails_hurts_nobody() -> None:
    witnesses = Witnesses()
    heard: list[Answered] = []

    def broken(_answered: Answered) -> None:
        raise ValueError("broken")

    ends = [witnesses.add(broken), witnesses.add(heard.append)]
    witnesses.tell(answered())
    assert (len(heard), witnesses.failed) == (1, 1)
    for end in ends:
        end()
    witnesses.tell(answered())
    assert len(heard) == 1
