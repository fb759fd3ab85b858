"""A whole box commands a treadmill that answers, over a real mosquitto: what is allowed, refused, logged."""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from devices.broker import EmbeddedBroker
from devices.mqtt.session import BrokerSettings, Message, MqttSession
from devices.simulate.gym import SimulatedGym
from devices.simulate.machines import Treadmill
from devices.topics import PREFIX
from gateway.app import Box
from gateway.config.model import BoxConfig

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None, reason="no mosquitto"
    ),
]

ADDRESS = "c0:00:00:00:00:01"


class Gym:
    """One simulated treadmill with somebody on it, behind a bridge, in real time."""

    def __init__(self, login: BrokerSettings) -> None:
        self.gym = SimulatedGym(treadmills=1, bands=0)
        self.heard: list[Message] = []
        self._session = MqttSession(login, subscriptions=self.gym.commands, on_message=self._take)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live)

    @property
    def treadmill(self) -> Treadmill:
        machine = self.gym._machines[ADDRESS]
        assert isinstance(machine, Treadmill)
        return machine

    def start(self) -> None:
        self._session.start()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)
        self._session.stop(5)

    def pull_safety_key(self) -> None:
        with self._lock:
            self.treadmill.pull_safety_key()

    def _take(self, message: Message) -> None:
        self.heard.append(message)
        with self._lock:
            for topic, payload in self.gym.receive(message.topic, message.payload):
                self._session.publish(topic, payload, qos=1)

    def _live(self) -> None:
        told = False
        while not self._stop.wait(0.02):
            if self._session.link.state != "connected":
                continue
            if not told:
                told = True
                for topic, payload in self.gym.facts():
                    self._session.publish(topic, payload, qos=1, retain=True)
            with self._lock:
                for topic, payload in self.gym.step(monotonic()):
                    self._session.publish(topic, payload, qos=1)


@dataclass
class Hall:
    """The box, its treadmill, and whoever talks to the box."""

    box: Box
    gym: Gym
    kiosk: httpx.AsyncClient
    operator: httpx.AsyncClient
    session_id: str = ""

    async def command(self, command: str, value: float | None = None, **more: Any) -> httpx.Response:
        body = {"command": command, "value": value, "session_id": self.session_id, **more}
        return await self.kiosk.post("/api/v1/devices/run/commands", json=body)

    async def check_in(self) -> None:
        await self.until(lambda: self.speed_kmh is not None)
        answer = await self.kiosk.post("/api/v1/sessions", json={"station_id": "one", "member_id": "m1"})
        assert answer.status_code == 201, answer.text
        self.session_id = answer.json()["id"]

    @property
    def speed_kmh(self) -> float | None:
        return self.box.machines.registry.value("run", "speed_kmh", monotonic())

    def runs(self) -> bool:
        return self.gym.treadmill.controls.running

    async def until(self, condition: Callable[[], object], within_s: float = 30.0) -> None:
        deadline_s = monotonic() + within_s
        while not condition():
            assert monotonic() < deadline_s, "did not come true in time"
            await asyncio.sleep(0.02)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path / "broker", program="mosquitto") as running:
        yield running


@pytest.fixture
async def hall(broker: EmbeddedBroker, tmp_path: Path) -> AsyncIterator[Hall]:
    secret = tmp_path / "password"
    secret.write_text(broker.command.password + "\n")
    config = BoxConfig.model_validate(
        {
            "mqtt": {
                "url": broker.command.url,
                "username": broker.command.username,
                "password_file": str(secret),
            },
            "station": [{"id": "one", "treadmill": "run"}],
            "device": [
                {
                    "id": "run",
                    "profile": "ble-treadmill",
                    "address": ADDRESS,
                    "control": True,
                    "limits": {"speed_kmh": 9.0, "incline_percent": 4.0},
                }
            ],
        }
    )
    command = broker.command
    gym = Gym(BrokerSettings(command.url, command.username, command.password, client_id="bridge"))
    box = Box(config=config, data_dir=tmp_path / "data")
    await box.start()
    gym.start()
    transport = httpx.ASGITransport(box.api)
    tokens = [await box.tokens.create("kiosk", "one"), await box.tokens.create("operator")]
    kiosk, operator = (
        httpx.AsyncClient(
            transport=transport,
            base_url="http://box.lan",
            headers={"Authorization": f"Bearer {each.token}"},
            timeout=10,
        )
        for each in tokens
    )
    try:
        yield Hall(box, gym, kiosk, operator)
    finally:
        await kiosk.aclose()
        await operator.aclose()
        await asyncio.to_thread(gym.stop)
        await box.stop()


