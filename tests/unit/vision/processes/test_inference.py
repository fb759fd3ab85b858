"""What the inference process is made of; the process itself is tested where processes are killed."""

import threading
import time
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from vision.processes.inference import Commands, InferenceSettings, _Loop
from vision.processes.messages import Unwatch, Watch

WATCH = Watch(station_id="bay", camera_id="cam", exercises=("pushup",))


def test_commands_come_out_in_order_and_once() -> None:
    commands = Commands()
    commands.put(WATCH)
    commands.put(Unwatch("bay"))
    assert commands.take() == [WATCH, Unwatch("bay")]
    assert commands.take() == []


def test_a_command_ends_the_wait() -> None:
    commands = Commands()
    threading.Timer(0.1, commands.put, [WATCH]).start()
    started_s = time.monotonic()
    commands.wait(5.0)
    assert time.monotonic() - started_s < 2
    assert commands.take() == [WATCH]


def test_a_wait_without_a_command_ends_too() -> None:
    commands = Commands()
    started_s = time.monotonic()
    commands.wait(0.05)
    assert 0.03 < time.monotonic() - started_s < 1


def test_a_command_left_before_the_wait_ends_it_at_once() -> None:
    commands = Commands()
    commands.take()
    commands.put(WATCH)
    started_s = time.monotonic()
    commands.wait(5.0)
    assert time.monotonic() - started_s < 1


def test_commands_are_bounded_and_a_loss_is_said(caplog: pytest.LogCaptureFixture) -> None:
    commands = Commands(most=3)
    for number in range(5):
        commands.put(Unwatch(str(number)))
    assert commands.take() == [Unwatch("2"), Unwatch("3"), Unwatch("4")]
    assert caplog.text.count("the oldest is lost") == 2


class Estimator:
    """A pose model of some runtime; it sees nobody."""

    name = "movenet"
    trouble = ""

    def __init__(self, runtime: str) -> None:
        self.runtime = runtime
        self.looked = 0

    def estimate(self, _frame_bgr: np.ndarray, _time_s: float, _sought: object = None) -> None:
        self.looked += 1

    def reset(self) -> None:
        """Follows nobody."""

    def twin(self) -> "Estimator":
        return self


@pytest.mark.parametrize(
    ("runtime", "files", "loaded"),
    [
        ("auto", ["cpu.tflite"], ["cpu"]),
        ("auto", ["edgetpu.tflite"], ["cpu", "auto"]),
        ("cpu", ["edgetpu.tflite"], ["cpu"]),
        ("litert", ["edgetpu.tflite"], ["litert"]),
        ("edgetpu", [], ["cpu", "edgetpu"]),
    ],
)
def test_another_version_is_tried_where_it_disturbs_no_accelerator(
    tmp_path: Path, runtime: str, files: list[str], loaded: list[str]
) -> None:
    (tmp_path / "movenet").mkdir()
    for name in files:
        (tmp_path / "movenet" / name).touch()
    made: list[Estimator] = []

    def new_estimator(wanted: str) -> Estimator:
        made.append(Estimator(wanted))
        return made[-1]

    loop = _Loop(
        settings=InferenceSettings(pose="movenet", models_dir=tmp_path, runtime=runtime),
        watching=cast("Any", None),
        replays=cast("Any", None),
        model=Estimator("first"),
        outbox=cast("Any", None),
        commands=Commands(),
        new_estimator=new_estimator,
    )
    assert loop._load(np.zeros((9, 16, 3), np.uint8)) is made[-1]
    assert [each.runtime for each in made] == loaded
    assert [each.looked for each in made] == [1, *[0] * (len(made) - 1)]


def test_the_settings_have_the_rates_of_a_quiet_box() -> None:
    settings = InferenceSettings(pose="movenet", models_dir=Path("models"))
    assert (settings.idle_fps, settings.view_hz, settings.threads, settings.runtime) == (2.0, 12.0, 1, "auto")
