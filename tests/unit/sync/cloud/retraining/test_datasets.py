"""What a dataset is made of, and that a real erasure reaches it; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from benchmarks.records.simulated_gyms import land
from sync.cloud.database.tables import Dataset, DatasetObject, RawObject
from sync.cloud.erase import Eraser
from sync.cloud.gateways import Gateways, Identity
from sync.cloud.ingest import Ingest
from sync.cloud.metrics import Metrics
from sync.cloud.registry import registry
from sync.cloud.retraining import datasets
from sync.cloud.retraining.outcome import Outdated, RetrainingError
from sync.pseudonym import Pseudonym
from sync.record import new_record

if TYPE_CHECKING:
    from benchmarks.records.simulated_gyms import SimulatedGym
    from sync.cloud.database.database import Database
    from sync.cloud.lake.objects import ObjectStore
    from sync.cloud.retraining.manifest import Manifest


def gathered(database: Database, since: datetime | None = None) -> Manifest:
    with database.read() as session:
        return datasets.gather(session, since)


def test_it_is_all_that_has_landed(
    database: Database, objects: ObjectStore, three_gyms: tuple[SimulatedGym, ...]
) -> None:
    with pytest.raises(RetrainingError, match="no record has landed yet"):
        gathered(database)
    land(database, objects, three_gyms[:2])
    found = gathered(database)
    rows = [row for gym in three_gyms[:2] for row in gym.rows]
    assert (found.records, found.sessions, found.members) == (len(rows), len(rows), 16)
    assert found.first_at == min(row.created_at for row in rows).isoformat()
    assert found.last_at == max(row.created_at for row in rows).isoformat()
    with database.write() as session:
        datasets.record(session, found, "datasets/x/manifest.json")
        datasets.record(session, found, "datasets/x/manifest.json")
        datasets.demand_fresh(session, found.id)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(DatasetObject)) == 2
    with pytest.raises(RetrainingError):
        gathered(database, datetime.now(UTC) + timedelta(hours=1))


def test_an_erasure_marks_the_dataset_and_its_models(
    database: Database, objects: ObjectStore, three_gyms: tuple[SimulatedGym, ...]
) -> None:
    gateways, metrics = Gateways(database), Metrics()
    gateways.add("box", gym_id="gym", tenant_id="tenant")
    ingest = Ingest(database=database, objects=objects, metrics=metrics)
    row = three_gyms[0].rows[0]
    assert row.member is not None
    member, now = Pseudonym(row.member), datetime.now(UTC)
    body = {"id": "s", "station_id": "rack", "started_at": "2026-01-02T10:00:00Z", "sets": []}
    sender = Identity("box", "gym", "tenant")
    session_record = new_record("session", body, member=member, created_at=now)
    assert ingest.take(sender, session_record.to_json().encode()).refused == ()
    before = gathered(database)
    with database.write() as session:
        datasets.record(session, before, "datasets/x/manifest.json")
        registry.create_model_version(
            session, "intensity", "1.a", source="s", code_version="c", created_at=now, dataset_id=before.id
        )
    erasure = new_record("erase", {}, member=member, created_at=now + timedelta(minutes=1))
    assert ingest.take(sender, erasure.to_json().encode()).refused == ()
    Eraser(database=database, objects=objects).work()
    with database.read() as session:
        with pytest.raises(Outdated):
            datasets.demand_fresh(session, before.id)
        assert session.get_one(Dataset, before.id).stale_since is not None
        model = registry.get_model_version(session, "intensity", "1.a")
        assert registry.status(model) == "stale: erased data"


def test_an_object_that_was_retired_meanwhile_is_noticed(
    database: Database, objects: ObjectStore, three_gyms: tuple[SimulatedGym, ...]
) -> None:
    land(database, objects, three_gyms[:2])
    found = gathered(database)
    with database.write() as session:
        session.scalars(select(RawObject)).first().state = "retired"  # type: ignore[union-attr]
    with pytest.raises(Outdated), database.write() as session:
        datasets.record(session, found, "datasets/x/manifest.json")
    with database.read() as session:
        assert session.get(Dataset, found.id) is None


def test_what_is_derived_is_told_from_what_is_about_nobody(objects: ObjectStore) -> None:
    for name in ("datasets/d/0.learn.parquet", "datasets/d/manifest.json", "datasets/e/x/0.judge.parquet"):
        objects.put_new(name, b"x")
    assert datasets.derived(objects, "d") == ["datasets/d/0.learn.parquet"]
    assert [datasets.id_of(name) for name in datasets.derived(objects)] == ["d", "e"]
