"""What is desired comes about, is proven, or is taken back; what a kill leaves; what the cloud hears."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.updates import site as site_module
from gateway.updates.policy import MOST_STARTS
from recommender.features import FEATURES
from sync.releases.errors import CloudUnreachable, NotKept, ReleaseRefused
from tests.unit.gateway.updates.box import Box, Cloud
from tests.waiting import PATIENCE_S

BEYOND: dict[str, Any] = {"base": 10_000.0}
"""A network whose every answer is cut off."""


def ask(box: Box, people: int = 1) -> None:
    """Have a member ask, as a plan does."""
    assert box.recommenders.intensity is not None
    values = np.array([[feature.usual for feature in FEATURES]] * people, np.float32)
    box.recommenders.intensity.predict(values, np.zeros_like(values))


async def test_a_good_version_is_installed_proven_and_reported(box: Box, cloud: Cloud) -> None:
    cloud.desire(intensity=box.release("2"))
    await box.turn()
    assert (box.running, box.in_place) == ("2", "2")
    assert cloud.states() == ["installing", "active"]
    assert cloud.said() == {"version": "2", "mode": "active", "rollout": "r1", "state": "active"}
    assert await box.told() == [("intensity", "installing"), ("intensity", "active")]
    part = box.health.get("updates")
    assert part is not None
    assert part.state == "ok"


async def test_nothing_is_done_or_said_twice(box: Box, cloud: Cloud) -> None:
    cloud.desire(intensity=box.release("2"))
    await box.turn()
    reports = len(cloud.reports)
    await box.turn(3)
    assert (len(cloud.reports), len(box.shop.downloads)) == (reports, 1)
    assert box.models.outcomes["intensity", "swapped"] == 1


async def test_no_question_fails_while_a_version_takes_over(box: Box, cloud: Cloud) -> None:
    cloud.desire(intensity=box.release("2"))
    turn = asyncio.create_task(box.turn())
    asked = 0
    while not turn.done():
        ask(box)
        asked += 1
        await asyncio.sleep(0)
    assert asked > 2
    assert cloud.said()["state"] == "active"


async def test_a_bad_version_never_takes_over(box: Box, cloud: Cloud) -> None:
    cloud.desire(intensity=box.release("2", **BEYOND))
    await box.turn()
    assert (box.running, box.in_place) == ("1", "1")
    assert cloud.states() == ["installing", "rolled_back"]
    assert "100% of its answers are at the limits of what can be" in cloud.said()["reason"]
    part = box.health.get("updates")
    assert part is not None
    assert part.state == "degraded"
    assert box.shelf.before("intensity").is_dir()


async def test_what_no_probe_finds_live_questions_do(
    box: Box, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_module, "prove", lambda *_: None)
    cloud.desire(intensity=box.release("2", **BEYOND))
    box.updates._settings = replace(box.updates._settings, trial_s=5.0)
    turn = asyncio.create_task(box.turn())
    while not turn.done():
        ask(box, people=30)
        await asyncio.sleep(0.005)
    assert box.running == "1"
    assert "of its live answers are at the limits" in cloud.said()["reason"]


async def test_a_version_that_cannot_be_loaded_leaves_the_one_that_works(box: Box, cloud: Cloud) -> None:
    cloud.desire(intensity=box.release("2", nan=True))
    await box.turn()
    assert (box.running, box.in_place) == ("1", "1")
    assert cloud.said()["state"] == "rolled_back"


async def test_golden_answers_are_held_against_the_version(box: Box, cloud: Cloud) -> None:
    usual = [feature.usual for feature in FEATURES]
    inputs = {"features": [usual], "imputed": [[0] * 10]}
    wanted = box.release("2", base=30.0)
    right = [[30.0 + usual[1], 1 + 4 * usual[5]]]
    box.shop.custom = {"golden": {"inputs": inputs, "output": [[right[0][0] + 1.0, right[0][1]]]}}
    cloud.desire(intensity=wanted)
    await box.turn()
    assert "answers its golden inputs otherwise" in cloud.said()["reason"]
    assert box.running == "1"
    box.shop.custom = {"golden": {"inputs": inputs, "output": right}}
    cloud.desire(intensity=box.release("3", base=30.0))
    await box.turn()
    assert (box.running, cloud.said()["state"]) == ("3", "active")


async def test_what_was_rolled_back_is_taken_again_only_after_another(
    box: Box, cloud: Cloud, tmp_path: Path, recommender_models: Any
) -> None:
    bad, good = box.release("2", **BEYOND), box.release("3")
    cloud.desire(intensity=bad)
    await box.turn()
    cloud.desire(intensity={**bad, "rollout": "r2"})
    await box.turn(2)
    assert cloud.said() == {**cloud.said(), "rollout": "r2", "state": "rolled_back"}
    await box.stop()
    again = Box(tmp_path, cloud, recommender_models)
    await again.start()
    await again.turn(2)
    assert (len(box.shop.downloads), again.shop.downloads) == (1, [])
    cloud.desire(intensity=good)
    await again.turn()
    cloud.desire(intensity=bad)
    await again.turn()
    assert again.shop.downloads == [good["target"], bad["target"]]
    assert again.running == "3"
    await again.stop()
    box.store.start()


async def test_back_to_the_champion_needs_no_network(box: Box, cloud: Cloud) -> None:
    first, second = box.release("2"), box.release("3")
    for wanted in (first, second):
        cloud.desire(intensity=wanted)
        await box.turn()
    box.shop.trouble = CloudUnreachable("unreachable", "no network")
    cloud.desire(intensity=first)
    await box.turn()
    assert (box.running, cloud.said()["version"], cloud.said()["state"]) == ("2", "2", "active")


@pytest.mark.parametrize("own", ["1", None])
async def test_back_to_what_the_box_had_by_itself(
    tmp_path: Path, cloud: Cloud, recommender_models: Any, own: str | None
) -> None:
    box = Box(tmp_path, cloud, recommender_models)
    if own:
        box.own(own)
    await box.start()
    before = box.running
    for version in ("2", "3"):
        cloud.desire(intensity=box.release(version))
        await box.turn()
    assert box.running == "3"
    back = {"version": "original", "target": None, "sha256": None, "mode": "active", "rollout": "r1"}
    cloud.desire(intensity=back)
    await box.turn()
    assert cloud.said() == {"version": "original", "mode": "active", "rollout": "r1", "state": "active"}
    assert box.in_place is None
    assert box.running != "3"
    assert own is not None or box.running == before
    packaged = box.running
    cloud.desire(intensity=box.release("4", **BEYOND))
    await box.turn()
    assert (cloud.said()["state"], box.running, box.in_place) == ("rolled_back", packaged, None)
    await box.stop()


async def test_a_first_release_over_the_packaged_model_is_taken_back(
    tmp_path: Path, cloud: Cloud, recommender_models: Any
) -> None:
    box = Box(tmp_path, cloud, recommender_models)
    await box.start()
    packaged = box.running
    cloud.desire(intensity=box.release("2", **BEYOND))
    await box.turn()
    assert (box.running, box.in_place, cloud.said()["state"]) == (packaged, None, "rolled_back")
    await box.stop()


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        (CloudUnreachable("unreachable", "later"), "installing"),
        (NotKept("disk", "no room"), "installing"),
        (ReleaseRefused("unsigned", "signed by nobody"), "failed"),
    ],
)
async def test_a_release_that_cannot_be_had(box: Box, cloud: Cloud, trouble: Any, state: str) -> None:
    box.shop.trouble = trouble
    cloud.desire(intensity=box.release("2"))
    await box.turn(2)
    assert (cloud.said()["state"], cloud.said()["reason"], box.running) == (state, str(trouble), "1")
    reports = len(cloud.reports)
    await box.turn(2)
    assert len(cloud.reports) == reports
    box.shop.trouble = None
    await box.turn()
    assert box.running == ("1" if state == "failed" else "2")


async def test_a_release_of_another_model_is_refused(box: Box, cloud: Cloud) -> None:
    wanted = box.release("2")
    cloud.desire(effect=wanted)
    await box.turn()
    assert cloud.said("effect")["state"] == "failed"
    assert box.shop.downloads == []


async def test_a_model_that_the_box_does_not_use_is_rejected(box: Box, cloud: Cloud) -> None:
    cloud.desire(phase={**box.release("2"), "mode": "shadow"}, nonsense={"version": 3})
    await box.turn(2)
    assert (cloud.said("phase")["state"], cloud.states("phase")) == ("rejected", ["rejected"])
    assert cloud.said("nonsense") == {}


async def test_who_takes_another_version_at_the_box_is_heard_of(box: Box, cloud: Cloud) -> None:
    cloud.desire(intensity=box.release("2"))
    await box.turn()
    await box.models.rollback("intensity", by="operator")
    await box.turn(2)
    assert (box.running, cloud.said()["state"]) == ("1", "rolled_back")
    assert "at the box itself" in cloud.said()["reason"]


async def test_a_wish_that_was_taken_back_meanwhile_is_not_carried_out(box: Box, cloud: Cloud) -> None:
    wanted, report = box.release("2"), cloud.report
    cloud.desire(intensity=wanted)

    def changed_first(name: str, reported: Any, *, version: int) -> Any:
        cloud.report = report  # type: ignore[method-assign]
        cloud.desire(intensity={**wanted, "version": "1", "target": None, "sha256": None})
        return report(name, reported, version=version)

    cloud.report = changed_first  # type: ignore[method-assign]
    assert await box.turn() < 2
    assert box.shop.downloads == []
    await box.turn()
    assert (cloud.said()["version"], cloud.said()["state"], box.running) == ("1", "active", "1")


async def test_while_the_cloud_is_away_the_box_waits_longer_and_longer(box: Box, cloud: Cloud) -> None:
    cloud.away = True
    waits = [await box.turn() for _ in range(8)]
    assert max(waits) > 1.0
    cloud.away = False
    assert await box.turn() < 1.0


async def again(box: Box, cloud: Cloud, models: Any) -> Box:
    """The box after a kill: nothing was closed, and its disk is as it was."""
    box.updates._releases.stop()
    box.site.close()
    box.store.stop()
    restarted = Box(box.home, cloud, models)
    restarted.shop.custom = box.shop.custom
    await restarted.start()
    return restarted


async def killed_at(box: Box, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin an installation that ends where it is told."""

    class Killed(BaseException):
        pass

    async def die(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(box.site, place, die)
        with pytest.raises(Killed):
            await box.turn()


@pytest.mark.parametrize(
    "case", [(place, good) for place in ("install", "try_out", "watch_live") for good in (True, False)]
)
async def test_a_kill_ends_in_the_new_version_proven_or_the_old_one(
    box: Box,
    cloud: Cloud,
    recommender_models: Any,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, bool],
) -> None:
    place, good = case
    if not good and place == "watch_live":
        monkeypatch.setattr(site_module, "prove", lambda *_: None)
    cloud.desire(intensity=box.release("2", **({} if good else BEYOND)))
    await killed_at(box, place, monkeypatch)
    monkeypatch.undo()
    restarted = await again(box, cloud, recommender_models)
    cloud.away = True
    await restarted.turn()
    assert (restarted.running, restarted.in_place) == (("2", "2") if good else ("1", "1"))
    cloud.away = False
    await restarted.turn()
    assert cloud.said()["state"] == ("active" if good else "rolled_back")
    await restarted.stop()
    box.store.start()


