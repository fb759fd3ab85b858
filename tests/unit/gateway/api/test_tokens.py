"""Tokens over HTTP, what the role `fleet` may, and how soon a revoked token is out."""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest

from gateway.api.auth import still_stands
from gateway.api.stations import RECHECK_S, _events
from gateway.events.rows import EventFilter
from gateway.store.store import StoreBroken
from gateway.tokens import Principal

if TYPE_CHECKING:
    from .conftest import ApiBox


async def test_a_kiosks_link_signs_its_screen_in(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    made = await operator.post("/api/v1/tokens", json={"role": "kiosk", "station_id": "mat"})
    assert made.status_code == 201
    link = urlsplit(made.json()["kiosk_url"])
    assert (link.scheme, link.netloc, link.path) == ("http", "box.lan", "/kiosk/mat")
    assert parse_qs(link.query) == {"token": [made.json()["token"]]}
    async with box.client() as screen:
        assert (await screen.get(f"{link.path}?{link.query}")).status_code == 303
        assert (await screen.get("/api/v1/stations/mat")).status_code == 200


async def test_the_same_link_comes_as_a_picture_that_a_page_can_show(operator: httpx.AsyncClient) -> None:
    made = await operator.post("/api/v1/tokens", json={"role": "kiosk", "station_id": "mat"})
    svg = ET.fromstring(made.json()["kiosk_qr"])  # noqa: S314 - our own
    assert svg.tag.endswith("svg")
    assert "viewBox" in svg.attrib


async def test_a_link_made_on_the_box_itself_names_its_address_on_the_network(
    demo: "ApiBox", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.discovery.addresses.lan_address", lambda: "192.0.2.40")
    async with demo.client(address="127.0.0.1", base_url="http://127.0.0.1:8080") as here:
        made = await here.post("/api/v1/tokens", json={"role": "kiosk", "station_id": "mat"})
    assert made.json()["kiosk_url"].startswith("http://192.0.2.40:8080/kiosk/mat?token=gtk_")


async def test_what_cannot_be_a_token_is_none(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    before = len(await box.tokens.all())
    for body, status in [
        ({"role": "kiosk"}, 422),
        ({"role": "operator", "station_id": "mat"}, 422),
        ({"role": "fleet", "station_id": "mat"}, 422),
        ({"role": "root"}, 422),
        ({"role": "kiosk", "station_id": "nowhere"}, 404),
    ]:
        assert (await operator.post("/api/v1/tokens", json=body)).status_code == status
    assert len(await box.tokens.all()) == before


async def test_the_list_shows_tokens_but_not_themselves(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    made = (await operator.post("/api/v1/tokens", json={"role": "operator"})).json()
    listed = await operator.get("/api/v1/tokens")
    assert made["token"] not in listed.text
    assert made["id"] in {each["id"] for each in listed.json()["tokens"]}
    assert (await operator.delete(f"/api/v1/tokens/{made['id']}")).status_code == 204
    assert (await operator.delete("/api/v1/tokens/nope")).status_code == 404
    assert await box.tokens.verify(made["token"]) is None
    told = await box.events.read(EventFilter(kind="token"), 10)
    assert [(each.subject, each.outcome) for each in reversed(told)] == [
        (made["id"], "created"),
        (made["id"], "revoked"),
    ]


FLEET_READS = ["/api/v1/devices", "/api/v1/cameras", "/api/v1/models", "/api/v1/sync", "/api/v1/events"]


async def test_the_fleet_reads_how_machines_do_and_nothing_of_members(box: "ApiBox") -> None:
    async with box.client((await box.tokens.create("fleet")).token) as fleet:
        for path in FLEET_READS:
            assert (await fleet.get(path)).status_code == 200, path
        paths = (await fleet.get("/api/v1/openapi.json")).json()["paths"]
        device = "/api/v1/devices/{device_id}"
        allowed = {*FLEET_READS, "/api/v1/login", "/api/v1/setup", device, f"{device}/history"}
        codes = {"/api/v1/login", "/api/v1/setup/operator", "/api/v1/handover", "/api/v1/handover/check-in"}
        refused = 0
        for path, methods in paths.items():
            for method in methods.keys() - ({"get"} if path in allowed else set()):
                if not path.startswith("/api/v1") or path in codes:
                    continue
                answer = await fleet.request(method, path.replace("{", "").replace("}", ""), json={})
                assert answer.status_code == 403, f"{method} {path}"
                refused += 1
    assert refused >= 30


async def test_a_stream_ends_soon_after_its_token(box: "ApiBox") -> None:
    made = await box.tokens.create("kiosk", "mat")
    stream = _events(box.services, "mat", Principal("kiosk", "mat", made.info.id))
    assert (await anext(stream)).event == "state"
    await box.tokens.revoke(made.info.id)
    box.now_s += RECHECK_S
    box.board.tick()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(stream), 5.0)
    box.board.demand_room("mat")


async def test_a_stream_goes_on_while_its_token_does(box: "ApiBox") -> None:
    made = await box.tokens.create("kiosk", "mat")
    stream = _events(box.services, "mat", Principal("kiosk", "mat", made.info.id))
    await anext(stream)
    for _ in range(3):
        box.now_s += RECHECK_S
        box.board.tick()
        assert (await asyncio.wait_for(anext(stream), 5.0)).event == "state"
    await stream.aclose()


async def test_a_disk_in_trouble_turns_no_kiosk_dark(box: "ApiBox", monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_job: object) -> bool:
        raise StoreBroken("the disk does not answer")

    monkeypatch.setattr(box.store, "read", broken)
    assert await still_stands(box.services, Principal("kiosk", "mat", "some token"))
