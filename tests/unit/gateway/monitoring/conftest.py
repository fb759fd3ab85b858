"""A store with plans and what became of them, written as the box writes them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlite_utils import Database

from gateway.clock import Clock, LocalDays
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.members.members import MemberProfile, Members
from gateway.monitoring.monitor import PlanMonitor
from gateway.planning.document import PlanBlock, PlanDocument
from gateway.planning.rows import Feedback, SavePlan, StoredFeedback, StoredPlan
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from recommender.features import FEATURES
from sync.pseudonym import Pseudonymiser
from sync.record import new_record

PSEUDONYM = Pseudonymiser(b"k" * 32)
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
USUAL = {feature.name: feature.usual for feature in FEATURES}


@dataclass
class Gym:
    """Plans go in, a monitor looks."""

    store: Store

    def __post_init__(self) -> None:
        self.clock = Clock(utc_now=lambda: NOW)
        self.health = Health()
        self.members = Members(store=self.store, pseudonym=PSEUDONYM, clock=self.clock)
        self.events = EventLog(store=self.store, clock=self.clock)
        self.effect: Any = None

    def monitor(self) -> PlanMonitor:
        """A new one, as after a restart."""
        return PlanMonitor(
            store=self.store,
            events=self.events,
            health=self.health,
            effect=lambda: self.effect,
            days=LocalDays(ZoneInfo("UTC"), self.clock),
        )

    async def member(self, member_id: str, **profile: Any) -> None:
        await self.members.put(member_id, MemberProfile(display_name=member_id, **profile))

    async def plan(
        self,
        member_id: str,
        days_ago: int,
        *,
        version: int = 1,
        minutes: float = 40.0,
        accepted: bool | None = None,
        rpe: int | None = None,
        performed: tuple[float, ...] = (),
        session_rpe: int | None = None,
        imputed: tuple[str, ...] = (),
        **features: float,
    ) -> None:
        """Keep a plan, what was said of it, and the sessions that followed it."""
        day = NOW.date() - timedelta(days=days_ago)
        stored = StoredPlan(
            id=f"{member_id}-{day}-{version}",
            member_id=member_id,
            version=version,
            made_at=NOW,
            document=_document(day, minutes, imputed, USUAL | features),
        )
        told = None
        if accepted is not None:
            told = StoredFeedback(**Feedback(accepted=accepted, rpe=rpe).model_dump(), told_at=NOW)

        def write(db: Database) -> None:
            SavePlan(stored, new_record("plan", {}, member=PSEUDONYM(member_id), created_at=NOW))(db)
            if told is not None:
                db.execute("UPDATE plan SET feedback = ? WHERE id = ?", (told.model_dump_json(), stored.id))
            for number, done in enumerate(performed):
                _session(db, stored, number, done, session_rpe)

        await self.store.write(write)


def _document(
    day: date, minutes: float, imputed: tuple[str, ...], features: dict[str, float]
) -> PlanDocument:
    return PlanDocument(
        day=day,
        goal="endurance",
        type="steady",
        duration_minutes=minutes,
        intensity_score=3.0,
        blocks=[PlanBlock(kind="warm_up", duration_s=60.0, items=[])],
        rules=[],
        source="model",
        source_note="",
        model_versions={"intensity": "1"},
        features=features,
        imputed=dict.fromkeys(imputed, "nobody told"),
        sentences={"en": "Because."},
        reasons=[],
        base_minutes=40.0,
        base_intensity=3.0,
        seed=1,
    )


def _session(db: Database, plan: StoredPlan, number: int, minutes: float, rpe: int | None) -> None:
    said = {"rpe": rpe, "plan": {"id": plan.id, "performed_minutes": minutes}}
    db.execute(
        "INSERT OR REPLACE INTO session (id, station_id, member_id, status, started_at, ended_at, report)"
        " VALUES (?, 'mat', ?, 'ended', ?, ?, ?)",
        (f"{plan.id}-{number}", plan.member_id, f"{plan.day}T10:00", f"{plan.day}T11:00", json.dumps(said)),
    )


@pytest.fixture
async def gym(tmp_path: Path) -> AsyncIterator[Gym]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield Gym(store)
    store.stop()
