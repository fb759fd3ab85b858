"""A whole box and the real cloud over TLS: what arrives, what never does, and what the box tells of it."""

import asyncio
import gc
import json
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard
from sqlalchemy import select

from gateway.api import ApiSettings
from gateway.app import Box
from gateway.config.model import BoxConfig
from sync.cloud.app import Cloud
from sync.cloud.database.tables import RawObject
from sync.cloud.lake import parquet
from sync.cloud.server import CloudServer
from sync.cloud.settings import load
from sync.upload import uploader
from sync.upload.answer import Reply
from sync.upload.transport import HttpsCloud
from tests.authority import Authority
from tests.waiting import PATIENCE_S, until

ADA = {"display_name": "Ada Lovelace-Marker", "birth_year": 1990, "goal": "endurance"}
WELLBEING = {"sleep_efficiency": 0.5137, "stress_index": 9.137, "hrv_ms": 21.137}
MARKERS = ("0.5137", "9.137", "21.137", "Lovelace", "ada", "note-marker")


@dataclass
class Service:
    """The cloud, its authority, and where it is."""

    cloud: Cloud
    authority: Authority
    token: Path
    port: int

    def identity(self, **changes: Any) -> dict[str, Any]:
        address = {"url": f"https://127.0.0.1:{self.port}", "ca": str(self.authority.certificate)}
        return {**address, "token_file": str(self.token), **changes}

    def bodies(self) -> list[dict[str, Any]]:
        with self.cloud.database.read() as session:
            names = session.scalars(
                select(RawObject.name).where(RawObject.state == "landed").order_by(RawObject.id)
            ).all()
        rows = [row for name in names for row in parquet.read(self.cloud.objects.get(name))]
        return [{"kind": row.kind, "member": row.member, **json.loads(row.body)} for row in rows]


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Service]:
    authority = Authority(folder / "ca")
    cert, key = authority.issue("cloud")
    names = {"CERT": cert, "KEY": key, "CLIENT_CA": authority.certificate}
    environ = {f"GYMBOX_CLOUD_SERVICE__{name}": str(path) for name, path in names.items()}
    settings = load(None, folder=folder, environ=environ)
    cloud = Cloud(settings)
    cloud.start()
    token = folder / "token"
    token.write_text(cloud.gateways.add("gymbox", gym_id="gym", tenant_id="tenant"))
    server = CloudServer(cloud.api, cloud.tls)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serve = asyncio.to_thread(lambda: asyncio.run(server.serve(sockets=[listening])))
        task = asyncio.create_task(serve)
        try:
            yield Service(cloud, authority, token, listening.getsockname()[1])
        finally:
            server.should_exit = server.force_exit = True
            await task
            cloud.stop()


@asynccontextmanager
async def running(folder: Path, cloud: dict[str, Any]) -> AsyncIterator[tuple[Box, httpx.AsyncClient]]:
    config = {
        "mqtt": {"url": "mqtt://127.0.0.1:9"},
        "gym": {"plans_hour": 23},
        "station": [{"id": "mat"}],
        "cloud": cloud,
    }
    box = Box(
        config=BoxConfig.model_validate(config),
        data_dir=folder,
        settings=ApiSettings(loopback_operator=True),
    )
    await box.start()
    transport = httpx.ASGITransport(box.api, client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1") as client:
        try:
            yield box, client
        finally:
            began_s = time.monotonic()
            await box.stop()
            assert time.monotonic() - began_s < 20


async def train(client: httpx.AsyncClient) -> None:
    session = (await client.post("/sessions", json={"station_id": "mat", "member_id": "ada"})).json()
    assert (await client.post(f"/sessions/{session['id']}/end", json={"rpe": 6})).status_code == 200


async def drained(client: httpx.AsyncClient) -> dict[str, Any]:
    """What the box says of its sync when nothing waits any more."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            report: dict[str, Any] = (await client.get("/sync")).json()
            if report["outbox_depth"] == 0:
                return report
            await asyncio.sleep(0.05)


async def test_what_a_member_does_arrives_and_who_they_are_and_how_they_slept_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_the_wire: list[str] = []
    post = HttpsCloud.post

    async def watched(self: HttpsCloud, packed: bytes) -> Reply:
        on_the_wire.append(zstandard.ZstdDecompressor().decompress(packed).decode())
        return await post(self, packed)

    monkeypatch.setattr(HttpsCloud, "post", watched)
    monkeypatch.setattr(uploader, "IDLE_S", 0.2)
    async with (
        serving(tmp_path / "cloud") as service,
        running(tmp_path / "box", service.identity(upload="all")) as (box, client),
    ):
        await client.put("/members/ada", json=ADA)
        today = box.planner._days.today().isoformat()
        assert (await client.put(f"/members/ada/wellbeing/{today}", json=WELLBEING)).status_code == 200
        plan = (await client.get("/members/ada/plan")).json()
        feedback = {"accepted": True, "note": "note-marker"}
        assert (await client.post(f"/plans/{plan['id']}/feedback", json=feedback)).status_code < 300
        await train(client)
        await until(lambda: {"session", "plan"} <= {each["kind"] for each in service.bodies()})
        report = await drained(client)
        assert (report["state"], report["reason"]) == ("ok", "")
        assert report["last_success_at"]
        assert abs(report["clock_ahead_s"]) < 5
        part = box.health.get("cloud")
        assert part is not None
        assert part.state == "ok"
        assert (await client.delete("/members/ada")).status_code == 204
        await until(lambda: "erase" in "".join(on_the_wire))
        bodies = service.bodies()
    session = next(each for each in bodies if each["kind"] == "session")
    assert re.fullmatch("p1-[0-9a-f]{64}", session["member"])
    assert session["plan"]["id"] == plan["id"]
    assert len(on_the_wire) >= 2
    for sent in on_the_wire:
        assert [marker for marker in MARKERS if f'"{marker}' in sent or marker in sent.split('"')] == []
        assert re.findall("sleep|stress|hrv|Lovelace|note-marker|0.5137|9.137", sent, re.IGNORECASE) == []


async def test_a_box_with_a_certificate_needs_no_token(tmp_path: Path) -> None:
    async with serving(tmp_path / "cloud") as service:
        cert, key = service.authority.issue("gymbox")
        identity = service.identity(cert=str(cert), key=str(key))
        del identity["token_file"]
        async with running(tmp_path / "box", identity) as (_box, client):
            await train(client)
            await until(service.bodies)


async def test_a_stranger_is_told_so_and_loses_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path / "cloud") as service:
        good = service.token.read_text()
        service.token.write_text("ggt_" + "0" * 40)
        async with running(tmp_path / "box", service.identity()) as (box, client):
            await train(client)
            await until(lambda: box.cloud.state.problem == "credentials")
            report = (await client.get("/sync")).json()
            assert (report["state"], report["outbox_depth"]) == ("degraded", 1)
            assert "token_file" in report["reason"]
        service.token.write_text(good)
        async with running(tmp_path / "box", service.identity()):
            await until(service.bodies)


# httpcore leaves the socket of a handshake that is given up to the garbage collector, which complains.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_cloud_that_hangs_holds_up_neither_members_nor_the_end(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cloud = {
            "url": f"https://127.0.0.1:{silent.getsockname()[1]}",
            "ca": str(authority.certificate),
        }
        async with running(tmp_path / "box", cloud) as (_box, client):
            await train(client)
            assert (await client.get("/sync")).json()["outbox_depth"] == 1
    gc.collect()
