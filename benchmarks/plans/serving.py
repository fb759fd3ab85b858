"""Triton's client at a running box, and at a bare FastAPI application that answers without a model.

One request after the other; then as many as several clients at once can get answered.
"""

from __future__ import annotations

import asyncio
import select
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.plans.timing import HEADING, Timing, row, timing
from recommender.features import FEATURES

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = Path(__file__).with_name("server.py")
WAIT_S = 60.0
LARGE = 64
CLIENTS = 8
WARM_UP = 20
BOX, BARE = "this box", "bare FastAPI"


class NoClientError(RuntimeError):
    """The package tritonclient is not here, or a server does not come up; the text says which."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of both servers.

    Attributes:
        round_trips: by server and size of the batch.
        per_s: requests answered in a second to several clients at once, by server.
    """

    round_trips: dict[str, Timing]
    per_s: dict[str, float]

    @property
    def times_bare(self) -> float:
        """Our round trip by the peer's, one row."""
        return self.round_trips[f"{BOX}, 1 row"].median_ms / self.round_trips[f"{BARE}, 1 row"].median_ms


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and how to ask it."""

    place: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """A new dictionary each time: the client writes into the one that it is given."""
        return {"Authorization": f"Bearer {self.token}"}


def measure(requests: int) -> Figures:
    """Ask both servers.

    Raises:
        NoClientError: the client is not here, or a server does not come up.
    """
    try:
        import tritonclient.http.aio as triton  # noqa: PLC0415 - only this part of the benchmark needs it
    except ImportError as error:
        raise NoClientError(f"no Triton client: pip install 'tritonclient[http]' ({error})") from error
    trips: dict[str, Timing] = {}
    per_s: dict[str, float] = {}
    with _started("box") as box, _started("bare") as bare:
        for name, address in ((BOX, box), (BARE, bare)):
            for rows in (1, LARGE):
                inputs = _inputs(triton, rows)
                durations_s = asyncio.run(_ask(triton, address, inputs, requests))
                trips[f"{name}, {rows} row{'s' * (rows > 1)}"] = timing(durations_s)
            per_s[name] = asyncio.run(_rate(triton, address, requests))
    return Figures(trips, per_s)


async def _ask(triton: Any, address: Address, inputs: list[Any], requests: int) -> list[float]:
    """Ask one after the other; how long each took, in seconds."""
    durations_s = []
    async with triton.InferenceServerClient(address.place) as client:
        for _ in range(WARM_UP + requests):
            begun_s = time.perf_counter()
            await client.infer("intensity", inputs, headers=address.headers)
            durations_s.append(time.perf_counter() - begun_s)
    return durations_s[WARM_UP:]


async def _rate(triton: Any, address: Address, requests: int) -> float:
    """Ask from several clients at once; requests answered in a second."""
    inputs = _inputs(triton, 1)
    begun_s = time.perf_counter()
    asked = [_ask(triton, address, inputs, requests // CLIENTS + 1) for _ in range(CLIENTS)]
    await asyncio.gather(*asked)
    return CLIENTS * (WARM_UP + requests // CLIENTS + 1) / (time.perf_counter() - begun_s)


def _inputs(triton: Any, rows: int) -> list[Any]:
    usual = np.array([[feature.usual for feature in FEATURES]] * rows, np.float32)
    made = []
    for name, tensor in (("features", usual), ("imputed", np.zeros_like(usual))):
        made.append(triton.InferInput(name, list(tensor.shape), "FP32"))
        made[-1].set_data_from_numpy(tensor)
    return made


@contextmanager
def _started(kind: str) -> Iterator[Address]:
    command = [sys.executable, str(SERVER), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            if server.stdout is None or not select.select([server.stdout], [], [], WAIT_S)[0]:
                raise NoClientError(f"the server ({kind}) does not come up within {WAIT_S:.0f} s")
            said = server.stdout.readline().split()
            if len(said) != 2:
                raise NoClientError(f"the server ({kind}) ended")
            yield Address(f"127.0.0.1:{said[0]}", said[1])
        finally:
            server.terminate()


def table(figures: Figures) -> Iterator[str]:
    """For people."""
    yield f"{'round trip of one client':44}{HEADING[44:]}"
    for name, each in figures.round_trips.items():
        yield row(name, each)
    for name, per_s in figures.per_s.items():
        yield f"{name}: {per_s:.0f} requests a second to {CLIENTS} clients at once"
    yield f"one row takes {figures.times_bare:.2f} times as long as from a bare application"
