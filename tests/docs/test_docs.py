"""The documentation says what is true: reference pages are fresh, links lead somewhere, examples work."""

import json
import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from devices.control.facts import HEART_RATE_STALE_S, TELEMETRY_STALE_S
from devices.control.procedures import PROCEDURE_TIMEOUT_S
from devices.safety import CONFIRMATION_S, RAMPS
from gateway.commands.service import DEFAULT_EXPIRY_S, MAX_EXPIRY_S
from gateway.config.file import build
from gateway.members.members import MemberProfile
from gateway.members.wellbeing import SelfReport
from gateway.planning.rows import Feedback

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
REFERENCE = runpy.run_path(str(ROOT / "docs" / "reference.py"))["PAGES"]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", REFERENCE)
def test_a_reference_page_is_fresh(name: str) -> None:
    page = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert page == "\n".join(REFERENCE[name]()).rstrip() + "\n", "run make docs"


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_every_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_page_on_commands_gives_control_as_it_says() -> None:
    page = (ROOT / "docs" / "how-to" / "command-a-treadmill.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    config = build(tomllib.loads("\n".join(blocks)), environ={})
    assert config.homeassistant.enabled
    assert [(each.control, each.limits.given) for each in config.devices] == [
        (True, {"speed_kmh": 12.0, "incline_percent": 8.0})
    ]


def test_the_page_on_safety_tells_all_twelve_rules_and_the_numbers_of_the_code() -> None:
    page = (ROOT / "docs" / "explanation" / "safety.md").read_text(encoding="utf-8")
    rules = dict(re.findall(r"^\| (\d+) \| (.*) \|$", page, re.MULTILINE))
    assert list(rules) == [str(number) for number in range(1, 13)]
    speed, incline = RAMPS["speed_kmh"], RAMPS["incline_percent"]
    for rule, words in {
        "2": f"last {CONFIRMATION_S:g} s",
        "5": f"Up by {speed.raise_per_command:g} km/h in one command and {speed.raise_per_s:g} km/h",
        "6": f"{DEFAULT_EXPIRY_S:g} s after it was given ({MAX_EXPIRY_S:g} s at most)",
        "7": f"more than {TELEMETRY_STALE_S:g} s of silence",
        "8": f"for {PROCEDURE_TIMEOUT_S:g} s",
        "10": f"not heard for {HEART_RATE_STALE_S:g} s",
    }.items():
        assert words in rules[rule]
    assert f"down by {speed.lower_per_command:g} km/h and {speed.lower_per_s:g} km/h a second" in rules["5"]
    assert (incline.raise_per_command, incline.raise_per_s) == (2.0, 1.0)
    assert "Incline: 2 and 1 percent up, 4 and 2 down" in rules["5"]


def test_the_how_to_shows_a_configuration_that_works() -> None:
    page = (ROOT / "docs" / "how-to" / "real-hardware.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    config = build(tomllib.loads("\n".join(blocks)), environ={})
    assert [station.id for station in config.stations] == ["window", "mat"]
    assert config.http.host == "0.0.0.0"  # noqa: S104  what the page tells kiosks need


def test_the_page_on_plans_shows_what_the_box_takes() -> None:
    page = (ROOT / "docs" / "how-to" / "plans.md").read_text(encoding="utf-8")
    config = build(tomllib.loads("\n".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL))), environ={})
    assert (config.gym.plans_hour, "rack" in config.gym.equipment) == (3, True)
    bodies = [json.loads(text) for text in re.findall(r"-d '(\{.*?\})'", page, re.DOTALL)]
    models: list[Any] = [MemberProfile, SelfReport, Feedback]
    for body, model in zip(bodies, models, strict=True):
        model.model_validate(body)
