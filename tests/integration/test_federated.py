"""Gyms that upload nothing make the model better: real boxes' stores, the service's real API, real rounds.

Few gyms, so little noise: what many do with the noise that they are promised is in
tests/unit/recommender/federated/test_together.py.
"""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
import numpy as np
import pytest
from sqlalchemy import make_url
from sqlite_utils import Database as SqliteUtils

from gateway.clock import Clock, LocalDays
from gateway.events.log import EventLog
from gateway.federated.participant import Participant
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from recommender.features import FEATURE_NAMES, feature_vector
from recommender.federated.fit import FitConfig, fit
from recommender.federated.network import FoldedIntensity, forward, from_arrays
from recommender.federated.sessions import of_sessions
from recommender.federated.update import moved
from recommender.simulation.members import FIRST_DAY, simulate
from recommender.training.examples import intensity_examples, intensity_scales
from sync.cloud.api.create import create_api
from sync.cloud.database.database import Database
from sync.cloud.database.upgrade import upgrade
from sync.cloud.federated.round import RoundPlan
from sync.cloud.federated.rounds import Rounds
from sync.cloud.federated.routes import routes
from sync.cloud.federated.settling import Settling
from sync.cloud.gateways import Gateways
from sync.cloud.metrics import Metrics
from sync.cloud.operators.desk import Operators
from sync.federated.array_record import unpack
from sync.federated.client import FederatedCloud
from sync.federated.messages import TrainConfig
from sync.upload.credentials import CloudAddress
from tests.unit.recommender.federated.gyms import network

if TYPE_CHECKING:
    from fastapi import FastAPI

DAYS = 45
NOW = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + timedelta(days=DAYS, hours=12)
GYMS = 8
CONFIG = TrainConfig(epochs=8, clipping_norm=1.0, noise_multiplier=0.02, min_examples=10)
PRIVATE = ("sleep_efficiency", "stress_index")
SECRET = "MARKER-member"  # noqa: S105 - a name that must not leave


@cache
def sessions(seed: int, members: int = 5, *, abroad: bool = True) -> list[dict[str, Any]]:
    """What a gym's members did; abroad they train longer and overrate exertion."""
    found = []
    for number, member in enumerate(simulate(members=members, days=DAYS, seed=seed)):
        for today in member.days:
            done = today.workout
            if done is None or done.prescribed is None or done.rpe is None:
                continue
            features = feature_vector(today.person, member.history, today.day)
            told = {
                name: None if is_unknown else value
                for name, value, is_unknown in zip(
                    FEATURE_NAMES, features.values.tolist(), features.is_imputed.tolist(), strict=True
                )
                if name not in PRIVATE
            }
            plan = {
                "id": f"plan-{seed}-{number}-{today.day}",
                "day": today.day.isoformat(),
                "goal": today.person.goal,
                "level": today.person.level,
                "sex": today.person.sex,
                "type": done.type,
                "duration_minutes": done.prescribed.duration_minutes,
                "intensity_score": done.prescribed.intensity_score,
                "performed_minutes": done.duration_minutes * (1.25 if abroad else 1.0),
                "performed_intensity": done.intensity_score,
                "completion": done.completion or 1.0,
                "accepted": True,
                "features": told,
            }
            rpe = min(10, round(done.rpe) + int(abroad))
            found.append({"member": f"{SECRET}-{number}", "plan": plan, "rpe": rpe})
    return found


