"""A box's updates with a cloud in memory: real models, store and installing; no network, no waiting."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from gateway.events import rows as event_rows
from gateway.events.log import EventLog
from gateway.events.rows import EventFilter
from gateway.health import Health
from gateway.inference.recommenders import Recommenders
from gateway.model_shelf import ModelShelf
from gateway.models import Models
from gateway.store.store import Store
from gateway.twin.link import CloudLink, LinkSettings
from gateway.updates import rows
from gateway.updates.releases import Releases
from gateway.updates.rows import Memory
from gateway.updates.site import Site
from gateway.updates.updates import Updates, UpdateSettings
from gateway.vision_requests import VisionRequests
from provisioning.models import read_model
from sync.releases.errors import CloudUnreachable, ReleaseError
from sync.releases.release import Release, ReleaseFile
from sync.upload.answer import NotDelivered
from tests.unit.gateway.twin.cloud_in_memory import CloudInMemory
from vision.processes.messages import InferenceStatus, Request, SwapModel, Swapped

QUICK = UpdateSettings(trial_s=0.02, tick_s=0.01, figures_s=0.0)


class Cloud(CloudInMemory):
    """What is desired of the models of one box, and what that says of them."""

    def desire(self, name: str = "models", /, **wishes: Any) -> None:
        super().desire(name, **wishes)

    def said(self, name: str = "intensity") -> dict[str, Any]:
        said: Any = super().said("models").get(name, {})
        return dict(said)

    def states(self, name: str = "intensity") -> list[str]:
        """Every state that was reported, in order."""
        said: list[Any] = [each[name] for _, each in self.reports if name in each]
        states = [each.get("state") for each in said]
        return [state for place, state in enumerate(states) if place == 0 or states[place - 1] != state]


class NoCloud:
    """The line of a box without a cloud."""

    def client(self) -> NoReturn:
        raise NotDelivered("unreachable", "this box has no cloud: [cloud] url is empty")

    def close(self) -> None:
        """There is nothing to let go of."""


class Shop(Releases):
    """Releases that lie in a folder of the test instead of behind a network."""

    def __init__(self, *, shelf: ModelShelf, folder: Path, stock: Path) -> None:
        super().__init__(line=NoCloud(), root=lambda: None, shelf=shelf, folder=folder)
        self.stock = stock
        self.custom: dict[str, Any] = {}
        self.trouble: ReleaseError | None = None
        self.downloads: list[str] = []

    def download(self, target: str, into: Path, **_: Any) -> Release:
        self.downloads.append(target)
        if self.trouble is not None:
            raise self.trouble
        _models, name, version, _file = target.split("/")
        source = self.stock / version / name
        if not source.is_dir():
            raise CloudUnreachable("unreachable", "not there")
        for path in source.iterdir():
            shutil.copy(path, into)
        files = sorted(into.iterdir(), key=lambda path: path.name != "model.toml")
        return Release(
            target=target,
            files=tuple(
                ReleaseFile(name=path.name, sha256=digest(path), size=path.stat().st_size) for path in files
            ),
            custom=self.custom,
        )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Box:
    """A box that can be started again on the same disk."""

    def __init__(
        self,
        home: Path,
        cloud: Any,
        models: Any,
        *,
        settings: UpdateSettings = QUICK,
        releases: Releases | None = None,
        pose: str | None = None,
    ) -> None:
        """`cloud` answers as the wire does; `releases` come from a folder unless told."""
        self.home = home
        self.cloud = cloud
        self._models = models
        self.models_dir = home / "models"
        self.health = Health()
        self.store = Store(path=home / "gymbox.sqlite3", migrations=(rows.migrations, event_rows.migrations))
        self.events = EventLog(store=self.store)
        self.recommenders = Recommenders(models_dir=self.models_dir, health=self.health)
        self.inference_status: InferenceStatus | None = None
        self.requests = VisionRequests(self.swap)
        self.models = Models(
            pose=pose, models_dir=self.models_dir, looking=self, recommenders=self.recommenders
        )
        self.shelf = ModelShelf(self.models_dir)
        self.shop = Shop(shelf=self.shelf, folder=self.models_dir / ".releases", stock=home / "stock")
        self.releases = releases or self.shop
        self.site = Site(
            models=self.models,
            recommenders=self.recommenders,
            shelf=self.shelf,
            releases=self.releases,
            folder=self.models_dir / ".beside",
        )
        self.link = CloudLink(cloud, settings=lambda: LinkSettings(poll_s=0.01))
        self.updates = Updates(
            site=self.site,
            twin=self.link.twin("models"),
            releases=self.releases,
            store=self.store,
            health=self.health,
            events=self.events,
            settings=settings,
        )

    def model_installed(self) -> None:
        """Nobody looks through cameras here."""

    def swap(self, request: Request) -> bool:
        """What the cameras' process does about another version; nobody looks unless there is a status."""
        assert isinstance(request, SwapModel)
        if self.inference_status is None:
            return False
        self.inference_status = replace(self.inference_status, version=request.version)
        self.requests.answered(Swapped(request_id=request.request_id, version=request.version))
        return True

    async def start(self) -> None:
        self.store.start()
        await self.updates.recover()
        self.recommenders.load()

    async def stop(self) -> None:
        self.updates.close()
        self.link.close()
        await self.events.close()
        self.store.stop()

    async def turn(self, times: int = 1) -> float:
        """Have the box look at what is desired."""
        wait_s = 0.0
        for _ in range(times):
            wait_s = await self.link.turn()
            await self.updates._turn()
        return wait_s

    def release(self, version: str, name: str = "intensity", **how: Any) -> dict[str, Any]:
        """Make a release and return how a cloud desires it."""
        folder = self._models.write(self.home / "stock" / version / name, version=version, **how)
        return {
            "version": version,
            "target": f"models/{name}/{version}/model.toml",
            "sha256": digest(folder / "model.toml"),
            "mode": "active",
            "rollout": "r1",
        }

    def own(self, version: str, **how: Any) -> None:
        """Put a model of the gym's own in place."""
        self._models.write(self.models_dir / "intensity", version=version, **how)

    @property
    def running(self) -> str:
        return self.recommenders.running()["intensity"][0]

    @property
    def in_place(self) -> str | None:
        folder = self.models_dir / "intensity"
        return read_model(folder).version if folder.is_dir() else None

    async def memory(self, name: str = "intensity") -> Memory | None:
        return (await self.store.read(rows.load)).get(name)

    async def told(self) -> list[tuple[str, str]]:
        """What the event log has of updates, oldest first."""
        found = await self.events.read(EventFilter(kind="model-update"), 100)
        return [(event.subject, event.outcome) for event in reversed(found)]
