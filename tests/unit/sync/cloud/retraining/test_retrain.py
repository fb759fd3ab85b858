"""Whole runs, with a quick teacher: what is left behind, what is refused, what is never done twice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from benchmarks.records.simulated_gyms import land
from sync.cloud.database.tables import Dataset, DatasetObject, ModelVersion, RawObject
from sync.cloud.registry import registry
from sync.cloud.retraining import comparison
from sync.cloud.retraining import pipeline as shared
from sync.cloud.retraining import recommender_pipeline as pipelines
from sync.cloud.retraining.blessing import Thresholds
from sync.cloud.retraining.outcome import Outdated, Refused, RetrainingError
from sync.cloud.retraining.retrain import retrain, sweep
from sync.cloud.retraining.tables import RetrainingRun, RetrainingStage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.records.simulated_gyms import SimulatedGym
    from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline

STAGES = (
    "dataset",
    "examples",
    "validation",
    "training",
    "evaluation",
    "serving",
    "registration",
    "release",
)


def runs(pipeline: RecommenderPipeline) -> list[RetrainingRun]:
    with pipeline.database.read() as session:
        return list(session.scalars(select(RetrainingRun).order_by(RetrainingRun.began_at)))


def derived(pipeline: RecommenderPipeline) -> list[str]:
    return [name for name in pipeline.store.names("datasets/") if name.endswith(".parquet")]


def test_a_run_ends_with_registered_models_and_leaves_no_rows(pipeline: RecommenderPipeline) -> None:
    signed: list[Mapping[str, Any]] = []

    def publish(folder: Path, facts: Mapping[str, Any]) -> tuple[str, str]:
        assert (folder / "cpu.onnx").is_file()
        signed.append(facts)
        return f"models/{folder.name}/model.toml", "5" * 64

    done = retrain(replace(pipeline, publish=publish), "a test")
    assert tuple(done.documents) == STAGES
    (run,) = runs(pipeline)
    assert (run.state, run.dataset_id) == ("done", done.documents["dataset"]["id"])
    with pipeline.database.read() as session:
        for name in ("intensity", "effect"):
            model = registry.get_model_version_by_alias(session, name, registry.CHALLENGER)
            assert model is not None
            assert registry.get_model_version_by_alias(session, name, registry.CHAMPION) is None
            assert registry.datasets(session, model) == (run.dataset_id,)
            assert model.run_id == run.id
            assert set(json.loads(model.metrics)) > {"minutes", "intensity", "effect", "completion", "rpe"}
            assert registry.tags(session, model) == {
                "compared_with": "packaged",
                "release.target": f"models/{name}/model.toml",
                "release.sha256": "5" * 64,
            }
    assert derived(pipeline) == []
    assert len(signed[0]["golden"]["output"]) == len(signed[0]["golden"]["inputs"]["features"])
    assert any("is released as models/effect/model.toml" in line for line in done.lines)
    assert json.loads(json.dumps(done.to_json()))["run"] == run.id


def test_again_on_the_same_data_is_the_same_beside_the_champion_of_then(
    pipeline: RecommenderPipeline,
) -> None:
    first = retrain(pipeline, "one")
    assert first.lines[-1].startswith("not released: no keys are configured")
    version = first.documents["registration"]["models"]["intensity"]["version"]
    with pipeline.database.write() as session:
        registry.set_registered_model_alias(session, "intensity", registry.CHAMPION, version)
    second = retrain(pipeline, "two")
    assert first.run_id != second.run_id
    assert first.documents["dataset"] == second.documents["dataset"]
    assert second.documents["evaluation"]["champion"] == {"intensity": version, "effect": "packaged"}
    with pipeline.database.read() as session:
        assert len(registry.search_model_versions(session)) == 2


def test_an_erasure_marks_what_was_learned_from_it(pipeline: RecommenderPipeline) -> None:
    dataset_id = retrain(pipeline, "a test").documents["dataset"]["id"]
    with pipeline.database.write() as session:
        session.get_one(Dataset, dataset_id).stale_since = datetime.now(UTC)
        for model in session.scalars(select(ModelVersion)):
            model.stale_since = datetime.now(UTC)
    with pipeline.database.read() as session:
        found = registry.search_model_versions(session, "intensity")
        assert [registry.status(each) for each in found] == ["stale: erased data"]
    with pytest.raises(Outdated):  # the same objects are the same dataset, and that one is never used again
        retrain(pipeline, "again")
    assert [each.state for each in runs(pipeline)] == ["done", "failed", "failed", "failed"]


def test_somebody_erased_meanwhile_begins_it_anew(
    pipeline: RecommenderPipeline, three_gyms: tuple[SimulatedGym, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def compare(*arguments: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 1:
            with pipeline.database.write() as session:
                erased = session.scalars(select(RawObject).where(RawObject.gym_id == "gym-1")).one()
                erased.state = "retired"
                wanted = select(DatasetObject.dataset_id).where(DatasetObject.object_id == erased.id)
                session.get_one(Dataset, session.scalars(wanted).one()).stale_since = datetime.now(UTC)
        return comparison.compare(*arguments)

    monkeypatch.setattr(pipelines, "compare", compare)
    done = retrain(pipeline, "a test")
    left = sum(len(each.rows) for each in three_gyms if each.id != "gym-1")
    assert done.documents["dataset"]["sessions"] == left
    assert [each.state for each in runs(pipeline)] == ["failed", "done"]
    assert derived(pipeline) == []


def test_poison_is_refused_with_its_reason_before_anything_is_learned(
    pipeline: RecommenderPipeline, three_gyms: tuple[SimulatedGym, ...]
) -> None:
    def flip(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "rpe": None if body["rpe"] is None else 11 - body["rpe"]}

    land(pipeline.database, pipeline.store, [three_gyms[0].copied("evil").changed(flip)])
    with pytest.raises(Refused, match=r"ratings are turned round in evil \(-0\.\d+\)"):
        retrain(pipeline, "a test")
    (run,) = runs(pipeline)
    assert run.state == "refused"
    with pipeline.database.read() as session:
        stages = select(RetrainingStage.name).order_by(RetrainingStage.finished_at)
        assert tuple(session.scalars(stages)) == STAGES[:3]
        assert registry.search_model_versions(session) == []
    report = pipeline.store.get(f"runs/{run.id}/validation.md").decode()
    assert "refused, labels: the harder it was, the easier it felt" in report
    assert derived(pipeline) == []


def test_a_challenger_that_is_no_better_is_not_registered(pipeline: RecommenderPipeline) -> None:
    strict = replace(pipeline, policy=replace(pipeline.policy, thresholds=Thresholds(fewest_members=1)))
    with pytest.raises(Refused, match=r"its errors are \+0.0 % beside the champion's"):
        retrain(strict, "a test")
    with pipeline.database.read() as session:
        assert registry.search_model_versions(session) == []


def test_files_that_boxes_cannot_bear_are_not_registered(pipeline: RecommenderPipeline) -> None:
    limits = replace(pipeline.policy.serving, most_bytes=10)
    with pytest.raises(Refused, match=r"the size in bytes is \d+.*, at most 10 is allowed"):
        retrain(replace(pipeline, policy=replace(pipeline.policy, serving=limits)), "a test")


def test_nothing_landed_is_nothing_to_learn_from(pipeline: RecommenderPipeline) -> None:
    with pipeline.database.write() as session:
        for each in session.scalars(select(RawObject)):
            each.state = "retired"
    with pytest.raises(RetrainingError, match="no record has landed yet"):
        retrain(pipeline, "a test")


def test_what_failed_is_kept_with_its_reason_and_does_not_stop_the_next(
    pipeline: RecommenderPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(shared, "try_out", lambda *_arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            retrain(pipeline, "one")
    retrain(pipeline, "two")
    assert [(each.state, each.outcome) for each in runs(pipeline)] == [
        ("failed", "division by zero"),
        ("done", "registered"),
    ]


def test_a_sweep_spares_what_a_killed_run_still_needs(pipeline: RecommenderPipeline) -> None:
    pipeline.stop.set()
    with pytest.raises(RetrainingError, match="stopped"):
        retrain(pipeline, "a test")
    (run,) = runs(pipeline)
    assert run.state == "running"
    pipeline.store.put_new(f"datasets/{run.dataset_id}/x.learn.parquet", b"rows")
    sweep(pipeline.database, pipeline.store)
    assert derived(pipeline)
    with pipeline.database.write() as session:
        session.get_one(Dataset, run.dataset_id).stale_since = datetime.now(UTC)
    sweep(pipeline.database, pipeline.store)
    assert derived(pipeline) == []
