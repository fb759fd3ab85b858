"""A whole box that is tuned, asked what if, and given another model, while somebody does push-ups."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioning.models import read_model
from provisioning.rollback import previous_path
from vision.phase.model import PACKAGED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CLIP = Path(__file__).parents[2] / "vision" / "footage" / "athlete.mp4"
CONFIG = f"""
[[camera]]
id = "cam"
url = "{CLIP}"
[[station]]
id = "mat"
camera = "cam"
exercises = ["pushup", "squat"]
[vision]
accelerator = "cpu"
"""
MAT = "/api/v1/stations/mat"
SETTINGS = "/api/v1/vision/settings"
MODELS = "/api/v1/models"


@pytest.fixture
def data(tmp_path: Path, operator: tuple[Path, str], blazepose: Path) -> Path:
    """A data folder with a pose model of its own, and a version before it."""
    folder = tmp_path / "box"
    shutil.copytree(operator[0], folder)
    model = folder / "models" / "blazepose"
    shutil.copytree(blazepose, model)
    shutil.copytree(blazepose, previous_path(model))
    rename(previous_path(model), "older")
    return folder


def rename(folder: Path, version: str) -> None:
    manifest = folder / "model.toml"
    told = read_model(folder).version
    manifest.write_text(manifest.read_text().replace(f'version = "{told}"', f'version = "{version}"'))


def cut_short(file: Path) -> None:
    """Another file in its place: the old one stays whole for the process that has it open."""
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content[:-1000])


def counting(mat: dict[str, Any]) -> bool:
    return mat["phase"] != "unknown" and mat["session"] is not None and bool(mat["session"]["reps"])


def seen_and_not_counted(mat: dict[str, Any]) -> bool:
    return mat["pose"] is not None and mat["phase"] == "unknown"


def running(models: dict[str, Any]) -> dict[str, Any]:
    (model,) = (each for each in models["models"] if each["name"] == "blazepose")
    return {key: model[key] for key in ("version", "running_version", "previous_version", "state")}


def test_settings_outlive_every_process_and_the_count_goes_on(
    new_box: Callable[..., Any], data: Path
) -> None:
    box = new_box(CONFIG, data=data)
    assert box.check_in().status_code == 201
    before = box.until(MAT, counting, within_s=60)
    strict = {"station_id": "mat", "person_score": 1.0}  # nobody is ever seen so well
    assert box.ask("PATCH", SETTINGS, json=strict).status_code == 200
    os.kill(box.process.child("gymbox-infer"), signal.SIGKILL)
    box.until_part("vision", "degraded", within_s=5)
    box.until_part("vision", "ok")
    box.until(MAT, seen_and_not_counted)

    os.kill(box.process.process.pid, signal.SIGKILL)
    box.process.process.wait(5)
    assert box.process.family_left(within_s=5) == {}
    box = new_box(CONFIG, data=data)
    (mat,) = box.ask("GET", SETTINGS).json()["stations"]
    assert (mat["changed"], mat["settings"]["person_score"]) == ({"person_score": 1.0}, 1.0)
    box.until(MAT, seen_and_not_counted, within_s=60)

    back = box.ask("PATCH", SETTINGS, json={"station_id": "mat", "person_score": None}).json()
    assert back["stations"][0]["changed"] == {}
    total = sum(before["session"]["reps"].values())
    after = box.until(MAT, lambda mat: counting(mat) and sum(mat["session"]["reps"].values()) > total)
    assert after["session"]["id"] == before["session"]["id"]
    assert box.alive()


def test_another_version_takes_over_a_damaged_one_does_not_and_there_is_a_way_back(
    new_box: Callable[..., Any], data: Path
) -> None:
    box = new_box(CONFIG, data=data)
    assert box.check_in().status_code == 201
    before = box.until(MAT, counting, within_s=60)
    model = data / "models" / "blazepose"
    rename(model, "newer")
    assert box.ask("POST", f"{MODELS}/blazepose/reload").json()["running_version"] == "newer"

    cut_short(model / "landmarks.tflite")
    refused = box.ask("POST", f"{MODELS}/blazepose/reload")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:gymbox:problem:model-refused")
    assert "bytes instead of" in refused.json()["detail"]
    assert str(data) not in refused.text
    assert running(box.ask("GET", MODELS).json())["running_version"] == "newer"

    older = box.ask("POST", f"{MODELS}/blazepose/rollback").json()
    assert (older["version"], older["running_version"], older["previous_version"]) == (
        "older",
        "older",
        "newer",
    )
    info = {"model": "blazepose", "runtime": "litert", "version": "older"}
    assert box.metric("gymbox_model_info", **info) == 1
    assert box.metric("gymbox_model_swaps_total", model="blazepose", outcome="swapped") == 2
    assert box.metric("gymbox_model_swaps_total", model="blazepose", outcome="refused") == 1

    phase = shutil.copytree(PACKAGED, data / "models" / "phase")
    rename(phase, "ours")
    assert box.ask("POST", f"{MODELS}/phase/reload").json()["running_version"] == "ours"
    cut_short(phase / "cpu.onnx")
    assert box.ask("POST", f"{MODELS}/phase/reload").status_code == 409
    assert box.metric("gymbox_model_info", model="phase", runtime="onnx", version="ours") == 1
    record = box.ask("GET", f"/api/v1/sessions/{before['session']['id']}").json()
    assert record["models"]["phase"].endswith("+phase-ours")

    after = box.until(
        MAT, lambda mat: sum(mat["session"]["reps"].values()) > sum(before["session"]["reps"].values())
    )
    assert after["session"]["id"] == before["session"]["id"]
    whatif = box.ask("POST", "/api/v1/vision/replay", json={"station_id": "mat"}).json()
    assert whatif["as_counted"]["reps"] >= sum(before["session"]["reps"].values())
    assert whatif["would_count"]["reps"] == len(whatif["would_count"]["reps_at_s"])
    assert whatif["would_count"]["reps"] >= 1
    assert box.metric("gymbox_vision_replays_total") == 1
    assert box.metric("gymbox_child_restarts_total", child="vision") == 0
    assert box.alive()
