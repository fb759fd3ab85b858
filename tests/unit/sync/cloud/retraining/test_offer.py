"""Models that were made elsewhere are judged, registered and released like those of a run."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from sync.cloud.database.tables import Dataset
from sync.cloud.registry import registry
from sync.cloud.retraining import comparison, datasets
from sync.cloud.retraining import offer as offers
from sync.cloud.retraining.blessing import Thresholds
from sync.cloud.retraining.offer import offer
from sync.cloud.retraining.outcome import Refused

from .quick_teacher import model, try_out

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline

TAGS = {"source": "federated round 7"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "try_out", try_out)
    monkeypatch.setattr(comparison, "SIMULATED_MEMBERS", 6)


def learned_from(pipeline: RecommenderPipeline) -> None:
    """Have the database know a dataset of all that has landed."""
    with pipeline.database.read() as session:
        manifest = datasets.gather(session)
    name = f"datasets/{manifest.id}/manifest.json"
    pipeline.store.put_new(name, json.dumps(manifest.to_json()).encode())
    with pipeline.database.write() as session:
        datasets.record(session, manifest, name)


def test_it_is_judged_by_those_held_out_of_the_last_dataset(
    pipeline: RecommenderPipeline, tmp_path: Path
) -> None:
    learned_from(pipeline)
    signed: list[Mapping[str, Any]] = []

    def publish(_folder: Path, facts: Mapping[str, Any]) -> tuple[str, str]:
        signed.append(facts)
        return "models/intensity/0.7/model.toml", "7" * 64

    with pipeline.database.write() as session:
        now = datetime.now(UTC)
        parent = registry.create_model_version(
            session, "intensity", "0.6", source="s", code_version="c", created_at=now
        )
    ready = replace(pipeline, publish=publish)
    version = offer(ready, model("intensity", tmp_path, "0.7"), name="intensity", parent=parent, tags=TAGS)
    with pipeline.database.read() as session:
        found = registry.get_model_version_by_alias(session, "intensity", registry.CHALLENGER)
        assert found is not None
        assert (found.version, found.parent_id) == (version, parent.id) == ("0.7", parent.id)
        assert registry.tags(session, found) == {
            **TAGS,
            "compared_with": "packaged",
            "release.target": "models/intensity/0.7/model.toml",
            "release.sha256": "7" * 64,
        }
    assert signed[0]["golden"]["tolerance"] == 0.001
    assert not [name for name in pipeline.store.names("datasets/") if name.endswith(".parquet")]


def test_without_records_it_is_judged_by_simulated_members(
    pipeline: RecommenderPipeline, tmp_path: Path
) -> None:
    assert offer(pipeline, model("effect", tmp_path, "0.8"), name="effect", parent=None, tags=TAGS) == "0.8"


def test_a_stale_dataset_judges_nobody(
    pipeline: RecommenderPipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned_from(pipeline)
    with pipeline.database.write() as session:
        session.execute(update(Dataset).values(stale_since=datetime.now(UTC)))
    monkeypatch.setattr(offers, "build", None)
    offer(pipeline, model("intensity", tmp_path, "0.9"), name="intensity", parent=None, tags=TAGS)


def test_what_is_no_better_is_refused_and_not_registered(
    pipeline: RecommenderPipeline, tmp_path: Path
) -> None:
    strict = replace(pipeline, policy=replace(pipeline.policy, thresholds=Thresholds(fewest_members=1)))
    with pytest.raises(Refused, match=r"its errors are \+0.0 % beside the champion's"):
        offer(strict, model("intensity", tmp_path, "0.7"), name="intensity", parent=None, tags=TAGS)
    with pipeline.database.read() as session:
        assert registry.search_model_versions(session) == []
