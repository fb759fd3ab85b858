"""The command as a person starts it; what it measures is measured elsewhere."""

import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.plans.hearts import Errors
from benchmarks.plans.serving import NoClientError


@pytest.fixture
def recommender(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sys, "path", list(sys.path))  # it sets its own
    return importlib.import_module("benchmarks.recommender")


@pytest.fixture
def start(recommender: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def main(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["recommender.py", *arguments])
        return int(recommender.main())

    return main


def test_one_part_that_fails_does_not_take_the_other_with_it(
    recommender: Any,
    start: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def none(*_: object) -> None:
        raise NoClientError("no Triton client")

    monkeypatch.setattr(recommender.serving, "measure", none)
    monkeypatch.setattr(recommender.hearts, "measure", lambda members: Errors(members, 3.0, 10.0, 6.0))
    assert start("--parts", "serving,hearts", "--members", "2", "--json") == 1
    said = capsys.readouterr()
    hearts = {"people": 2, "ours_bpm": 3.0, "held_bpm": 10.0, "population_bpm": 6.0, "gain": 0.5}
    assert json.loads(said.out) == {"hearts": hearts}
    assert "serving: no Triton client" in said.err
    assert start("--parts", "hearts") == 0
    assert "lower than the better of the two by 50 %" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--parts", "speed,sound"],
            "no part sound: choose from speed, cold, serving",
        ),
        (["--turns", "0"], "'0' must be a whole number from 1 on"),
        (["--members", "many"], "--members: invalid"),
    ],
)
def test_a_mistake_is_said_before_anything_is_measured(
    start: Callable[..., int], arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        start(*arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
