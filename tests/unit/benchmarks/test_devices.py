"""The command as a person starts it; what it measures is measured elsewhere."""

import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.machines.broker import NoBrokerError
from benchmarks.machines.rate import BOX, PAHO, Turn


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sys, "path", list(sys.path))  # it sets its own
    return importlib.import_module("benchmarks.devices")


@pytest.fixture
def start(devices: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def main(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["devices.py", *arguments])
        return int(devices.main())

    return main


def test_one_part_that_fails_does_not_take_the_other_with_it(
    devices: Any,
    start: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def none(*_: object) -> None:
        raise NoBrokerError("no mosquitto")

    turns = [Turn(PAHO, 10, 100.0, 1.0, 0), Turn(BOX, 10, 80.0, 1.0, 0)]
    monkeypatch.setattr(devices.steady, "measure", none)
    monkeypatch.setattr(devices.rate, "measure", lambda messages, count: turns[: messages * count])
    assert start("--parts", "steady,rate", "--messages", "2", "--turns", "1", "--json") == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["rate"]["share_of_bare_paho"] == 0.8
    assert "steady: no mosquitto" in said.err
    assert start("--parts", "rate", "--messages", "2", "--turns", "1") == 0
    assert "0.80 of what" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--parts", "rate,sound"], "no part sound: choose from rate, steady"),
        (["--seconds", "0"], "'0' must be a whole number from 1 on"),
        (["--devices", "many"], "--devices: invalid"),
    ],
)
def test_a_mistake_is_said_before_anything_is_measured(
    start: Callable[..., int], arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        start(*arguments)
    assert words in capsys.readouterr().err
