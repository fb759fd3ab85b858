"""Who may command what over the API, and what the answers say."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from devices.codecs import ranges
from devices.codecs.ranges import Range
from devices.profile import load_profiles
from devices.reading import Reading

from .conftest import KNOWN

if TYPE_CHECKING:
    from .conftest import ApiBox

BELT = "/api/v1/devices/belt/commands"


@pytest.fixture
async def runner(box: "ApiBox") -> AsyncIterator[httpx.AsyncClient]:
    """The kiosk of the treadmill, at which somebody runs."""
    device = box.registry.track(KNOWN[0].address, load_profiles()["ble-treadmill"], box.now_s)
    device.bridge, device.bridge_address = "b", "a"
    async with box.client((await box.tokens.create("kiosk", "run")).token) as client:
        client.session_id = (  # type: ignore[attr-defined]
            await client.post("/api/v1/sessions", json={"station_id": "run", "member_id": "m1"})
        ).json()["id"]
        box.commands.hear("belt", "2ad4", ranges.encode("2ad4", Range(0.8, 20.0, 0.1)), box.now_s)
        runs = Reading("belt", "speed_kmh", 5.0, "km/h", *[box.sessions._clock.utc_now()] * 2)
        box.commands.on_readings("belt", [runs])
        yield client


async def send(client: httpx.AsyncClient, command: str, **body: Any) -> httpx.Response:
    session_id = getattr(client, "session_id", "s1")
    return await client.post(BELT, json={"command": command, "session_id": session_id, **body})


async def test_a_person_confirms_and_a_target_is_on_its_way(
    box: "ApiBox", runner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.commands.driver.ANSWER_WAIT_S", 0.01)
    refused = await send(runner, "set_speed", value=6.0)
    document = refused.json()
    assert (refused.status_code, document["type"], document["rule"]) == (
        409,
        "urn:gymbox:problem:command-refused",
        7,
    )
    assert (await runner.post("/api/v1/stations/run/confirm")).status_code == 204
    box.commands.hear("belt", "2ad9", bytes.fromhex("800001"), box.now_s)
    sent = await send(runner, "set_speed", value=6.0, command_id="c1")
    assert (sent.status_code, sent.json()) == (
        202,
        {"command_id": "c1", "outcome": "sent", "value": 6.0, "reason": ""},
    )
    assert box.published[-1] == ("gymbox/v1/b/ble/a/1826/2ad9/set", bytes.fromhex("025802"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"command": "set_speed"}, "needs a value"),
        ({"command": "start", "value": 1.0}, "takes no value"),
        ({"command": "start", "session_id": None}, "needs the session_id"),
        ({"command": "fly"}, "Input should be"),
        ({"command": "set_speed", "value": 5.0, "command_id": "two words"}, "should match"),
        ({"command": "set_speed", "value": 5.0, "expires_at": "2026-01-01T00:00:00"}, "timezone"),
        ({"command": "set_speed", "value": 5.0, "retain": True}, "not permitted"),
    ],
)
async def test_half_a_command_is_none(runner: httpx.AsyncClient, body: dict[str, Any], words: str) -> None:
    answer = await send(runner, **body)
    assert answer.status_code == 422
    assert words in answer.json()["errors"][0]["message"]


async def test_a_kiosk_commands_its_own_machine_only_but_anybody_may_stop(
    box: "ApiBox", runner: httpx.AsyncClient, kiosk: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    assert runner is not kiosk
    assert (await send(kiosk, "start")).status_code == 403
    assert (await kiosk.post("/api/v1/stations/run/confirm")).status_code == 403
    assert (await send(stranger, "stop")).status_code == 401
    box.online = False
    stopped = await kiosk.post(BELT, json={"command": "stop"})
    assert (stopped.status_code, stopped.json()["type"]) == (503, "urn:gymbox:problem:machine-unreachable")


async def test_only_a_kiosk_says_that_a_person_is_there(
    box: "ApiBox", runner: httpx.AsyncClient, kiosk: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    refused = await operator.post("/api/v1/stations/run/confirm")
    assert (refused.status_code, refused.json()["detail"][:14]) == (403, "Only the kiosk")
    assert (await kiosk.post("/api/v1/stations/mat/confirm")).json()["type"].endswith("no-machine")
    box.now_s += 5.0
    silent = await runner.post("/api/v1/stations/run/confirm")
    assert (silent.status_code, silent.json()["type"]) == (409, "urn:gymbox:problem:not-ready")


async def test_in_the_demo_this_machine_is_the_kiosk(demo: "ApiBox") -> None:
    async with demo.client(address="127.0.0.1", base_url="http://127.0.0.1") as client:
        assert (await client.post("/api/v1/stations/none/confirm")).status_code == 404
        silent = await client.post("/api/v1/stations/run/confirm")
        assert silent.json()["type"] == "urn:gymbox:problem:not-ready"


async def test_what_is_no_machine_is_told_apart(operator: httpx.AsyncClient) -> None:
    for device_id, status, slug in (("none", 404, "machine-unknown"), ("band1", 409, "not-commandable")):
        answer = await operator.post(f"/api/v1/devices/{device_id}/commands", json={"command": "stop"})
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:gymbox:problem:{slug}")


async def test_a_session_gets_steps_and_tells_where_it_is(
    runner: httpx.AsyncClient, kiosk: httpx.AsyncClient
) -> None:
    address = f"/api/v1/sessions/{runner.session_id}/steps"  # type: ignore[attr-defined]
    assert (await runner.get(address)).json()["type"] == "urn:gymbox:problem:nothing-to-follow"
    steps = [{"duration_s": 60, "speed_kmh": 6.0}]
    put = await runner.put(address, json={"steps": steps})
    assert put.status_code == 200
    told = (await runner.get(address)).json()
    assert (told["current"], told["remaining_s"], told["targets"], told["follows"]) == (
        0,
        60.0,
        {"speed_kmh": 6.0},
        True,
    )
    assert "the plan has changed" in told["waits_for"]
    assert (await kiosk.put(address, json={"steps": steps})).status_code == 403
    for wrong in ([], [{"duration_s": 0}], [{"duration_s": 9, "speed_kmh": 5, "heart_rate_zone": 2}]):
        assert (await runner.put(address, json={"steps": wrong})).status_code == 422
