"""Models of the recommender that are damaged: a plan comes all the same, and what stands in is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.api import ApiSettings
from gateway.app import Box
from gateway.config.model import BoxConfig
from gateway.inference import recommenders

NOWHERE = BoxConfig.model_validate({"mqtt": {"url": "mqtt://127.0.0.1:9"}})
MEMBER = {"display_name": "Ada", "birth_year": 1990}
Damage = Callable[[Path], object]

DAMAGES: dict[str, Damage] = {
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:500]),
    "one bit wrong": lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
    "gone": Path.unlink,
    "of another kind": lambda path: path.with_name("model.toml").write_text(
        'task = "pose"\nversion = "1"\nfiles = []'
    ),
    "without its description": lambda path: path.with_name("model.toml").write_bytes(b"\xff"),
}


async def plan_of(data_dir: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Start a box on the folder; its parts, and a plan it makes."""
    box = Box(config=NOWHERE, data_dir=data_dir, settings=ApiSettings(loopback_operator=True))
    await box.start()
    transport = httpx.ASGITransport(box.api, client=("127.0.0.1", 50000))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            (await client.put("/api/v1/members/ada", json=MEMBER)).raise_for_status()
            plan = (await client.post("/api/v1/members/ada/plan")).raise_for_status().json()
            parts = (await client.get("/readyz")).json()["parts"]
    finally:
        await box.stop()
    return parts, plan


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_a_damaged_model_of_the_gym_gives_way_to_the_packaged_one(
    tmp_path: Path, recommender_models: Any, damage: Damage
) -> None:
    own = recommender_models.write(tmp_path / "models" / "intensity", version="ours")
    damage(own / "cpu.onnx")
    parts, plan = await plan_of(tmp_path)
    assert parts["recommender:intensity"]["state"] == "degraded"
    assert "the packaged intensity model is used instead" in parts["recommender:intensity"]["reason"]
    assert str(tmp_path) not in parts["recommender:intensity"]["reason"]
    assert parts["recommender:effect"]["state"] == "ok"
    assert plan["source"] == "model"
    assert plan["model_versions"]["intensity"] not in {"ours", ""}


async def test_a_whole_model_of_the_gym_makes_its_plans(tmp_path: Path, recommender_models: Any) -> None:
    recommender_models.write(tmp_path / "models" / "intensity", version="ours")
    parts, plan = await plan_of(tmp_path)
    assert parts["recommender:intensity"]["state"] == "ok"
    assert (plan["source"], plan["model_versions"]["intensity"]) == ("model", "ours")


async def test_without_any_model_the_rules_make_the_plan_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommenders, "PACKAGED", tmp_path / "nowhere")
    parts, plan = await plan_of(tmp_path)
    without = {"intensity": "plans follow the rules alone", "effect": "workout that is most overdue"}
    for name, words in without.items():
        assert parts[f"recommender:{name}"]["state"] == "degraded"
        assert words in parts[f"recommender:{name}"]["reason"]
    assert (plan["source"], plan["model_versions"]) == ("rules", {})
    assert plan["source_note"]
    assert plan["blocks"][0]["kind"] == "warm_up"
