"""Models over HTTP; what they do is tested beside them."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from vision.processes.messages import InferenceStatus

MODELS = "/api/v1/models"


async def test_no_model_is_an_empty_list(operator: httpx.AsyncClient) -> None:
    assert (await operator.get(MODELS)).json() == {"models": []}


async def test_a_broken_model_is_listed_with_the_reason_and_without_folders(
    box: Any, operator: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "models" / "toy").mkdir(parents=True)
    box.inference.inference_status = InferenceStatus(pose_model="toy", runtime="litert", version="3")
    (model,) = (await operator.get(MODELS)).json()["models"]
    assert model == {
        "name": "toy",
        "version": None,
        "task": None,
        "state": "broken",
        "reason": "no model in toy; run: gymbox models pull toy",
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
