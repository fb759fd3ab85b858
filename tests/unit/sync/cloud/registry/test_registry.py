"""Versions, aliases and tags, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sync.cloud.database.tables import Dataset
from sync.cloud.lake.objects import ObjectMissing
from sync.cloud.registry import registry
from sync.cloud.registry.files import download, upload

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from sync.cloud.database.database import Database
    from sync.cloud.database.tables import ModelVersion
    from sync.cloud.lake.objects import ObjectStore

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def create(session: Session, version: str, name: str = "intensity", **options: Any) -> ModelVersion:
    facts = {"source": f"models/{version}", "code_version": "0.1+abc", "created_at": NOW, **options}
    return registry.create_model_version(session, name, version, **facts)


def test_a_version_keeps_its_lineage(database: Database) -> None:
    dataset = {"manifest": "m", "records": 1, "sessions": 1, "members": 1, "created_at": NOW}
    with database.write() as session:
        session.add(Dataset(id="d" * 64, **dataset))
        session.flush()
        parent = create(session, "1.a")
        child = create(
            session,
            "1.b",
            parent=parent,
            dataset_id="d" * 64,
            run_id="run-1",
            metrics={"minutes": 2.5},
            tags={"compared_with": "1.a"},
            created_at=NOW + timedelta(days=1),
        )
        assert child.parent_id == parent.id
    with database.read() as session:
        found = registry.get_model_version(session, "intensity", "1.b")
        assert (found.run_id, found.metrics, found.created_at) == (
            "run-1",
            '{"minutes": 2.5}',
            NOW + timedelta(days=1),
        )
        assert registry.datasets(session, found) == ("d" * 64,)
        assert registry.tags(session, found) == {"compared_with": "1.a"}
        versions = [each.version for each in registry.search_model_versions(session, "intensity")]
        assert versions == ["1.b", "1.a"]
        assert registry.search_model_versions(session, "effect") == []


def test_the_same_version_again_is_the_one_that_is_there(database: Database) -> None:
    with database.write() as session:
        first = create(session, "1.a")
        assert create(session, "1.a", source="elsewhere").id == first.id
        assert create(session, "1.a", name="effect").id != first.id
    with database.read() as session:
        assert registry.get_model_version(session, "intensity", "1.a").source == "models/1.a"


def test_an_alias_names_one_version_of_one_model(database: Database) -> None:
    with database.write() as session:
        for version in ("1.a", "1.b"):
            create(session, version)
            registry.set_registered_model_alias(session, "intensity", registry.CHAMPION, version)
        registry.set_registered_model_alias(session, "intensity", registry.CHALLENGER, "1.b")
        champion = registry.get_model_version_by_alias(session, "intensity", registry.CHAMPION)
        assert champion is not None
        assert champion.version == "1.b"
        assert registry.aliases(session, champion) == ("challenger", "champion")
        assert registry.get_model_version_by_alias(session, "effect", registry.CHAMPION) is None
        registry.delete_registered_model_alias(session, "intensity", registry.CHALLENGER)
        assert registry.aliases(session, champion) == ("champion",)
        registry.delete_registered_model_alias(session, "intensity", "nothing")


def test_what_is_not_there_cannot_be_named(database: Database) -> None:
    with database.write() as session:
        with pytest.raises(registry.ModelVersionUnknown, match="no version 9 of the model intensity"):
            registry.set_registered_model_alias(session, "intensity", registry.CHAMPION, "9")
        with pytest.raises(registry.ModelVersionUnknown):
            registry.set_model_version_tag(session, "intensity", "9", "key", "value")


def test_nothing_counts_before_the_caller_commits(sqlite_database: Database) -> None:
    def create_and_fail() -> None:
        with sqlite_database.write() as session:
            create(session, "1.a")
            raise ValueError("something else")

    with pytest.raises(ValueError, match="something else"):
        create_and_fail()
    with sqlite_database.read() as session:
        assert registry.search_model_versions(session) == []


def test_tags_are_replaced_and_staleness_is_inherited(database: Database) -> None:
    with database.write() as session:
        parent = create(session, "1.a")
        for value in ("one", "two"):
            registry.set_model_version_tag(session, "intensity", "1.a", "key", value)
        assert registry.tags(session, parent) == {"key": "two"}
        assert registry.status(parent) == registry.READY
        parent.stale_since = NOW
        assert registry.status(create(session, "1.b", parent=parent)) == "stale: erased data"


def test_files_lie_under_what_they_hold(objects: ObjectStore, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "below").mkdir(parents=True)
    (folder / "model.toml").write_text("a")
    (folder / "below" / "x").write_bytes(b"\0")
    prefix = upload(objects, folder, "models/intensity")
    assert prefix.startswith("models/intensity/")
    assert upload(objects, folder, "models/intensity") == prefix
    brought = download(objects, prefix, tmp_path / "brought")
    assert (brought / "model.toml").read_text() == "a"
    assert (brought / "below" / "x").read_bytes() == b"\0"
    (folder / "model.toml").write_text("b")
    assert upload(objects, folder, "models/intensity") != prefix
    with pytest.raises(ObjectMissing, match="nothing lies below models/none"):
        download(objects, "models/none", tmp_path / "none")
