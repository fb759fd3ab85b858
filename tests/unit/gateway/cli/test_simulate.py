"""What can be said of the command without a broker."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from gateway.config.file import build


def test_what_it_prints_is_what_a_box_needs_to_know(run: Callable[..., Result]) -> None:
    numbers = ["--treadmills", "2", "--bands", "1", "--bikes", "1", "--rowers", "1"]
    result = run("devices", "simulate", *numbers, "--config")
    assert result.exit_code == 0
    config = build(tomllib.loads(result.stdout), environ={})
    assert [device.id for device in config.devices] == [
        "treadmill-1", "treadmill-2", "bike-1", "rower-1", "band-1"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--url", "http://broker"], "must begin with mqtt://"),
        (["--username", "x", "--password-file", "nowhere"], "nowhere cannot be read"),
        (["--bands", "256"], "--bands"),
        (["--misbehave", "2"], "--misbehave"),
    ],
)
def test_a_mistake_is_said_and_nothing_begins(
    run: Callable[..., Result],
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("devices", "simulate", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
