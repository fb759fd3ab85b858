"""What the cloud hears of models: states at once, figures now and then, nothing twice."""

from typing import Any

import pytest

from gateway.twin.link import CloudLink
from gateway.updates.twin import ModelReports
from provisioning.assignment import Standing
from tests.unit.gateway.updates.box import Cloud


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def reports(cloud: Cloud, clock: Clock) -> ModelReports:
    link = CloudLink(cloud)
    twin = link.twin("models")
    await link.turn()
    return ModelReports(twin, figures_s=300.0, now_s=clock)


def standing(asked: int, state: Any = "shadowing") -> dict[str, Standing]:
    figures = {"asked": asked, "mean_absolute_difference": {"minutes": asked / 10}}
    return {"m": Standing(version="2", mode="shadow", rollout="r", state=state, figures=figures)}


async def test_figures_alone_are_told_now_and_then(reports: ModelReports, cloud: Cloud, clock: Clock) -> None:
    for second, asked in enumerate((1, 2, 3)):
        clock.now_s = 100.0 + second
        await reports.report(standing(asked))
    assert cloud.said("m")["figures"]["asked"] == 1
    clock.now_s = 400.0
    await reports.report(standing(4))
    assert cloud.said("m")["figures"] == {"asked": 4, "mean_absolute_difference": {"minutes": 0.4}}
    assert len(cloud.reports) == 2


async def test_another_state_is_told_at_once(reports: ModelReports, cloud: Cloud) -> None:
    await reports.report(standing(1))
    await reports.report(standing(2, "failed"))
    assert (cloud.said("m")["state"], cloud.said("m")["figures"]["asked"]) == ("failed", 2)


async def test_nothing_is_said_twice(reports: ModelReports, cloud: Cloud) -> None:
    await reports.report(standing(1))
    await reports.report(standing(1))
    assert len(cloud.reports) == 1