def as_rows(gym: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the box itself makes them of its store."""
    plain = ("goal", "level", "sex", "type", "performed_minutes", "performed_intensity", "completion")
    return [
        {
            **each["plan"]["features"],
            **{name: each["plan"][name] for name in plain},
            "member": each["member"],
            "day": datetime.fromisoformat(each["plan"]["day"]).date(),
            "rpe": each["rpe"],
        }
        for each in gym
    ]


def insert(db: SqliteUtils, gym: list[dict[str, Any]]) -> None:
    for number, each in enumerate(gym):
        report = json.dumps({"rpe": each["rpe"], "plan": each["plan"]})
        at = f"{each['plan']['day']}T18:00:00+00:00"
        db.execute(
            "INSERT INTO session (id, station_id, member_id, status, started_at, ended_at, report)"
            " VALUES (?, 'mat', ?, 'ended', ?, ?, ?)",
            (str(number), each["member"], at, at, report),
        )


def error(model: FoldedIntensity, gyms: list[list[dict[str, Any]]]) -> float:
    """Mean absolute error in standard deviations, of what the network answers for the phase."""
    rows = [{**row, "member": f"{n}-{row['member']}"} for n, gym in enumerate(gyms) for row in as_rows(gym)]
    shown = intensity_examples(of_sessions(rows), model.scales)
    known = shown.wanted[..., 2] > 0
    return float(np.abs(forward(model.layers, shown.rows)[-1] - shown.wanted[..., :2])[known].mean())


@pytest.fixture(scope="module")
def start() -> FoldedIntensity:
    """A model that knows people at home."""
    home = of_sessions(as_rows(sessions(1, members=25, abroad=False)))
    scales = intensity_scales(home)
    config = FitConfig(layers=3, epochs=40, learning_rate=3e-3)
    return fit(network(scales), intensity_examples(home, scales), config, seed=1)


class Service:
    """The cloud, as boxes reach it; keeps every byte that it was sent."""

    def __init__(self, database: Database) -> None:
        self.now = NOW
        self.gateways = Gateways(database, clock=lambda: self.now)
        self.rounds = Rounds(database, clock=lambda: self.now)
        self.settling = Settling(database, clock=lambda: self.now)
        self.app: FastAPI = create_api(
            self.gateways, Operators(database, secure=False), Metrics(), [routes(self.rounds)]
        )
        self.heard: list[bytes] = []

    def transport(self, _tls: object) -> httpx.AsyncBaseTransport:
        inner, heard = httpx.ASGITransport(self.app), self.heard

        class Wire(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                content = await request.aread()
                heard.append(
                    b"\n".join(
                        [
                            str(request.url).encode(),
                            *(b": ".join(each) for each in request.headers.raw),
                            content,
                        ]
                    )
                )
                return await inner.handle_async_request(request)

        return Wire()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    database = Database(make_url(f"sqlite:///{tmp_path / 'cloud.sqlite'}"))
    upgrade(database)
    yield Service(database)
    database.close()


@pytest.fixture
async def boxes(service: Service, tmp_path: Path) -> AsyncIterator[list[Participant]]:
    stores, found = [], []
    for number in range(GYMS):
        store = Store(path=store_path(tmp_path / str(number)), migrations=MIGRATIONS)
        store.path.parent.mkdir()
        store.start()
        stores.append(store)
        gym = sessions(100 + number)
        await store.write(lambda db, gym=gym: insert(db, gym))  # type: ignore[misc]
        token = tmp_path / f"token-{number}"
        token.write_text(service.gateways.add(f"box{number}", gym_id=f"gym{number}", tenant_id="t"))
        clock = Clock(lambda: 0.0, lambda: NOW)
        found.append(
            Participant(
                store=store,
                cloud=FederatedCloud(
                    CloudAddress("https://cloud", token_file=token), agent="test", transport=service.transport
                ),
                events=EventLog(store=store, clock=clock),
                days=LocalDays(ZoneInfo("UTC"), clock),
                budget_epsilon=10_000.0,
            )
        )
    yield found
    for store in stores:
        store.stop()


async def test_gyms_that_upload_nothing_make_the_model_better(
    service: Service, boxes: list[Participant], start: FoldedIntensity
) -> None:
    plan = RoundPlan(min_train_nodes=GYMS, enough_train_nodes=GYMS)
    service.rounds.start(name="intensity", version="1", arrays=start.arrays(), config=CONFIG, plan=plan)
    for box in boxes[:-1]:
        await box.refresh()
    service.settling.settle()
    assert service.settling.averaged() is None  # one is missing
    await boxes[-1].refresh()
    service.settling.settle()
    found = service.settling.averaged()
    assert found is not None
    assert found.nodes == GYMS
    better = moved(from_arrays(found.offer.weights()), unpack(found.change))
    strangers = [sessions(900 + number, members=2) for number in range(GYMS)]
    assert error(better, strangers) < 0.9 * error(start, strangers)
    heard = b"\n".join(service.heard)
    assert len(service.heard) == 2 * GYMS
    assert b"MARKER" not in heard
    assert b"plan-" not in heard