def written(gym: Gym) -> list[str]:
    return [m.payload.hex() for m in gym.heard if m.topic.endswith("/2ad9/set")]


async def test_a_treadmill_is_commanded_from_check_in_to_check_out(hall: Hall) -> None:
    await hall.check_in()
    # Rule 9: control is asked for as the session starts.
    await hall.until(lambda: "00" in written(hall.gym))
    # The person presses START at the machine: that is their word, and the belt moves.
    await hall.until(lambda: (hall.speed_kmh or 0) > 4.0)

    moved = await hall.command("set_speed", 6.0)
    assert (moved.status_code, moved.json()["outcome"]) == (200, "done"), moved.text
    assert written(hall.gym)[-1] == "025802"
    await hall.until(lambda: (hall.speed_kmh or 0) > 5.9)

    for value, rule in ((6.05, 4), (20.0, 5)):
        refused = await hall.command("set_speed", value)
        assert (refused.status_code, refused.json()["rule"]) == (409, rule), refused.text
    late = await hall.command("set_speed", 6.1, expires_at="2020-01-01T00:00:00Z")
    assert late.json()["rule"] == 6
    again = await hall.command("set_speed", 6.1, command_id="twice")
    assert again.status_code == 200, again.text
    assert (await hall.command("set_speed", 6.1, command_id="twice")).json()["rule"] == 6

    stopped = await hall.operator.post("/api/v1/devices/run/commands", json={"command": "stop"})
    assert (stopped.status_code, stopped.json()["outcome"]) == (200, "done"), stopped.text
    assert not hall.runs()
    assert (await hall.command("set_speed", 3.0)).json()["rule"] == 7
    assert (await hall.command("start")).json()["rule"] == 7

    assert (await hall.operator.post("/api/v1/stations/one/confirm")).status_code == 403
    assert (await hall.kiosk.post("/api/v1/stations/one/confirm")).status_code == 204
    started = await hall.command("start")
    assert started.status_code == 200, started.text
    assert hall.runs()

    hall.gym.pull_safety_key()
    await hall.until(lambda: hall.box.commands.machines[0].control.facts.hold == "safety_key")
    assert (await hall.kiosk.post("/api/v1/stations/one/confirm")).status_code == 409
    shown = (await hall.kiosk.get("/api/v1/stations/one")).json()["control"]
    assert shown == {"drives": True, "hold": "safety_key", "confirmable": False, "step": None}
    assert (await hall.command("start")).json()["rule"] == 7

    await hall.kiosk.post(f"/api/v1/sessions/{hall.session_id}/end")
    assert not any(message.retain for message in hall.gym.heard), "a command is never retained"
    page = (await hall.operator.get("/api/v1/events", params={"subject": "run", "limit": 1000})).json()
    told = [(e["kind"], e["detail"].get("command"), e["outcome"]) for e in reversed(page["events"])]
    assert told[0] == ("control", None, "enabled")
    assert ("command", "stop", "done") in told
    assert ("machine", None, "safety_key") in told
    commands = [e for e in page["events"] if e["kind"] == "command"]
    assert {e["actor"].split()[0] for e in commands} == {"kiosk", "operator"}
    assert [e["detail"]["rule"] for e in reversed(commands) if e["outcome"] == "refused"] == [
        4,
        5,
        6,
        6,
        7,
        7,
        7,
    ]


async def test_a_session_that_ends_gives_control_back(hall: Hall) -> None:
    await hall.check_in()
    await hall.until(lambda: hall.gym.treadmill.controls.permitted)
    await hall.kiosk.post(f"/api/v1/sessions/{hall.session_id}/end")
    await hall.until(
        lambda: f"{PREFIX}/simulated/ble/{ADDRESS}/link/set" in [m.topic for m in hall.gym.heard]
    )
    await hall.until(lambda: not hall.gym.treadmill.controls.permitted)
    assert (await hall.command("set_speed", 3.0)).json()["rule"] == 6
