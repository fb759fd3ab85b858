"""Batches, erasures and kills in any order: then everything is there once, and nobody who was erased."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from sync.cloud import landing
from sync.cloud.database.database import Database
from sync.cloud.gateways import Identity
from sync.cloud.lake import parquet
from sync.cloud.lake.objects import ObjectStore

from .cloud_parts import NOON, CloudParts, Records

MEMBERS = ("anna", "ben")
RECORDS = Records()
# One pool for all examples: records of two members, made hour by hour, and their erasures between.
POOL = [RECORDS.session(MEMBERS[hour % 2], at=NOON + timedelta(hours=hour)) for hour in range(8)]
ERASURES = [RECORDS.erase(MEMBERS[hour % 2], at=NOON + timedelta(hours=hour)) for hour in (2, 5)]
EVERYTHING = POOL + ERASURES


class Killed(BaseException):
    """The process ends here: nothing that would clean up runs."""


class Dying:
    """Stands before a part of the service, and kills it at the call that it is told."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.calls_left: int | None = None

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._inner, name)
        if name not in {"put_new", "get", "delete", "write"}:
            return real

        def call(*arguments: Any) -> Any:
            if self.calls_left is not None:
                self.calls_left -= 1
                if self.calls_left < 0:
                    raise Killed
            return real(*arguments)

        return call


class Service:
    """The service of two gyms, and what was acknowledged to each."""

    def __init__(self, folder: Path) -> None:
        self.database = Dying(Database(make_url(f"sqlite:///{folder / 'cloud.sqlite'}")))
        self.objects = Dying(ObjectStore((folder / "objects").as_uri()))
        self.parts = CloudParts(self.database, self.objects)  # type: ignore[arg-type]
        self.parts.clock.advance(days=1)
        self.boxes = [self.parts.gateway(f"box-{name}", f"gym-{name}") for name in "ab"]
        self.sent: dict[str, set[str]] = {box.gym_id: set() for box in self.boxes}
        self.acknowledged: dict[str, set[str]] = {box.gym_id: set() for box in self.boxes}

    def do(self, step: tuple[str, int, list[int], int | None]) -> None:
        """Send some of the pool from a box, or erase; the process is killed at a call, if at all."""
        what, which, chosen, dies_at = step
        for part in (self.database, self.objects):
            part.calls_left = dies_at
        try:
            if what == "send":
                box = self.boxes[which]
                records = [EVERYTHING[number] for number in chosen]
                self.sent[box.gym_id].update(record.id for record in records)
                answer = self.parts.send(box, *records)
                self.acknowledged[box.gym_id].update(answer.acknowledged)
            else:
                self.parts.eraser.work()
        except Killed:
            pass
        for part in (self.database, self.objects):
            part.calls_left = None

    def settle(self) -> None:
        """As the service does by itself, when nobody kills it."""
        self.parts.clock.advance(hours=1)
        landing.sweep(self.parts.database, self.parts.objects, now=self.parts.clock.now)
        assert self.parts.eraser.work() == 0

    def promised(self, box: Identity) -> set[str]:
        """What was acknowledged, but for those of a member whose erasure was sent."""
        sent, known = self.sent[box.gym_id], self.acknowledged[box.gym_id]
        until = {each.member: each.created_at for each in ERASURES if each.id in sent}
        return {
            each.id
            for each in POOL
            if each.id in known and not (each.member in until and each.created_at <= until[each.member])
        }

    def landed(self, box: Identity) -> list[str]:
        return [row.id for row in self.parts.landed(box.gym_id)]


steps = st.tuples(
    st.sampled_from(["send", "send", "send", "erase"]),
    st.integers(0, 1),
    st.lists(st.integers(0, len(EVERYTHING) - 1), max_size=6),
    st.none() | st.integers(0, 4),
)


@settings(max_examples=10)
@given(history=st.lists(steps, max_size=8))
def test_every_history(sqlite_template: Path, history: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copyfile(sqlite_template, folder / "cloud.sqlite")
        service = Service(folder)
        for step in history:
            service.do(step)
        service.settle()
        for box in service.boxes:
            assert service.promised(box) <= set(service.landed(box)) <= service.sent[box.gym_id]
        for which, box in enumerate(service.boxes):  # now all of it, nobody kills any more
            service.do(("send", which, list(range(len(EVERYTHING))), None))
            service.settle()
            assert sorted(service.landed(box)) == sorted(service.promised(box))
        stored = [
            row
            for path in (folder / "objects").rglob("*.parquet*")
            for row in parquet.read(path.read_bytes())
        ]
        assert len(stored) == sum(len(service.landed(box)) for box in service.boxes)
        service.parts.close()
        service.parts.database.close()
