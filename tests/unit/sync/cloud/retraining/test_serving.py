"""The exact files in a process of their own: good ones answer, others are refused with a reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from recommender.onnx_model import ModelRefused
from sync.cloud.registry.files import upload
from sync.cloud.retraining import serving
from sync.cloud.retraining.blessing import ServingLimits, serving_objections
from sync.cloud.retraining.outcome import Refused
from sync.cloud.retraining.training import GOLDEN_FILE

from .quick_teacher import model

if TYPE_CHECKING:
    from pathlib import Path

    from sync.cloud.lake.objects import ObjectStore


def test_good_files_answer_as_they_were_taught(objects: ObjectStore, tmp_path: Path) -> None:
    folder = objects.path("")
    assert folder is not None
    sources = {
        name: upload(objects, model(name, tmp_path, "0.1"), f"models/{name}")
        for name in ("intensity", "effect")
    }
    found = serving.try_out(folder.as_uri(), sources)
    assert [each.name for each in found] == ["intensity", "effect"]
    lenient = ServingLimits(most_latency_s=5.0, most_load_s=60.0)
    assert serving_objections(found, lenient) == ()
    assert all(each.bytes > 10_000 and each.latency_s > 0 for each in found)


def test_a_file_that_cannot_be_loaded_is_refused_by_its_process(objects: ObjectStore, tmp_path: Path) -> None:
    folder = objects.path("")
    assert folder is not None
    broken = model("intensity", tmp_path, "0.1")
    (broken / "cpu.onnx").write_bytes(b"no model")
    source = upload(objects, broken, "models/intensity")
    with pytest.raises(Refused, match=r"do not run where boxes run them: .*is damaged"):
        serving.try_out(folder.as_uri(), {"intensity": source})


def test_what_it_says_is_held_against_what_was_learned(tmp_path: Path) -> None:
    folder = model("effect", tmp_path, "0.1")
    assert serving.run(folder).golden_off < 1e-5
    golden = json.loads((folder / GOLDEN_FILE).read_text())
    golden["output"][0][2] += 3.0
    golden["int8"]["answers"][0][0] += 8.0
    (folder / GOLDEN_FILE).write_text(json.dumps(golden))
    found = serving.run(folder)
    assert found.golden_off == pytest.approx(3.0, abs=1e-3)
    assert found.int8_off == pytest.approx(8.0 / 12, abs=1e-3)


def test_the_wrong_model_under_a_name_is_refused(tmp_path: Path) -> None:
    folder = model("effect", tmp_path, "0.1").rename(tmp_path / "intensity")
    with pytest.raises(ModelRefused, match="is a model for the task effect"):
        serving.run(folder)
