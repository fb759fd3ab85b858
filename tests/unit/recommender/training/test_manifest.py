"""`model.toml` of a trained model: TOML that says what the files are, and a version of the weights' own."""

from __future__ import annotations

import hashlib
import tomllib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.manifest import parse_manifest
from recommender.encoding import Scale
from recommender.training.manifest import INPUTS, OUTPUTS, RECIPE, manifest, version
from tests.unit.recommender.model_folders import network

FACTS = {"version": "2.abc", "accuracy": "MAE 3.1 min", "data": 'simulated "members" \\ seed 1'}
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


def scale(count: int) -> Scale:
    numbers = np.linspace(1.0, 2.0, count).astype(np.float32)
    return Scale(numbers, numbers / np.float32(3))


def text(name: str, facts: dict[str, str] | None = None, exact: bytes = b"onnx") -> str:
    files = {"model.onnx": ("onnx", exact), "cpu.tflite": ("litert", b"tflite!")}
    workout = name == "effect"
    return manifest(
        name,
        files=files,
        facts=facts or FACTS,
        given=scale(11 if workout else 9),
        said=scale(3 if workout else 2),
    )


def read(name: str, facts: dict[str, str] | None = None) -> dict[str, Any]:
    return tomllib.loads(text(name, facts))


@pytest.mark.parametrize("name", ["intensity", "effect"])
def test_it_is_a_manifest_as_the_whole_box_reads_it(name: str) -> None:
    parsed = parse_manifest(text(name))
    assert (parsed.name, parsed.version) == (name, "2.abc")
    assert [each.name for each in parsed.files] == ["model.onnx", "cpu.tflite"]


@pytest.mark.parametrize("name", ["intensity", "effect"])
def test_files_are_told_by_size_and_hash_of_what_they_hold(name: str) -> None:
    files = read(name)["files"]
    for each, content in zip(files, (b"onnx", b"tflite!"), strict=True):
        assert (each["size"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert [each["runtime"] for each in files] == ["onnx", "litert"]


@pytest.mark.parametrize("name", ["intensity", "effect"])
def test_every_tensor_of_either_file_is_described(name: str) -> None:
    told = read(name)
    exact = [each["name"] for each in told["inputs"] if each["file"] == "model.onnx"]
    assert exact == [tensor for tensor, *_ in INPUTS[name]]
    (row,) = [each for each in told["inputs"] if each["file"] == "cpu.tflite"]
    weights, *_ = network(workout=name == "effect")
    width = weights.plain + sum(len(table) for table in weights.embeddings)
    assert (row["shape"], row["dtype"]) == ([1, width], "int8"), "as wide as a row of the network"
    answers = {each["file"]: each for each in told["outputs"]}
    assert answers["model.onnx"]["name"] == OUTPUTS[name][0]
    assert answers["model.onnx"]["shape"] == answers["cpu.tflite"]["shape"]


def test_scales_are_told_so_that_others_can_undo_them() -> None:
    said = read("intensity")["outputs"][1]["unit"]
    assert said.startswith("minutes and intensity, scaled by means 1, 2 and deviations 0.333333, 0.666667")


@settings(max_examples=25)
@given(TEXTS, TEXTS)
def test_whatever_is_said_of_the_data_is_read_again(accuracy: str, data: str) -> None:
    told = read("intensity", {"version": "2.1", "accuracy": accuracy, "data": data})
    assert (told["accuracy"], told["data"]) == (accuracy, data)


@settings(max_examples=25)
@given(st.binary(max_size=50), st.binary(max_size=50))
def test_a_version_is_of_the_weights_and_of_the_recipe(one: bytes, other: bytes) -> None:
    assert version(one).startswith(f"{RECIPE}.")
    assert (version(one) == version(other)) == (one == other)
    assert len(version(one)) == len(RECIPE) + 9
