"""Models over HTTP; what they do is tested beside them."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from vision.processes.messages import InferenceStatus

MODELS = "/api/v1/models"


async def report_of(client: httpx.AsyncClient, name: str) -> dict[str, Any]:
    """What is told of one model."""
    (report,) = (each for each in (await client.get(MODELS)).json()["models"] if each["name"] == name)
    return dict(report)


async def test_without_a_folder_there_is_the_packaged_phase_model(operator: httpx.AsyncClient) -> None:
    phase = await report_of(operator, "phase")
    assert (phase["name"], phase["task"], phase["packaged"], phase["state"]) == ("phase", "phase", True, "ok")
    assert (phase["in_use"], phase["running_version"]) == (True, None)


async def test_a_phase_model_that_cannot_be_used_is_told_without_folders(
    box: Any, operator: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "models" / "phase").mkdir(parents=True)
    trouble = "cannot read /data/models/phase/model.toml; the packaged phase model is used instead"
    box.inference.inference_status = InferenceStatus(
        pose_model="toy", runtime="litert", phase_model="phase-1", phase_runtime="onnx", phase_trouble=trouble
    )
    phase = await report_of(operator, "phase")
    assert (phase["state"], phase["running_version"], phase["runtime"]) == ("broken", "1", "onnx")
    assert phase["reason"] == "cannot read model.toml; the packaged phase model is used instead"


async def test_a_broken_model_is_listed_with_the_reason_and_without_folders(
    box: Any, operator: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "models" / "toy").mkdir(parents=True)
    box.inference.inference_status = InferenceStatus(pose_model="toy", runtime="litert", version="3")
    assert await report_of(operator, "toy") == {
        "name": "toy",
        "version": None,
        "task": None,
        "packaged": False,
        "state": "broken",
        "reason": "no model in toy; "
        "nothing of that name can be pulled: remove the folder, or put a whole model there",
        "in_use": True,
        "running_version": "3",
        "runtime": "litert",
        "previous_version": None,
    }


@pytest.mark.parametrize("deed", ["reload", "rollback"])
async def test_refusals_are_problems(
    operator: httpx.AsyncClient, kiosk: httpx.AsyncClient, tmp_path: Path, deed: str
) -> None:
    (tmp_path / "models" / "toy").mkdir(parents=True)
    refused = await operator.post(f"{MODELS}/toy/{deed}")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:gymbox:problem:model-refused")
    assert refused.json()["detail"].startswith("The model toy stays as it is: ")
    assert (await operator.post(f"{MODELS}/nothing/{deed}")).status_code == 404
    assert (await operator.post(f"{MODELS}/.previous/{deed}")).status_code == 422
    assert (await operator.post(f"{MODELS}/..%2ftoy/{deed}")).status_code in {404, 422}
    assert (await kiosk.post(f"{MODELS}/toy/{deed}")).status_code == 403


async def test_models_are_the_operators(kiosk: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    assert (await kiosk.get(MODELS)).status_code == 403
    assert (await stranger.get(MODELS)).status_code == 401
