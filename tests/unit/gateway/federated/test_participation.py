import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.federated import participation as module
from gateway.federated.participation import Participation, participation

from .conftest import Box

URL = "https://cloud.example"


def config(**cloud: Any) -> BoxConfig:
    return BoxConfig.model_validate({"cloud": cloud})


def parts(box: Box, **cloud: Any) -> int:
    return len(participation(config(**cloud), store=box.store, events=box.events, days=box.days))


def test_only_who_says_so_takes_part(box: Box) -> None:
    assert parts(box, url=URL, upload="nothing", federated=True) == 1
    assert parts(box, url=URL, upload="nothing") == 0
    assert parts(box, url=URL, upload="all") == 0
    assert parts(box) == 0


@pytest.mark.parametrize(
    "cloud",
    [
        {"url": URL, "federated": True},
        {"url": URL, "upload": "all", "federated": True},
        {"upload": "nothing", "federated": True},
    ],
)
def test_who_uploads_has_no_use_for_it(cloud: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="federated needs url and upload"):
        config(**cloud)


@pytest.mark.parametrize("epsilon", [0, -1, float("nan"), float("inf"), 1e6])
def test_a_budget_is_a_number_that_hides_something(epsilon: float) -> None:
    with pytest.raises(ValidationError, match="federated_epsilon"):
        config(url=URL, upload="nothing", federated=True, federated_epsilon=epsilon)


async def test_a_box_takes_part_from_when_it_says_so_until_it_says_no_more(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    running: list[str] = []

    class Part:
        async def run(self) -> None:
            running.append("began")
            try:
                await asyncio.Event().wait()
            finally:
                running.append("ended")

    def made(config: BoxConfig, **_: Any) -> tuple[Part, ...]:
        return (Part(),) if config.cloud.federated else ()

    monkeypatch.setattr(module, "participation", made)
    no, yes = config(url=URL, upload="nothing"), config(url=URL, upload="nothing", federated=True)
    part = Participation(no, store=box.store, events=box.events, days=box.days)
    task = asyncio.create_task(part.run())
    await asyncio.sleep(0)
    for config_now, before, expected in (
        (yes, no, ["began"]),
        (yes, yes, ["began"]),
        (no, yes, ["began", "ended"]),
    ):
        await part.reconfigure(config_now, between(before, config_now))
        for _ in range(5):
            await asyncio.sleep(0)
        assert running == expected
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
