"""The page on rollouts says what the code does."""

import re
import tomllib
from pathlib import Path

from gateway.twin.link import LinkSettings
from gateway.updates.updates import UpdateSettings
from provisioning.twin import MAX_BYTES
from sync.cloud.rollout.plan import CAREFUL, Plan

TEXT = (Path(__file__).parents[2] / "docs" / "explanation" / "rollouts.md").read_text(encoding="utf-8")
PAGE = re.sub(r"(?<=\S)\n *(?=\S)", " ", TEXT)
"""Without the ends of its lines."""


def test_its_plan_is_one() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    plan = Plan.model_validate(tomllib.loads(block))
    assert [group.name for group in plan.groups] == ["ours", "all"]


def test_its_table_is_the_plan_that_is_used_unless_somebody_says_otherwise() -> None:
    rows = re.findall(r"^\| `(shadow|canary|early|all)` \| (.*?) \| (.*?) \| (.*?) \|$", TEXT, re.MULTILINE)
    assert [row[0] for row in rows] == [group.name for group in CAREFUL.groups]
    for (_, boxes, good, bad), group in zip(rows, CAREFUL.groups, strict=True):
        assert boxes.startswith("the rest" if group.percent == 100 else f"{group.percent:g} %")
        share = group.success_threshold
        assert good.startswith("all" if share == 1 else f"{share:.0%}".replace("%", " %"))
        assert "for a day" in good
        assert group.soak_s == 86_400
        assert bad.startswith("one" if group.error_least == 1 else f"{group.error_least} have gone back")
        assert (group.error_threshold > 0) == bad.endswith(f"{group.error_threshold * 100:g} %")
    assert f"{CAREFUL.groups[0].limits.least_asked} questions" in rows[0][2]


def test_its_numbers_are_those_of_the_box() -> None:
    settings = UpdateSettings()
    assert f"**Trial**, {settings.trial_s:g} s" in PAGE
    assert settings.tick_s == 2
    assert "every two seconds" in PAGE
    assert LinkSettings().poll_s == 30
    assert "asks every half minute" in PAGE
    assert MAX_BYTES == 65_536
