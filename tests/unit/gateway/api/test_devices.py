"""Listing, adopting and forgetting devices."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from devices.dialects.heard import Heard
from devices.profile import load_profiles
from devices.reading import UNITS, Metric, Reading
from gateway.adoption import Adoption, adopted_beside
from gateway.sessions.admission import CheckIn

if TYPE_CHECKING:
    import httpx

    from .conftest import ApiBox

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
BELT, STRAY = "aa:00:00:00:00:01", "ff:00:00:00:00:09"
DEVICES = "/api/v1/devices"


def hear(
    box: "ApiBox", address: str, profile: str, metric: Metric, value: float, *, rssi_dbm: int = -61
) -> None:
    device = box.registry.track(address, load_profiles()[profile], box.now_s)
    reading = Reading(device.id, metric, value, UNITS[metric], NOW, NOW)
    box.registry.hear(device, [reading], Heard(rssi_dbm=rssi_dbm), box.now_s)


async def problem(answer: "httpx.Response") -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:gymbox:problem:")


async def ids(client: "httpx.AsyncClient", **query: Any) -> list[str]:
    return [each["id"] for each in (await client.get(DEVICES, params=query)).json()["devices"]]


async def test_devices_with_their_fresh_values(box: "ApiBox", kiosk: "httpx.AsyncClient") -> None:
    hear(box, BELT, "ble-treadmill", "speed_kmh", 9.5)
    hear(box, BELT, "ble-treadmill", "battery_percent", 80.0)
    box.now_s += 2
    hear(box, STRAY, "ble-heart-rate", "heart_rate_bpm", 70)
    devices = (await kiosk.get(DEVICES)).json()["devices"]
    assert devices[0] == {
        "id": "belt",
        "kind": "treadmill",
        "profile": "ble-treadmill",
        "address": BELT,
        "adopted": True,
        "link": "live",
        "last_seen_s": 2.0,
        "available": None,
        "rssi_dbm": -61,
        "quality": 1.0,
        "dropped": 0,
        "battery_percent": 80.0,
        "firmware": None,
        "bridge": None,
        "control": ["incline_percent", "speed_kmh"],
        "values": {"speed_kmh": 9.5, "battery_percent": 80.0},
        "targets": {},
    }
    assert [(each["adopted"], each["link"]) for each in devices] == [
        (True, "live"),
        (True, "never"),
        (False, "live"),
    ]
    box.now_s += 3
    belt = (await kiosk.get(f"{DEVICES}/belt")).json()
    assert (belt["values"], belt["battery_percent"]) == ({}, 80.0)


async def test_strangers_apart(box: "ApiBox", kiosk: "httpx.AsyncClient") -> None:
    hear(box, STRAY, "ble-heart-rate", "heart_rate_bpm", 70)
    assert await ids(kiosk, adopted="false") == [STRAY]
    assert await ids(kiosk, adopted="true") == ["belt", "band1"]


async def test_a_stranger_is_adopted_and_forgotten(box: "ApiBox", operator: "httpx.AsyncClient") -> None:
    hear(box, STRAY, "ble-heart-rate", "heart_rate_bpm", 70)
    answer = await operator.put(f"{DEVICES}/band-9", json={"address": "FF-00-00-00-00-09"})
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["adopted"], answer.json()["rssi_dbm"]) == ("band-9", True, -61)
    assert await ids(operator, adopted="false") == []
    assert box.resubscribed == 1
    assert (await operator.delete(f"{DEVICES}/band-9")).status_code == 204
    assert await problem(await operator.get(f"{DEVICES}/band-9")) == (404, "device-unknown")
    hear(box, STRAY, "ble-heart-rate", "heart_rate_bpm", 71)
    assert await ids(operator, adopted="false") == [STRAY]


async def test_a_stranger_may_keep_its_address_for_a_name(
    box: "ApiBox", operator: "httpx.AsyncClient"
) -> None:
    hear(box, STRAY, "ble-heart-rate", "heart_rate_bpm", 70)
    assert (await operator.put(f"{DEVICES}/{STRAY}")).json()["adopted"] is True
    assert (await operator.delete(f"{DEVICES}/{STRAY}")).status_code == 204


async def test_what_was_adopted_survives_a_restart(box: "ApiBox", operator: "httpx.AsyncClient") -> None:
    body = {"address": "T9-7", "profile": "esphome"}
    assert (await operator.put(f"{DEVICES}/bike-7", json=body)).status_code == 200
    box.registry.forget("bike-7")
    again = Adoption(
        store=box.store,
        registry=box.registry,
        profiles=load_profiles(),
        on_change=lambda: None,
        in_use=lambda: (),
    )
    again.restore()
    again.restore()
    view = box.registry.get("bike-7", box.now_s)
    assert view is not None
    assert (view.profile.name, view.address) == ("esphome", "t9-7")
    assert [each.address for each in adopted_beside(box.store.path)] == ["T9-7"]
    assert adopted_beside(box.data_dir / "nowhere") == []


async def test_what_the_configuration_took_over_is_left_out(
    box: "ApiBox", operator: "httpx.AsyncClient"
) -> None:
    await operator.put(f"{DEVICES}/bike-7", json={"address": BELT.replace("01", "77"), "profile": "ble-bike"})
    await box.store.write(lambda db: db.execute("UPDATE adopted_device SET address = ?", [BELT]))
    box.registry.forget("bike-7")
    Adoption(
        store=box.store,
        registry=box.registry,
        profiles=load_profiles(),
        on_change=lambda: None,
        in_use=lambda: (),
    ).restore()
    assert box.registry.get("bike-7", box.now_s) is None
    # Its name is free again, and so is the row.
    assert (
        await operator.put(f"{DEVICES}/x", json={"address": "x", "profile": "ble-bike"})
    ).status_code == 200


async def test_what_is_known_of_an_adopted_one_can_change(operator: "httpx.AsyncClient") -> None:
    await operator.put(f"{DEVICES}/bike-7", json={"address": "a1", "profile": "ble-bike"})
    changed = await operator.put(f"{DEVICES}/bike-7", json={"profile": "esphome"})
    assert (changed.json()["profile"], changed.json()["address"]) == ("esphome", "a1")
    moved = await operator.put(f"{DEVICES}/bike-7", json={"address": "a2"})
    assert (moved.json()["profile"], moved.json()["address"]) == ("esphome", "a2")
    assert await ids(operator, adopted="true") == ["belt", "band1", "bike-7"]


@pytest.mark.parametrize(
    ("device_id", "body", "expected"),
    [
        ("belt", {"address": "x"}, (409, "device-configured")),
        ("other", {"address": BELT}, (409, "address-taken")),
        ("other", {"address": "never-heard"}, (422, "profile-unknown")),
        ("other", {"address": "x", "profile": "toaster"}, (422, "profile-unknown")),
        ("other", {"address": "a b"}, (422, "invalid-request")),
        ("other", {"adress": "x"}, (422, "invalid-request")),
        ("-other", {"address": "x"}, (422, "invalid-request")),
    ],
)
async def test_what_cannot_be_adopted(
    operator: "httpx.AsyncClient", device_id: str, body: dict[str, str], expected: tuple[int, str]
) -> None:
    assert await problem(await operator.put(f"{DEVICES}/{device_id}", json=body)) == expected


async def test_what_cannot_be_forgotten(operator: "httpx.AsyncClient") -> None:
    assert await problem(await operator.delete(f"{DEVICES}/belt")) == (409, "device-configured")
    assert await problem(await operator.delete(f"{DEVICES}/nobody")) == (404, "device-unknown")


async def test_a_band_that_somebody_wears_keeps_its_name(
    box: "ApiBox", operator: "httpx.AsyncClient"
) -> None:
    hear(box, STRAY, "ble-heart-rate", "heart_rate_bpm", 70)
    await box.sessions.start(CheckIn("mat", "ada", STRAY))
    renamed = await operator.put(f"{DEVICES}/band-9", json={"address": STRAY})
    assert await problem(renamed) == (409, "device-in-use")
    assert await problem(await operator.delete(f"{DEVICES}/{STRAY}")) == (409, "device-in-use")


async def test_only_an_operator_adopts(kiosk: "httpx.AsyncClient", stranger: "httpx.AsyncClient") -> None:
    for client, status in ((kiosk, 403), (stranger, 401)):
        assert (await client.put(f"{DEVICES}/x", json={})).status_code == status
        assert (await client.delete(f"{DEVICES}/x")).status_code == status


async def test_the_nearest_band_is_worn_by_one(box: "ApiBox", kiosk: "httpx.AsyncClient") -> None:
    hear(box, STRAY, "ble-heart-rate", "heart_rate_bpm", 70, rssi_dbm=-80)
    hear(box, "aa:00:00:00:00:02", "ble-heart-rate", "heart_rate_bpm", 70, rssi_dbm=-40)
    order = {"station_id": "mat", "member_id": "ada", "band_id": "nearest"}
    assert (await kiosk.post("/api/v1/sessions", json=order)).json()["band_id"] == "band1"
    report = await box.sessions.start(CheckIn("run", "bob", "nearest"))
    assert report.band_id == STRAY


async def test_the_last_two_hours_of_a_device(
    box: "ApiBox", operator: "httpx.AsyncClient", kiosk: "httpx.AsyncClient"
) -> None:
    hear(box, BELT, "ble-treadmill", "speed_kmh", 8.5)
    box.history.sample()
    found = (await operator.get(f"{DEVICES}/belt/history")).json()
    assert found["series"]["speed_kmh"] == [8.5]
    assert (found["every_s"], found["ends_at"][:4]) == (5.0, "2026")
    assert (await operator.get(f"{DEVICES}/nobody/history")).status_code == 404
    assert (await kiosk.get(f"{DEVICES}/belt/history")).status_code == 403
