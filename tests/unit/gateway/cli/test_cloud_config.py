"""Changing one box from a terminal at the cloud."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
CONFIG = ("cloud", "gateways", "config", "box-1")


@pytest.fixture
def box(run: Run) -> Run:
    run("cloud", "gateways", "claim", "box-1", "--gym", "gym", "--tenant", "chain")
    return run


def test_settings_are_set_shown_and_taken_back(box: Run, tmp_path: Path) -> None:
    assert "version 0" in box(*CONFIG).stdout
    done = box(*CONFIG, "--set", "gym.plans_hour=4", "--set", "station.mat.name=Blue mat")
    assert done.stdout == (
        "version 1\nbox: not heard of yet\n"
        '  {"gym": {"plans_hour": 4}, "station": {"mat": {"name": "Blue mat"}}}\n'
    )
    file = tmp_path / "more.toml"
    file.write_text('[box]\nlanguage = "de"\n[[station]]\nid = "door"\nexercises = ["squat"]\n')
    made = json.loads(box(*CONFIG, "--file", file, "--set", "gym.plans_hour=", "--json").stdout)
    assert made["version"] == 2
    assert made["desired"]["box"]["values"] == {
        "gym": {},
        "station": {"mat": {"name": "Blue mat"}, "door": {"exercises": ["squat"]}},
        "box": {"language": "de"},
    }
    patch = tmp_path / "patch.json"
    patch.write_text('{"station": null}')
    after = json.loads(box(*CONFIG, "--file", patch, "--json").stdout)
    assert "station" not in after["desired"]["box"]["values"]


def test_who_comes_second_is_told(box: Run) -> None:
    box(*CONFIG, "--set", "gym.plans_hour=4")
    box(*CONFIG, "--set", "gym.plans_hour=5", "--version", "1")
    late = box(*CONFIG, "--set", "gym.plans_hour=6", "--version", "1")
    assert (late.exit_code, "the document is at version 2" in late.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "gym.plans_hour"], "write PATH=VALUE"),
        (["--set", "gym..x=1"], "write PATH=VALUE"),
        (["--set", "gym=1", "--set", "gym.x=1"], "gym has a value already"),
        (["--file", "nowhere.json"], "cannot be read"),
    ],
)
def test_what_is_no_setting_is_said(box: Run, arguments: list[str], said: str) -> None:
    done = box(*CONFIG, *arguments)
    assert (done.exit_code, said in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "[1]"), ("a.json", "{"), ("a.toml", "= 1"), ("a.toml", "station = [1]")]
)
def test_a_file_without_settings_is_said(box: Run, tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    done = box(*CONFIG, "--file", file)
    assert (done.exit_code, "holds no settings" in done.stderr) == (2, True)


def test_a_box_that_is_not_there_is_said(box: Run) -> None:
    done = box("cloud", "gateways", "config", "box-2", "--set", "gym.plans_hour=4")
    assert (done.exit_code, "box-2" in done.stderr) == (1, True)
