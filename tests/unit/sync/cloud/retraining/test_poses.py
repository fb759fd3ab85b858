"""Labelled poses: what is read, what is refused, who judges, and the way of the phase model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sync.cloud.registry import registry
from sync.cloud.registry.files import upload
from sync.cloud.retraining import pipeline as shared
from sync.cloud.retraining import poses
from sync.cloud.retraining.outcome import Refused, RetrainingError
from sync.cloud.retraining.phase_pipeline import PhasePipeline, _faults
from sync.cloud.retraining.retrain import retrain
from vision.phase.model import PACKAGED
from vision.pose.blazepose import COCO_FROM_BLAZEPOSE
from vision.training.recipe import Effort
from vision.training.simulator import simulate
from vision.training.takes import DOWN, UP

from .quick_teacher import LENIENT, try_out

if TYPE_CHECKING:
    from sync.cloud.lake.objects import ObjectStore
    from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline

LITTLE = Effort(takes=4, judges=3, windows=4, epochs=1, copies=1)
LABELS = {"pushup": "pushups", "squat": "squats", "curl": "curls"}


def table(videos: int = 12, *, exchanged: bool = False, seed: int = 3) -> bytes:
    """Simulated people in the form of ML Kit's pose samples."""
    lines = []
    for number in range(videos):
        exercise = list(LABELS)[number % len(LABELS)]
        take = simulate(np.random.default_rng([seed, number]), exercise=exercise, pose_model="blazepose")
        for phase, other, code in (("up", "down", UP), ("down", "up", DOWN)):
            seen = np.flatnonzero((take.phase == code) & take.points.any(axis=(1, 2)))[::4][:4]
            for frame in seen:
                landmarks = np.zeros((33, 3))
                landmarks[list(COCO_FROM_BLAZEPOSE)] = take.points[frame]
                label = f"{LABELS[exercise]}_{other if exchanged else phase}"
                numbers = ",".join(f"{value:.3f}" for value in landmarks.ravel())
                lines.append(f"video-{seed}-{number}__{frame}.jpg,{label},{numbers}")
    return "\n".join(lines).encode()


@pytest.fixture(scope="module")
def good() -> bytes:
    return table()


def url_of(store: ObjectStore) -> str:
    folder = store.path("")
    assert folder is not None
    return folder.as_uri()


def test_a_survey_tells_what_there_is(objects: ObjectStore, good: bytes) -> None:
    with pytest.raises(Refused, match="no table of poses lies below labels/poses/"):
        poses.survey(url_of(objects), None)
    objects.put_new("labels/poses/a.csv", good)
    found = poses.survey(url_of(objects), None)
    assert found.poses == len(good.splitlines())
    assert 0 < found.held_out < found.poses / 2
    assert found.tables == {"labels/poses/a.csv": hashlib.sha256(good).hexdigest()}
    assert found.named > 0.5
    assert found.phased > 0.6
    assert list(_faults(found.to_json())) == []
    source = upload(objects, PACKAGED, "models/phase")
    assert poses.survey(url_of(objects), source) == found


def test_a_line_that_is_wrong_is_named(objects: ObjectStore, good: bytes) -> None:
    objects.put_new("labels/poses/a.csv", good + b"\nx.jpg,dancing_up" + b",1" * 99)
    with pytest.raises(Refused, match=r"labels/poses/a.csv: the table, line \d+: unknown label 'dancing_up'"):
        poses.survey(url_of(objects), None)


def test_exchanged_labels_are_refused(objects: ObjectStore) -> None:
    objects.put_new("labels/poses/a.csv", table(exchanged=True))
    (fault,) = _faults(poses.survey(url_of(objects), None).to_json())
    assert "up and down are exchanged" in fault


SURVEY = {"poses": 100, "held_out": 30, "repeated": 0, "named": 0.9, "phased": 0.9}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"held_out": 3}, "3 of 100 poses are of videos that are held out, and 10 are needed"),
        ({"repeated": 30}, "30 of 100 poses are the same again"),
        ({"named": 0.1}, "labels of something else"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(changed: dict[str, Any], words: str) -> None:
    (fault,) = _faults({**SURVEY, **changed})
    assert words in fault


def test_a_model_beside_itself_is_the_same(objects: ObjectStore, good: bytes) -> None:
    objects.put_new("labels/poses/a.csv", good)
    tables = poses.survey(url_of(objects), None).tables
    source = upload(objects, PACKAGED, "models/phase")
    found = poses.compare(url_of(objects), tables, source, None, LITTLE)
    assert [each.segment for each in found] == ["all", "seen=poses", "seen=blazepose", "seen=movenet"]
    assert all(set(each.changes().values()) <= {0.0} for each in found)
    with pytest.raises(RetrainingError, match=r"labels/poses/a.csv has changed"):
        poses.compare(url_of(objects), {"labels/poses/a.csv": "0"}, source, None, LITTLE)


def test_a_run_registers_the_phase_model(
    pipeline: RecommenderPipeline, good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def teach(_url: str, tables: dict[str, str], _effort: Effort | None) -> dict[str, Any]:
        assert list(tables) == ["labels/poses/a.csv"]
        source = upload(pipeline.store, PACKAGED, "models/phase")
        return {"models": {"phase": {"version": "9.a", "source": source}}, "figures": {}}

    monkeypatch.setattr(poses, "teach", teach)
    monkeypatch.setattr(shared, "try_out", try_out)
    pipeline.store.put_new("labels/poses/a.csv", good)
    facts = {
        field: getattr(pipeline, field)
        for field in ("database", "url", "store", "executor", "publish", "stop", "on_progress")
    }
    done = retrain(PhasePipeline(policy=replace(LENIENT, phase=LITTLE), **facts), "a test")
    assert done.lines[0].endswith(f"{len(good.splitlines())} poses of 1 tables")
    assert json.loads(json.dumps(done.to_json()))["evaluation"]["champion"] == {"phase": "packaged"}
    with pipeline.database.read() as session:
        found = registry.get_model_version_by_alias(session, "phase", registry.CHALLENGER)
        assert found is not None
        assert found.version == "9.a"
        assert registry.datasets(session, found) == ()
