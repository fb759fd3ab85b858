"""A whole box and the real cloud: a desired configuration comes about while people train, or goes back."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.api import ApiSettings
from gateway.app import Box
from gateway.config.file import data_dir, load
from gateway.reconfiguration.start import open_layers
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tokens import Tokens
from sync.cloud.shadows.desk import Twins
from tests.integration.test_cloud_sync import Service, serving

TOML = """
[box]
id = "gymbox"
[http]
port = {port}
console = false
[mqtt]
url = "embedded"
[gym]
plans_hour = 23
[[station]]
id = "mat"
[[station]]
id = "floor"
[cloud]
url = "{url}"
ca = "{ca}"
token_file = "{token_file}"
upload = "nothing"
confirm_s = 6
"""


async def until(reached: Callable[[], object], *, within_s: float = 30.0) -> None:
    async with asyncio.timeout(within_s):
        while not await asyncio.to_thread(reached):  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.05)


def written(folder: Path, service: Service) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "gymbox.toml"
    file.write_text(TOML.format(**service.identity(), port=free_port()), encoding="utf-8")
    return file


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@asynccontextmanager
async def box_of(file: Path) -> AsyncIterator[tuple[Box, httpx.AsyncClient]]:
    folder = data_dir(load(file, environ={}), option=file.parent / "data")
    opened = open_layers(file, data_dir=folder, environ={})
    box = Box(
        config=opened.config,
        opened=opened,
        data_dir=folder,
        settings=ApiSettings(loopback_operator=True),
    )
    await box.start()
    transport = httpx.ASGITransport(box.api, client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1") as client:
        try:
            yield box, client
        finally:
            await box.stop()


class Operator:
    """Who desires something of the box, and sees what it says."""

    def __init__(self, service: Service) -> None:
        self._twins = Twins(service.cloud.database)

    async def configure(self, whose: Box | None, /, **values: Any) -> None:
        await asyncio.to_thread(self._twins.configure, "gymbox", values, by="operator ana")
        if whose is not None:
            whose.link.wake()

    def said(self) -> dict[str, Any]:
        documents = self._twins.documents("gymbox")
        said: Any = documents["config"].shadow.reported.get("box", {}) if "config" in documents else {}
        return dict(said)

    def is_told(self, state: str, version: str) -> Callable[[], bool]:
        return lambda: (self.said().get("state"), self.said().get("version")) == (state, version)


async def test_what_is_desired_holds_when_it_proves_itself_and_goes_back_when_it_does_not(
    tmp_path: Path,
) -> None:
    async with (
        serving(tmp_path / "cloud") as service,
        box_of(written(tmp_path / "box", service)) as (box, api),
    ):
        operator = Operator(service)
        await until(lambda: (part := box.health.get("mqtt")) is not None and part.state == "ok")
        session = (await api.post("/sessions", json={"station_id": "floor", "member_id": "ada"})).json()
        running = box.sessions.active_at("floor")

        await operator.configure(
            box, station={"mat": {"name": "Blue mat"}, "door": {}}, box={"language": "de"}
        )
        await until(operator.is_told("active", "1"))
        assert list(box.stations) == ["mat", "floor", "door"]
        assert (await api.get("/stations")).json()["stations"][0]["name"] == "Blue mat"
        origins = (await api.get("/config")).json()["origins"]
        assert origins["/station/mat/name"] == "cloud"
        assert origins["/mqtt/url"] == "file"
        refused = await api.patch("/config", json={"box": {"language": "fr"}})
        assert (refused.status_code, refused.json()["problems"][0]["pointer"]) == (409, "/box/language")

        await operator.configure(box, vision={"pose": "telescope"})
        await until(operator.is_told("failed", "2"))
        assert "must be one of 'blazepose' or 'movenet'" in operator.said()["reason"]
        await operator.configure(box, vision=None)
        await until(operator.is_told("active", "3"))

        await operator.configure(box, mqtt={"url": "mqtt://127.0.0.1:9"})
        await until(operator.is_told("rolled_back", "4"))
        assert "mqtt: no broker" in operator.said()["reason"]
        assert (box.config.mqtt.url, box.config.box.language) == ("embedded", "de")
        await until(lambda: (part := box.health.get("mqtt")) is not None and part.state == "ok")

        await operator.configure(box, mqtt=None, cloud={"url": "https://127.0.0.1:9"})
        await until(operator.is_told("rolled_back", "5"))
        assert "the cloud was not reached" in operator.said()["reason"]
        assert box.config.cloud.url == service.identity()["url"]

        assert box.sessions.active_at("floor") is running, "it noticed nothing of all this"
        assert (await api.post(f"/sessions/{session['id']}/end", json={})).status_code == 200
        told = (await api.get("/events", params={"kind": "config"})).json()["events"]
        assert [each["outcome"] for each in reversed(told)] == [
            *("installing", "active", "failed"),
            *("installing", "rolled_back"),
            *("installing", "rolled_back"),
        ]


@asynccontextmanager
async def process_of(file: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The box as its own process, killed without a word at the end."""
    command = [sys.executable, "-m", "gateway.cli", "run", "--config", str(file)]
    process = await asyncio.create_subprocess_exec(
        *command,
        *("--data-dir", str(file.parent / "data"), "--log-level", "error"),
        env={**os.environ, "NO_COLOR": "1"},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


@pytest.mark.slow
async def test_a_box_that_is_killed_in_mid_trial_goes_back_by_itself_and_the_session_goes_on(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path / "cloud") as service:
        file = written(tmp_path / "box", service)
        operator, port = Operator(service), load(file, environ={}).http.port
        await operator.configure(None, mqtt={"url": "mqtt://127.0.0.1:9"}, gym={"plans_hour": 5})
        headers = {"Authorization": f"Bearer {await operator_token(file.parent / 'data')}"}
        address = f"http://127.0.0.1:{port}/api/v1"
        async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False) as api:
            async with process_of(file):
                await until(operator.is_told("installing", "1"), within_s=60)
                begun = await api.post("/sessions", json={"station_id": "floor", "member_id": "ada"})
                session = begun.json()
            async with process_of(file):
                await until(operator.is_told("rolled_back", "1"), within_s=60)
                assert "mqtt: no broker" in operator.said()["reason"]
                found = (await api.get("/config")).json()
                assert (found["values"]["mqtt"]["url"], found["cloud"]) == ("embedded", {})
                assert found["values"]["gym"]["plans_hour"] == 23
                assert (await api.get(f"/sessions/{session['id']}")).json()["ended_at"] is None


async def operator_token(folder: Path) -> str:
    store = Store(path=store_path(folder), migrations=MIGRATIONS)
    store.start()
    try:
        return (await Tokens(store=store).create("operator")).token
    finally:
        await asyncio.to_thread(store.stop)
