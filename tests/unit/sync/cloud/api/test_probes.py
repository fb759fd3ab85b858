from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from sync.cloud.api import probes, problem
from sync.cloud.app import Cloud
from sync.cloud.database.database import DatabaseUnavailable
from sync.cloud.lake.objects import StoreUnavailable
from sync.cloud.metrics import Metrics
from sync.cloud.readiness import Degraded, Readiness


async def ready(connect: Callable[..., Any]) -> tuple[int, dict[str, Any]]:
    answer = await (await connect()).client.get("/readyz")
    return answer.status_code, answer.json()


async def test_a_service_that_is_well(connect: Callable[..., Any]) -> None:
    code, report = await ready(connect)
    assert (code, report["ready"], report["state"]) == (200, True, "ok")
    assert {"database", "objects", "chores"} <= report["parts"].keys()
    assert (await (await connect()).client.get("/livez")).json() == {"status": "ok"}


@pytest.mark.parametrize("part", ["database", "objects"])
async def test_a_part_that_has_failed_is_named_and_nothing_else(
    cloud: Cloud, connect: Callable[..., Any], part: str
) -> None:
    def fails() -> None:
        raise (DatabaseUnavailable if part == "database" else StoreUnavailable)("secret")

    cloud.readiness._parts[part] = fails
    code, report = await ready(connect)
    assert (code, report["ready"], report["parts"][part]["state"]) == (503, False, "failed")
    assert report["parts"][part]["reason"] == f"{part} cannot be used; the log says why"
    assert (await (await connect()).client.get("/livez")).status_code == 200


async def test_a_chore_that_fails_makes_it_degraded_until_it_works(
    cloud: Cloud, connect: Callable[..., Any]
) -> None:
    errors: list[Exception] = [ZeroDivisionError("secret"), Degraded("keys wait")]

    def work() -> None:
        if errors:
            raise errors.pop(0)

    cloud.chores._run("sign", work)
    assert (await ready(connect))[1]["parts"]["chores"] == {
        "state": "degraded",
        "reason": "sign: failed the last time; the log says why",
    }
    cloud.chores._run("sign", work)
    code, report = await ready(connect)
    assert (code, report["state"], report["parts"]["chores"]["reason"]) == (
        200,
        "degraded",
        "sign: keys wait",
    )
    cloud.chores._run("sign", work)
    assert (await ready(connect))[1]["state"] == "ok"
    text = (await (await connect()).client.get("/metrics")).text
    assert 'gymbox_cloud_chores_total{chore="sign",outcome="failed"} 2.0' in text


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 403),
        ("somewhere", {}, 403),
    ],
)
async def test_metrics_answer_this_machine_alone(
    cloud: Cloud, client: str, headers: dict[str, str], status: int
) -> None:
    transport = httpx.ASGITransport(cloud.api, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud.test") as scraper:
        assert (await scraper.get("/metrics", headers=headers)).status_code == status


async def test_metrics_answer_whoever_shows_the_token() -> None:
    app = FastAPI()
    problem.install(app)
    app.include_router(probes.routes(Readiness({"x": lambda: None}), Metrics(), metrics_token="long, random"))  # noqa: S106 - nobody's
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud.test") as scraper:
        for shown, status in (("Bearer long, random", 200), ("Bearer long", 401), ("", 401)):
            answer = await scraper.get("/metrics", headers={"Authorization": shown})
            assert answer.status_code == status
