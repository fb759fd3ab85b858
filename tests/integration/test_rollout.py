"""Boxes, the real service over HTTP, real signatures: a good model reaches everybody, a bad one is back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from gateway.twin.connection import Connection
from gateway.twin.wire import ShadowWire
from gateway.updates import site as site_module
from gateway.updates.releases import Releases
from recommender.features import FEATURES
from sync.cloud.app import Cloud as Service
from sync.cloud.registry import registry
from sync.cloud.rollout.plan import Plan
from sync.cloud.settings import load
from sync.cloud.signing.publish import publish_model
from sync.upload.credentials import CloudAddress
from tests.unit.gateway.updates.box import QUICK, Box
from tests.unit.sync.cloud.listening import listening
from tests.unit.sync.cloud.simulated_fleet import empty_database
from tests.unit.sync.releases.signed_cloud import BUILT_AT, CONTEXT
from tests.unit.sync.releases.signed_cloud import Cloud as Signers

GROUPS = [
    {"name": "shadow", "mode": "shadow", "boxes": 1, "soak_s": 0, "limits": {"least_asked": 5}},
    {"name": "canary", "boxes": 1, "soak_s": 0},
    {"name": "all", "percent": 100, "soak_s": 0},
]
ONE = np.array([[feature.usual for feature in FEATURES]], np.float32)


class Fleet:
    """The service, who signs for it, and three boxes."""

    def __init__(self, home: Path, signers: Signers, models: Any) -> None:
        self._home = home
        self._signers = signers
        self._models = models
        places = {"REPOSITORY": str(signers.folder), "ONLINE_KEYS": str(signers.online)}
        environ = {f"GYMBOX_CLOUD_SIGNING__{name}": place for name, place in places.items()}
        (home / "cloud.sqlite").write_bytes(empty_database())
        self.service = Service(load(None, folder=home, environ=environ))
        self.boxes: dict[str, Box] = {}
        self.answered = 0

    async def add(self, name: str, url: str) -> None:
        token = self.service.gateways.add(name, gym_id=f"gym-of-{name}", tenant_id="tenant")
        home = self._home / name
        root = home / "root.json"
        home.mkdir()
        root.write_bytes(self._signers.root)

        def line() -> Connection:
            return Connection(
                lambda: CloudAddress("https://cloud"),
                connect=lambda _: httpx.Client(
                    base_url=url,
                    headers={"Authorization": f"Bearer {token}"},
                    verify=CONTEXT,
                    trust_env=False,
                    timeout=10,
                ),
            )

        wire = ShadowWire(line())
        box = Box(home, wire, self._models, settings=QUICK)
        releases = Releases(
            line=line(),
            root=lambda: root,
            shelf=box.shelf,
            folder=home / "models" / ".releases",
            built_at=BUILT_AT,
        )
        box = self.boxes[name] = Box(home, wire, self._models, settings=QUICK, releases=releases)
        box.own("1")
        await box.start()

    def publish(self, version: str, **how: Any) -> None:
        """Sign a version and make it the registry's challenger."""
        folder = self._models.write(self._home / version / "intensity", version=version, **how)
        golden = {
            "inputs": {"features": ONE.tolist(), "imputed": [[0.0] * 10]},
            "output": [[how.get("base", 20.0) + float(ONE[0, 1]), 1 + 4 * float(ONE[0, 5])]],
        }
        signers = self._signers
        published = publish_model(
            folder,
            signers.repository,
            signers.keys,
            blessed=True,
            facts={"golden": golden},
            now=signers.now,
        )
        with self.service.database.write() as session:
            registry.create_model_version(
                session, "intensity", version, source="x", code_version="1", created_at=signers.now
            )
            registry.set_registered_model_alias(session, "intensity", registry.CHALLENGER, version)
            for key, value in (("target", published.target), ("sha256", published.sha256)):
                registry.set_model_version_tag(session, "intensity", version, f"release.{key}", value)

    async def live(self, rounds: int) -> None:
        """Let boxes look, members ask, and the service decide, again and again."""
        for _ in range(rounds):
            for box in self.boxes.values():
                turn = asyncio.create_task(box.turn())
                while not turn.done():
                    self._ask(box)
                    await asyncio.sleep(0.005)
                await turn
            await asyncio.to_thread(self.service.rollouts.step)

    def _ask(self, box: Box) -> None:
        assert box.recommenders.intensity is not None
        said = box.recommenders.intensity.predict(ONE, np.zeros_like(ONE))
        assert np.isfinite(said).all()
        self.answered += 1

    @property
    def running(self) -> set[str]:
        return {box.running for box in self.boxes.values()}

    def champion(self) -> str | None:
        with self.service.database.read() as session:
            found = registry.get_model_version_by_alias(session, "intensity", registry.CHAMPION)
            return None if found is None else found.version


@pytest.fixture
async def fleet(tmp_path: Path, recommender_models: Any) -> AsyncIterator[Fleet]:
    fleet = Fleet(tmp_path, Signers(tmp_path / "signers"), recommender_models)
    with listening(fleet.service) as url:
        for name in ("a", "b", "c"):
            await fleet.add(name, url)
        yield fleet
        for box in fleet.boxes.values():
            await box.stop()
    fleet.service.stop()


def start(fleet: Fleet) -> str:
    plan = Plan.model_validate({"groups": GROUPS})
    return fleet.service.rollouts.start("intensity", plan=plan, by="operator ann").id


@pytest.mark.slow
async def test_a_good_model_goes_out_and_a_bad_one_comes_back(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.publish("2", base=22.0)
    good = start(fleet)
    await fleet.live(1)
    assert fleet.running == {"1"}
    await fleet.live(5)
    listed = fleet.service.rollouts.show(good).rollout
    assert (listed.status, fleet.running, fleet.champion()) == ("finished", {"2"}, "2"), listed.reason
    beside = [each for (group, _), each in listed.executions.items() if group == 0]
    assert [each.state for each in beside] == ["succeeded"]
    assert fleet.answered > 20

    monkeypatch.setattr(site_module, "prove", lambda *_: None)  # whoever forced it through
    for box in fleet.boxes.values():
        box.updates._settings = replace(QUICK, trial_s=5.0)
    fleet.publish("3", base=10_000.0)
    bad = start(fleet)
    await fleet.live(4)
    halted = fleet.service.rollouts.show(bad).rollout
    assert (halted.status, fleet.running, fleet.champion()) == ("halted", {"2"}, "2")
    failures = [each.reason for each in halted.executions.values() if each.state == "failed"]
    assert any("of its live answers are at the limits of what can be" in each for each in failures), failures
    assert {box.in_place for box in fleet.boxes.values()} == {"2"}


async def test_a_box_that_is_killed_while_it_installs_ends_well(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.publish("2", base=22.0)
    begun = fleet.service.rollouts.start(
        "intensity", plan=Plan.model_validate({"groups": GROUPS[2:]}), by="operator ann"
    )

    class Killed(BaseException):
        pass

    async def die(*_: Any, **__: Any) -> Any:
        raise Killed

    box = fleet.boxes["a"]
    with monkeypatch.context() as patch:
        patch.setattr(box.site, "watch_live", die)
        with pytest.raises(Killed):
            await box.turn()
    box.store.stop()
    fleet.boxes["a"] = Box(box.home, box.cloud, fleet._models, settings=QUICK, releases=box.releases)
    await fleet.boxes["a"].start()
    await fleet.live(2)
    assert fleet.service.rollouts.show(begun.id).rollout.status == "finished"
    assert fleet.running == {"2"}
