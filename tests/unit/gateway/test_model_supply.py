import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway import model_supply
from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.health import Health, PartState
from gateway.model_supply import ModelSupply
from provisioning.pull import PullFailed


def wait_for(true: Callable[[], object]) -> None:
    done = threading.Event()
    for _ in range(200):
        if true():
            return
        done.wait(0.02)
    pytest.fail("it never came true")


@pytest.fixture
def health() -> Health:
    return Health()


def supply(tmp_path: Path, health: Health, installed: Callable[[], None] = lambda: None) -> ModelSupply:
    return ModelSupply(model="blazepose", models_dir=tmp_path, health=health, on_installed=installed)


def state(health: Health) -> Any:
    part = health.get("model:blazepose")
    return part and part.state


def test_an_installed_model_is_left_alone(blazepose: Path, health: Health) -> None:
    told = threading.Event()
    it = supply(blazepose.parent, health, told.set)
    it.start()
    it.stop()
    assert state(health) == "ok"
    assert not told.is_set()


def test_a_missing_model_is_pulled_and_told(
    tmp_path: Path, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_supply, "pull", lambda *_, **__: None)
    told = threading.Event()
    it = supply(tmp_path, health, told.set)
    it.start()
    assert told.wait(5)
    it.stop()
    assert state(health) == "ok"


def test_without_a_network_it_says_why_and_tries_again(
    tmp_path: Path, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    def pull(*_: Any, **__: Any) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise PullFailed("blazepose", "no source answered", advice="connect the box")

    monkeypatch.setattr(model_supply, "pull", pull)
    monkeypatch.setattr(model_supply, "RETRY_S", 0.05)
    reasons: list[str] = []
    health.subscribe(lambda _, part: reasons.append(part.reason))
    it = supply(tmp_path, health)
    it.start()
    wait_for(lambda: state(health) == "ok")
    it.stop()
    assert len(attempts) == 3
    assert any("no source answered" in reason for reason in reasons)


def test_a_pull_that_runs_is_given_up_when_the_box_stops(
    tmp_path: Path, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()

    def pull(*_: Any, progress: Callable[[int, int, str], None], **__: Any) -> None:
        for done in range(10_000):
            progress(done, 10_000, "detector.tflite")
            begun.set()
            threading.Event().wait(0.005)

    monkeypatch.setattr(model_supply, "pull", pull)
    told = threading.Event()
    it = supply(tmp_path, health, told.set)
    it.start()
    assert begun.wait(5)
    wait_for(lambda: state(health) == "degraded")
    it.stop(timeout_s=5)
    assert threading.active_count() == 1 or all(t.name != "model-supply" for t in threading.enumerate())
    assert not told.is_set()


async def test_another_model_is_brought_and_the_one_before_is_given_up(
    tmp_path: Path, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def pull(name: str, _folder: Path, *, progress: Callable[..., None]) -> None:
        asked.append(name)
        while name == "blazepose":
            progress(1, 2, name)

    monkeypatch.setattr(model_supply, "pull", pull)
    camera = {"camera": [{"id": "c", "url": 0}]}
    old = BoxConfig.model_validate(camera)
    new = BoxConfig.model_validate({**camera, "vision": {"pose": "movenet"}})
    it = supply(tmp_path, health)
    it.start()
    await it.reconfigure(new, between(old, new))
    wait_for(lambda: health.get("model:movenet") == PartState("ok"))
    assert (asked, health.get("model:blazepose")) == (["blazepose", "movenet"], None)
    none = BoxConfig.model_validate({"vision": {"pose": "movenet"}})
    await it.reconfigure(none, between(new, none))
    assert health.snapshot() == {}
    it.stop()