async def test_a_version_on_trial_that_takes_the_box_down_again_and_again_is_taken_back(
    box: Box, cloud: Cloud, recommender_models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.desire(intensity=box.release("2"))
    await killed_at(box, "watch_live", monkeypatch)
    for start in range(1, MOST_STARTS + 1):
        restarted = await again(box, cloud, recommender_models)
        assert restarted.in_place == ("2" if start < MOST_STARTS else "1")
        if start < MOST_STARTS:
            restarted.store.stop()
    await restarted.turn()
    assert (restarted.running, cloud.said()["state"]) == ("1", "rolled_back")
    assert f"went down {MOST_STARTS} times" in cloud.said()["reason"]
    await restarted.stop()
    box.store.start()


async def test_a_file_that_changed_on_the_disk_is_noticed_at_the_start(
    box: Box, cloud: Cloud, recommender_models: Any
) -> None:
    for version in ("2", "3"):
        cloud.desire(intensity=box.release(version))
        await box.turn()
    (box.models_dir / "intensity" / "cpu.onnx").write_bytes(b"something else")
    restarted = await again(box, cloud, recommender_models)
    await restarted.turn()
    assert (restarted.running, cloud.said()["state"]) == ("2", "rolled_back")
    assert "cpu.onnx has changed" in cloud.said()["reason"]
    await restarted.stop()
    box.store.start()


async def test_a_challenger_runs_beside_and_only_its_figures_leave(box: Box, cloud: Cloud) -> None:
    cloud.desire(intensity={**box.release("2", base=23.0), "mode": "shadow"})
    await box.turn()
    assert (box.running, cloud.said()["state"]) == ("1", "shadowing")
    for _ in range(4):
        ask(box, people=5)
    figures: dict[str, Any] = {}
    async with asyncio.timeout(PATIENCE_S):
        while figures.get("asked") != 20:
            await box.turn()
            figures = cloud.said().get("figures") or {}
    assert figures["failures"] == 0
    assert figures["mean_absolute_difference"] == {"duration_minutes": 3.0, "intensity_score": 0.0}
    assert figures["latency_ratio"] > 0
    assert box.in_place == "1"


async def test_from_beside_to_in_its_place(box: Box, cloud: Cloud) -> None:
    wanted = box.release("2")
    cloud.desire(intensity={**wanted, "mode": "shadow"})
    await box.turn()
    cloud.desire(intensity=wanted)
    await box.turn()
    assert (box.running, box.site.watched) == ("2", ())
    assert cloud.said() == {"version": "2", "mode": "active", "rollout": "r1", "state": "active"}


async def test_a_challenger_that_is_no_good_fails_and_the_champion_knows_nothing_of_it(
    box: Box, cloud: Cloud
) -> None:
    cloud.desire(intensity={**box.release("2", **BEYOND), "mode": "shadow"})
    await box.turn()
    assert (box.running, cloud.said()["state"], box.site.watched) == ("1", "failed", ())


async def test_a_challenger_is_taken_up_again_after_a_restart_without_a_network(
    box: Box, cloud: Cloud, recommender_models: Any
) -> None:
    cloud.desire(intensity={**box.release("2"), "mode": "shadow"})
    await box.turn()
    restarted = await again(box, cloud, recommender_models)
    cloud.away = True
    await restarted.turn()
    assert (restarted.site.watched, restarted.shop.downloads) == (("intensity",), [])
    cloud.away = False
    cloud.desire(intensity=None)
    await restarted.turn()
    assert restarted.site.watched == ()
    await restarted.stop()
    box.store.start()


async def test_a_disk_that_fails_keeps_neither_the_box_from_starting_nor_other_models(
    box: Box, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise OSError("input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(box.shop, "check", fail)
        await box.updates.recover()
    installed = box.shop.installed
    monkeypatch.setattr(box.shop, "installed", lambda name: fail() if name == "effect" else installed(name))
    cloud.desire(effect=box.release("2", "effect"), intensity=box.release("2"))
    await box.turn()
    assert (cloud.said("effect"), cloud.said()["state"]) == ({}, "active")
