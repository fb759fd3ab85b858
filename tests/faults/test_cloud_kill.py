"""`kill -9` of the cloud while boxes send and members are erased."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard
from sqlalchemy import func, make_url, select

from sync.cloud.database.database import Database
from sync.cloud.database.tables import Erasure, LandedRecord, RawObject
from sync.cloud.database.upgrade import upgrade
from sync.cloud.gateways import Gateways
from sync.cloud.lake import parquet
from sync.cloud.lake.objects import ObjectStore
from sync.pseudonym import Pseudonymiser
from sync.record import Record, new_record

KILLS = int(os.environ.get("GYMBOX_KILLS", "1"))  # each start of the service takes seconds
# The service without the command line, which loads all of the box.
PROGRAM = """
import asyncio, socket, sys
from pathlib import Path
from sync.cloud.app import Cloud
from sync.cloud.server import CloudServer
from sync.cloud.settings import load
settings = load(Path(sys.argv[1]), folder=Path("/"))
cloud = Cloud(settings)
cloud.start()
listening = socket.create_server(("127.0.0.1", settings.service.port))
asyncio.run(CloudServer(cloud.api, cloud.tls).serve(sockets=[listening]))
"""
BODY = {"id": "s", "station_id": "rack", "started_at": "2026-01-02T10:00:00Z"}
PSEUDONYM = Pseudonymiser(bytes(32))


class Sender(threading.Thread):
    """A box that sends what it has until it is acknowledged, whatever happens to the cloud."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(name="box", daemon=True)
        self._url = url
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "zstd",
        }
        self.waiting: dict[str, str] = {}
        self.acknowledged: list[str] = []
        self.stopped = threading.Event()

    def add(self, records: list[Record]) -> None:
        self.waiting.update({record.id: record.to_json() for record in records})

    def run(self) -> None:
        with httpx.Client(timeout=10) as client:
            while not self.stopped.is_set():
                batch = list(self.waiting.values())[:7]
                if not batch:
                    time.sleep(0.01)
                    continue
                body = zstandard.ZstdCompressor().compress("\n".join(batch).encode())
                try:
                    answer = client.post(self._url, content=body, headers=self._headers)
                    taken = answer.raise_for_status().json()["acknowledged"]
                except httpx.HTTPError:
                    time.sleep(0.05)
                    continue
                for identifier in taken:
                    del self.waiting[identifier]
                    self.acknowledged.append(identifier)


@pytest.mark.slow
def test_what_is_acknowledged_arrives_once(
    tmp_path: Path, gymbox: Callable[..., Any], free_port: int
) -> None:
    database = Database(make_url(f"sqlite:///{tmp_path / 'cloud.sqlite'}"))
    upgrade(database)
    token = Gateways(database).add("box", gym_id="gym", tenant_id="tenant")
    (tmp_path / "cloud.toml").write_text(f"[service]\nport = {free_port}\n")
    box = Sender(f"http://127.0.0.1:{free_port}/api/v1/records", token)
    others: list[Record] = []
    annas: list[Record] = []
    box.start()
    try:
        for _ in range(KILLS):
            here, gone = a_while()
            others += here
            annas += gone
            box.add([each for pair in zip_longest(gone, here) for each in pair if each is not None])
            kill_at_work([sys.executable, "-c", PROGRAM, str(tmp_path / "cloud.toml")], box)
        cloud = gymbox("cloud", "run", "--config", str(tmp_path / "cloud.toml"), port=free_port)
        # Each kill leaves a few hundred records, a quarter of them to be erased.
        cloud.until("/readyz", lambda _: not box.waiting and erased(database), within_s=60 + 3 * KILLS)
        assert cloud.end() == 0
    finally:
        box.stopped.set()
        box.join(20)
    assert sorted(box.acknowledged) == sorted(record.id for record in [*others, *annas])
    assert sorted(landed(database, tmp_path)) == sorted(record.id for record in others)
    database.close()


def a_while() -> tuple[list[Record], list[Record]]:
    """More than a box can send before the next kill: what is to stay, and what its member has erased then."""
    others = [new_record("health", {"free_mb": number}) for number in range(120)]
    annas = [new_record("session", BODY, member=PSEUDONYM("anna")) for _ in range(40)]
    return others, [*annas, new_record("erase", {}, member=PSEUDONYM("anna"))]


def kill_at_work(command: list[str], box: Sender) -> None:
    """Start a service, and kill it when it has acknowledged something."""
    before = len(box.acknowledged)
    process = subprocess.Popen(command)
    try:
        deadline_s = time.monotonic() + 60
        while len(box.acknowledged) == before and time.monotonic() < deadline_s:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(random.uniform(0, 0.2))  # noqa: S311 - any moment will do
    finally:
        process.kill()
        process.wait(10)
    assert len(box.acknowledged) > before


def erased(database: Database) -> bool:
    """Nobody sees them any more; what the killed one was writing keeps it from being done for a while."""
    with database.read() as session:
        left = select(func.count()).where(LandedRecord.member.is_not(None))
        return session.scalar(left) == 0 and session.scalars(select(Erasure.id)).first() is not None


def landed(database: Database, folder: Path) -> list[str]:
    objects = ObjectStore((folder / "objects").as_uri())
    with database.read() as session:
        names = session.scalars(select(RawObject.name).where(RawObject.state == "landed")).all()
        counted = session.scalars(select(LandedRecord.id)).all()
    rows = [row.id for name in names for row in parquet.read(objects.get(name))]
    assert sorted(rows) == sorted(counted)
    return rows
