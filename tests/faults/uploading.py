"""A box and a cloud as processes that a test may kill, forked from one that has imported everything."""

import asyncio
import multiprocessing
import os
import random
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlite_utils import Database

from gateway.cloud.sync import CloudSync
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync import outbox
from sync.cloud.app import Cloud
from sync.cloud.server import CloudServer
from sync.cloud.settings import CloudSettings, load
from sync.pseudonym import Pseudonymiser
from sync.record import Record, new_record, stamp
from tests.authority import Authority

MEMBERS = tuple(Pseudonymiser(bytes(32))(f"member-{number}") for number in range(4))
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


@dataclass
class Gym:
    """A folder with a box in it, a folder with a cloud in it, and the processes that live there now."""

    folder: Path
    port: int = field(init=False)
    processes: dict[str, BaseProcess] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = listening.getsockname()[1]
        authority = Authority(self.folder / "ca")
        self.certificate, self.key = authority.issue("cloud")
        self.ca = authority.certificate
        for name in ("box", "cloud"):
            (self.folder / name).mkdir()
        cloud = Cloud(self.settings)
        cloud.start()
        token = cloud.gateways.add("box-1", gym_id="gym-1", tenant_id="tenant-1")
        cloud.stop()
        (self.folder / "token").write_text(token)

    @property
    def settings(self) -> CloudSettings:
        environ = {
            "GYMBOX_CLOUD_SERVICE__CERT": str(self.certificate),
            "GYMBOX_CLOUD_SERVICE__KEY": str(self.key),
        }
        return load(None, folder=self.folder / "cloud", environ=environ)

    @property
    def config(self) -> BoxConfig:
        cloud = {
            "url": f"https://127.0.0.1:{self.port}",
            "upload": "all",
            "ca": str(self.ca),
            "token_file": str(self.folder / "token"),
        }
        return BoxConfig.model_validate({"cloud": cloud})

    def start_cloud(self) -> None:
        """Returns when it takes connections."""
        self._start("cloud", partial(run_cloud, self.settings, self.port))
        self.until(self._listens)

    def start_box(self, *, seed: int, records: int) -> None:
        self._start("box", partial(run_box, self.config, self.folder / "box", seed, records))

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.kill(process.pid or 0, signal.SIGKILL)
        process.join(10)

    def until(self, true: Callable[[], object], *, within_s: float = 60.0) -> None:
        deadline_s = time.monotonic() + within_s
        while not true():
            assert time.monotonic() < deadline_s, "it does not come to that"
            time.sleep(0.02)

    def said(self, what: str) -> list[tuple[str, str]]:
        """(member, record) as the box noted them; a line that the kill has torn does not count."""
        path = self.folder / "box" / what
        if not path.exists():
            return []
        lines = path.read_text().split("\n")[:-1]
        return [(member, record) for member, _, record in (line.partition(" ") for line in lines) if record]

    def _start(self, name: str, target: Callable[[], None]) -> None:
        process = _FORKS.Process(target=target, name=name, daemon=True)
        process.start()
        self.processes[name] = process

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


def run_cloud(settings: CloudSettings, port: int) -> None:
    """One process of the real service."""
    cloud = Cloud(settings)
    cloud.start()
    listening = socket.create_server(("127.0.0.1", port))
    asyncio.run(CloudServer(cloud.api, cloud.tls).serve(sockets=[listening]))


def run_box(config: BoxConfig, folder: Path, seed: int, records: int) -> None:
    """Store and upload of a box; makes that many records, then ends when none waits any more."""
    asyncio.run(_record(config, folder, random.Random(seed), records))  # noqa: S311 - nothing is a secret here


async def _record(config: BoxConfig, folder: Path, chance: random.Random, records: int) -> None:
    store = Store(path=store_path(folder), migrations=MIGRATIONS)
    assert store.start().level == "ok"
    cloud = CloudSync(config=config, store=store, health=Health(), events=EventLog(store=store))
    cloud.start()
    with (folder / "made").open("a") as made, (folder / "kept").open("a") as kept:
        for number in range(records):
            record = _session(chance, number)
            made.write(f"{record.member} {record.id}\n")
            made.flush()
            await store.write(partial(_append, record=record))
            kept.write(f"{record.member} {record.id}\n")
            kept.flush()
            cloud._thread.wake()
            await asyncio.sleep(chance.random() * 0.01)
    while await store.read(lambda db: outbox.depth(db.conn)):
        cloud._thread.wake()
        await asyncio.sleep(0.02)
    cloud.stop()
    store.stop()


def _append(db: Database, record: Record) -> None:
    outbox.append(db.conn, record)


def _session(chance: random.Random, number: int) -> Record:
    body = {"id": str(number), "station_id": "mat", "pad": "x" * chance.randrange(3000)}
    record = new_record("session", body, member=chance.choice(MEMBERS))
    record.body["started_at"] = stamp(record.created_at)  # type: ignore[index]  # a dict that is ours
    return record
