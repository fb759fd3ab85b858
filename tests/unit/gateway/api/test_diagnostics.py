import io
import json
import zipfile
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.events.rows import EventFilter

if TYPE_CHECKING:
    from .conftest import ApiBox


@pytest.fixture(autouse=True)
def _no_looking_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.diagnostics.resting.examine", lambda *_, **__: [])


async def test_what_is_previewed_is_what_the_bundle_holds(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    box.health.set("camera:cam1", "failed", "rtsp://u:hunter22@cam is away")
    await operator.put("/api/v1/members/m-4711", json={"display_name": "Anna Karenina"})
    box.events.record(
        "command", actor="operator of m-4711", subject="belt", outcome="done", who="Anna Karenina"
    )
    await box.events.close()  # a box that runs writes them down at once
    sections = (await operator.get("/api/v1/diagnostics/preview")).json()["sections"]
    answer = await operator.post("/api/v1/diagnostics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == [each["name"] for each in sections]
    moving = {"metrics.txt", "disk.json", "devices.json"}  # they tell of this very moment
    for each in sections:
        if each["name"] not in moving:
            assert archive.read(each["name"]).decode() == each["text"]
        assert each["about"]
    told = {name: archive.read(name).decode() for name in archive.namelist()}
    health = json.loads(told["health.json"])
    assert health["parts"]["camera:cam1"]["reason"] == "rtsp://u:***@cam is away"
    assert [each["part"] for each in health["changes"]] == ["camera:cam1"]
    (event,) = json.loads(told["events.json"])
    assert (event["actor"], event["detail"]) == ("operator of ***", {"who": "***"})
    everything = "".join(told.values())
    for secret in ("hunter22", "m-4711", "Anna"):
        assert secret not in everything


async def test_only_an_operator_gets_diagnostics_and_the_log_says_who(
    box: "ApiBox", operator: httpx.AsyncClient, kiosk: httpx.AsyncClient
) -> None:
    assert (await kiosk.get("/api/v1/diagnostics/preview")).status_code == 403
    assert (await kiosk.post("/api/v1/diagnostics")).status_code == 403
    await operator.post("/api/v1/diagnostics")
    (event,) = await box.events.read(EventFilter(kind="diagnostics"), 10)
    assert event.actor.startswith("operator")


async def test_no_reading_of_a_band_is_told(operator: httpx.AsyncClient) -> None:
    sections = {
        each["name"]: each["text"]
        for each in (await operator.get("/api/v1/diagnostics/preview")).json()["sections"]
    }
    told = json.loads(sections["devices.json"])
    assert told["devices"] != []
    assert all("readings" not in each and "address" not in each for each in told["devices"])
