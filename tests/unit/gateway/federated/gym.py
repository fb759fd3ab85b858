"""A gym's store with ended sessions by plan, and a cloud that is played."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from sqlite_utils import Database

from gateway.store.store import Store
from recommender.features import FEATURES
from sync.federated.client import UpdateRefused
from sync.upload.answer import NotDelivered

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRIVATE = ("sleep_efficiency", "stress_index")


def plan_report(plan_id: str, day: date, seed: int = 0, **changes: Any) -> dict[str, Any]:
    """What a session's report keeps of its plan, as `gateway.sessions.report.PlanReport` does."""
    chance = np.random.default_rng([seed, day.toordinal()])
    minutes = float(chance.uniform(20, 70))
    features = {each.name: float(chance.uniform(each.low, min(each.high, 100))) for each in FEATURES}
    features["training_phase"] = float(chance.integers(7))
    return {
        "id": plan_id,
        "version": 1,
        "day": day.isoformat(),
        "goal": "endurance",
        "level": "beginner",
        "sex": "female",
        "type": "steady",
        "source": "model",
        "duration_minutes": minutes,
        "intensity_score": 3.0,
        "performed_type": "steady",
        "performed_minutes": minutes * 1.1,
        "performed_intensity": 3.1,
        "completion": 1.0,
        "accepted": True,
        "model_versions": {},
        "features": {name: value for name, value in features.items() if name not in PRIVATE},
        **changes,
    }


@dataclass(frozen=True)
class AddSession:
    """An ended session, with a plan or without, and what the member said of the plan."""

    member: str
    plan: dict[str, Any] | None
    rpe: int | None = 7
    at: datetime = NOW
    said: dict[str, Any] | None = None
    id: str = ""

    def __call__(self, db: Database) -> None:
        name = self.id or f"{self.member}-{self.at.isoformat()}"
        report = {"id": name, "rpe": self.rpe, "plan": self.plan, "note": "MARKER-note"}
        db.execute(
            "INSERT INTO session (id, station_id, member_id, status, started_at, ended_at, report)"
            " VALUES (?, 'MARKER-station', ?, 'ended', ?, ?, ?)",
            (name, self.member, self.at.isoformat(), self.at.isoformat(), json.dumps(report)),
        )
        if self.plan is not None and self.said is not None:
            db.execute(
                "INSERT INTO plan (id, member_id, day, version, made_at, document, feedback, record_id)"
                " VALUES (?, ?, ?, 1, ?, '{}', ?, '')",
                (self.plan["id"], self.member, self.plan["day"], name, json.dumps(self.said)),
            )


def a_gym(members: int, days: int) -> list[AddSession]:
    """Everybody trains every other day."""
    found = []
    for number in range(members):
        for back in range(days):
            at = NOW - timedelta(days=2 * back + 1)
            plan = plan_report(f"plan-{number}-{back}", at.date(), seed=number)
            found.append(AddSession(f"MARKER-member-{number}", plan, rpe=5 + (number + back) % 4, at=at))
    return found


async def fill(store: Store, sessions: Sequence[AddSession]) -> None:
    def add(db: Database) -> None:
        for each in sessions:
            each(db)

    await store.write(add)


@dataclass
class PlayedCloud:
    """Offers what the test says, and keeps what was sent."""

    offer: bytes | None = None
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    asked: int = 0
    down: bool = False
    refuses: bool = False

    async def current(self) -> bytes | None:
        self.asked += 1
        return self.offer

    async def answer(self, round_id: str, update: bytes) -> None:
        self.sent.append((round_id, update))
        if self.down:
            raise NotDelivered("unreachable", "the cloud cannot be reached")
        if self.refuses:
            raise UpdateRefused("the cloud takes no such update")
