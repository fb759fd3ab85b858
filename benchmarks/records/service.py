"""A service in a process of its own, and what boxes send to it."""

from __future__ import annotations

import random
import select
import subprocess
import sys
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import httpx

from sync.pseudonym import Pseudonymiser
from sync.record import Record, new_record, stamp
from sync.upload.batch import pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SERVE: Final = Path(__file__).with_name("serve.py")
START_S: Final = 120.0
STOP_S: Final = 30.0
ANSWER_S: Final = 60.0
HEADERS: Final = {"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"}

Kind = Literal["cloud", "bare"]


class ServiceFailedError(RuntimeError):
    """The service did not come up."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service that runs, and the tokens of the boxes that it knows."""

    url: str
    tokens: Sequence[str]
    pid: int


@contextmanager
def running(kind: Kind, boxes: int) -> Iterator[Service]:
    """Start it with an empty database.

    Raises:
        ServiceFailedError: it does not come up within two minutes.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(SERVE), kind, folder, str(boxes)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                port = _port(process)
                tokens = Path(folder, "tokens").read_text().split("\n")
                yield Service(f"http://127.0.0.1:{port}", tokens, process.pid)
            finally:
                process.terminate()
                try:
                    process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()


def _port(process: subprocess.Popen[str]) -> str:
    said = process.stdout
    port = said.readline().strip() if said and select.select([said], [], [], START_S)[0] else ""
    if not port:
        process.kill()
        raise ServiceFailedError(f"the service did not start: {process.communicate(timeout=10)[1]}")
    return port


def client(service: Service, box: int) -> httpx.AsyncClient:
    """One box's connection."""
    return httpx.AsyncClient(
        base_url=service.url,
        headers={**HEADERS, "Authorization": f"Bearer {service.tokens[box]}"},
        timeout=ANSWER_S,
        limits=httpx.Limits(max_connections=1),
    )


def sessions(count: int, *, box: int = 0) -> list[Record]:
    """So many new sessions of one box, of forty members: a run, and a set of push-ups."""
    chance = random.Random(box)  # noqa: S311 - how somebody trained is no secret here
    return [_session(box, chance) for _ in range(count)]


def body(records: Sequence[Record]) -> bytes:
    """What a request sends."""
    return pack([each.to_json() for each in records])


def _session(box: int, chance: random.Random) -> Record:
    now = datetime.now(UTC)
    member = Pseudonymiser(bytes(32))(f"{box}-{chance.randrange(40)}")
    reps = [_rep(number, chance) for number in range(1, chance.randrange(6, 16))]
    exercise_set = {
        "exercise": "pushup",
        "started_at": stamp(now),
        "ended_at": stamp(now),
        "reps": len(reps),
        "partials": 0,
        "mean_tempo_s": round(chance.uniform(1.5, 3), 2),
        "verdicts": {"good": len(reps)},
        "reps_detail": reps,
    }
    said = {
        "id": str(uuid.UUID(int=chance.getrandbits(128))),
        "station_id": f"rack-{chance.randrange(12)}",
        "exercise": "pushup",
        "started_at": stamp(now),
        "ended_at": stamp(now),
        "rpe": chance.randrange(3, 9),
        "sets": [exercise_set],
        "heart_rate": {"mean_bpm": round(chance.uniform(95, 150), 1), "max_bpm": 166.0, "samples": 900},
        "treadmill": {
            "distance_m": round(chance.uniform(500, 6000), 1),
            "mean_speed_kmh": round(chance.uniform(5, 12), 2),
            "max_speed_kmh": 13.0,
            "duration_s": 900.0,
        },
    }
    return new_record("session", said, member=member, created_at=now)


def _rep(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "number": number,
        "at_s": round(2.2 * number + chance.random(), 2),
        "tempo_s": round(chance.uniform(1.5, 3), 2),
        "depth": round(chance.uniform(0.8, 1), 2),
        "partial": False,
        "verdict": "good",
        "range_of_motion": round(chance.uniform(0.8, 1), 2),
        "eccentric_s": round(chance.uniform(0.7, 2), 2),
        "concentric_s": round(chance.uniform(0.7, 2), 2),
    }
