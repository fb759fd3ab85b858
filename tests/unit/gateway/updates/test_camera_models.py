"""Updates of a model that looks through cameras: another process takes it, tries it, and says how it does."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.gateway.updates.box import Box, Cloud, digest
from tests.unit.sync.releases.signed_cloud import write_model
from vision.processes.messages import Declined, InferenceStatus, Request


@pytest.fixture
async def box(tmp_path: Path, cloud: Cloud, recommender_models: Any) -> AsyncIterator[Box]:
    box = Box(tmp_path, cloud, recommender_models, pose="toy")
    write_model(box.models_dir / "toy", "1")
    box.inference_status = InferenceStatus(pose_model="toy", runtime="litert", version="1")
    await box.start()
    yield box
    await box.stop()


def release(box: Box, version: str) -> dict[str, Any]:
    folder = write_model(box.home / "stock" / version / "toy", version)
    told = {
        "version": version,
        "target": f"models/toy/{version}/model.toml",
        "mode": "active",
        "rollout": "r1",
    }
    return {**told, "sha256": digest(folder / "model.toml")}


def running(box: Box) -> str:
    assert box.inference_status is not None
    return box.inference_status.version


async def test_a_version_that_is_taken_and_keeps_working_stays(box: Box, cloud: Cloud) -> None:
    cloud.desire(toy=release(box, "2"))
    await box.turn()
    assert (running(box), cloud.said("toy")["state"]) == ("2", "active")


async def test_a_version_that_is_declined_goes_back(
    box: Box, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = box.swap

    def decline(request: Request) -> bool:
        if request.version == "1":  # type: ignore[union-attr]
            return take(request)
        box.requests.answered(Declined(request_id=request.request_id, reason="it finds nobody"))
        return True

    monkeypatch.setattr(box.requests, "_send", decline)
    cloud.desire(toy=release(box, "2"))
    await box.turn()
    assert (running(box), cloud.said("toy")["state"]) == ("1", "rolled_back")
    assert "it finds nobody" in cloud.said("toy")["reason"]


async def test_a_version_that_gives_way_while_it_is_on_trial_goes_back(
    box: Box, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = box.swap

    def fails_then(request: Request) -> bool:
        taken = take(request)
        assert box.inference_status is not None
        if request.version == "2":  # type: ignore[union-attr]
            box.inference_status = replace(box.inference_status, version="1")
        return taken

    monkeypatch.setattr(box.requests, "_send", fails_then)
    cloud.desire(toy=release(box, "2"))
    await box.turn()
    assert (running(box), cloud.said("toy")["state"]) == ("1", "rolled_back")
    assert "version 1 works in its place" in cloud.said("toy")["reason"]


async def test_while_nobody_looks_it_waits_to_be_tried(box: Box, cloud: Cloud) -> None:
    looking, box.inference_status = box.inference_status, None
    cloud.desire(toy=release(box, "2"))
    await box.turn(2)
    assert cloud.said("toy")["state"] == "installing"
    assert cloud.said("toy")["reason"]
    box.inference_status = looking
    await box.turn()
    assert (running(box), cloud.said("toy")["state"]) == ("2", "active")


async def test_it_does_not_run_beside_another(box: Box, cloud: Cloud) -> None:
    cloud.desire(toy={**release(box, "2"), "mode": "shadow"})
    await box.turn()
    assert (running(box), cloud.said("toy")["state"]) == ("1", "rejected")
