"""What can be done to a model of this box: bring a release, prove it, run it beside, go back."""

import asyncio
import logging
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from gateway.inference.errors import NotServed
from gateway.inference.recommenders import Recommenders, ServedModel, VersionRefused
from gateway.model_shelf import ModelShelf
from gateway.models import ModelRefused, Models
from gateway.updates.beside import Beside
from gateway.updates.policy import Local
from gateway.updates.probe import ProbeFailed, clamped_share, prove, questions, raw, read_golden
from gateway.updates.releases import Releases
from gateway.updates.sanity import LiveSanity
from gateway.vision_requests import NotRunning
from provisioning.assignment import Assignment
from provisioning.models import ModelFolderError, file_sha256, read_model, verify
from provisioning.rollback import RollbackFailed, rollback
from sync.releases.errors import ReleaseRefused

_log = logging.getLogger(__name__)

BY: Final = "the cloud"
_LIVE_ROWS: Final = 8


class Unfit(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """A version did not stand its trial; the text says why."""


class Site:
    """The models of this box, as updates deal with them. For one task at a time."""

    def __init__(
        self,
        *,
        models: Models,
        recommenders: Recommenders,
        shelf: ModelShelf,
        releases: Releases,
        folder: Path,
    ) -> None:
        """`folder` takes what runs beside the models that work."""
        self._models = models
        self._recommenders = recommenders
        self._shelf = shelf
        self._releases = releases
        self._folder = folder
        self._beside: dict[str, tuple[Beside, Callable[[], None]]] = {}

    async def local(self, name: str) -> Local:
        """A model as it is now. Raises OSError when the disk cannot be read."""
        found = next((each for each in await asyncio.to_thread(self._models.all) if each.name == name), None)
        release = await asyncio.to_thread(self._releases.installed, name)
        beside = self._beside.get(name)
        return Local(
            used=found is not None and found.used,
            can_watch=name in self._recommenders.names,
            running=None if found is None else found.running_version,
            previous=None if found is None else found.previous_version,
            release=None if release is None else release.sha256,
            watched=None if beside is None else beside[0].challenger.version,
        )

    async def install(self, name: str, wanted: Assignment) -> Mapping[str, Any]:
        """Have a release in the model's place; returns what its signers say of it.

        Raises:
            ReleaseError: it is not installed; what was there still is.
        """
        release = await asyncio.to_thread(self._releases.install, *_named(name, wanted))
        return release.custom

    async def try_out(self, name: str, said: Mapping[str, Any]) -> float:
        """Probe the version in the model's place, let it take over; returns the share of answers usually cut.

        Raises:
            Unfit: it is no good; it lies in the model's place still, and may work.
            NotRunning: nobody can try it now.
        """
        usual = 0.0
        if name in self._recommenders.names:
            usual = await asyncio.to_thread(self._probe, name, self._shelf.folder(name), said)
        try:
            await self._models.reload(name, by=BY)
        except ModelRefused as error:
            raise Unfit(str(error)) from error
        return usual

    async def watch_live(
        self, name: str, version: str, usual: float, *, trial_s: float, tick_s: float
    ) -> None:
        """Look for a while at what a version does that has just taken over.

        Raises:
            Unfit: it fails, or gives way to another one.
        """
        sanity = LiveSanity(name, version, usual_share=usual)
        end = self._recommenders.watch(sanity.heard)
        try:
            for tick in range(max(1, round(trial_s / tick_s))):
                await asyncio.sleep(tick_s)
                await asyncio.to_thread(self._ask, name, tick)
                problem = sanity.problem() or await self._trouble(name, version)
                if problem:
                    raise Unfit(problem)
        finally:
            end()

    async def go_back(self, name: str) -> None:
        """Bring the version before back into the model's place, and let it take over.

        Raises:
            ModelRefused: neither it nor the packaged one can be used.
        """
        try:
            await self._models.rollback(name, by=BY)
        except ModelRefused as error:
            _log.info("model %s: %s; what came with the program takes its place", name, error)
            await self._set_aside(name)

    async def go_to_original(self, name: str) -> None:
        """Have what is no release in the model's place: the gym's own, or what came with the program.

        Raises:
            ModelRefused: it cannot be used.
        """
        await self.go_back(name)
        if await asyncio.to_thread(self._releases.installed, name) is not None:
            await self._set_aside(name)

    def take_back_unloaded(self, name: str) -> None:
        """Exchange the version in a model's place before anything has loaded it. Raises OSError."""
        try:
            rollback(name, self._shelf.folder(name).parent)
        except RollbackFailed as error:
            _log.info("model %s: %s; what came with the program takes its place", name, error)
            self._shelf.refuse(name, back=False)

    async def watch(self, name: str, wanted: Assignment) -> None:
        """Run a release beside what works.

        Raises:
            ReleaseError: it cannot be had.
            Unfit: it is no good.
            OSError: this box has no room for it.
        """
        await self.unwatch(name)
        challenger = await asyncio.to_thread(self._bring_beside, name, wanted)
        beside = Beside(challenger)
        beside.start()
        self._beside[name] = (beside, self._recommenders.watch(beside.heard))

    async def unwatch(self, name: str) -> None:
        """Run nothing beside a model any more."""
        found = self._beside.pop(name, None)
        if found is not None:
            beside, end = found
            end()
            await asyncio.to_thread(beside.stop)
            await asyncio.to_thread(shutil.rmtree, self._folder / name, ignore_errors=True)

    def figures(self, name: str) -> dict[str, Any]:
        """How what runs beside a model compares with it; nothing when nothing does."""
        found = self._beside.get(name)
        return {} if found is None else found[0].figures()

    @property
    def watched(self) -> tuple[str, ...]:
        """The models beside which another version runs."""
        return tuple(self._beside)

    def close(self) -> None:
        """End what runs beside; it is taken up again at the next start."""
        for beside, end in self._beside.values():
            end()
            beside.stop()
        self._beside.clear()

    async def _set_aside(self, name: str) -> None:
        """Empty the model's place, so that the packaged one is used."""
        await asyncio.to_thread(self._shelf.refuse, name, back=False)
        # The next release comes after the packaged one, and must not go back to what was before that.
        await asyncio.to_thread(shutil.rmtree, self._shelf.before(name), ignore_errors=True)
        with suppress(NotRunning):  # the next start takes what there is
            await self._models.reload(name, by=BY)

    def _probe(self, name: str, folder: Path, said: Mapping[str, Any]) -> float:
        """Ask a version what it must know; returns the share of cut answers of what works now."""
        try:
            model = self._recommenders.load_beside(name, folder)
            before = self._other(name, model.version)
            prove(model, before, read_golden(said))
            return 0.0 if before is None else clamped_share(before, questions(before))
        except (VersionRefused, ProbeFailed) as error:
            raise Unfit(str(error)) from error

    def _other(self, name: str, version: str) -> ServedModel | None:
        """What works now; after a restart amid a trial, the version before that."""
        try:
            served = self._recommenders.serving(name)
        except NotServed:
            return None
        return next((each for each in served if each.version != version), None)

    def _ask(self, name: str, seed: int) -> None:
        """Have whoever watches see an answer, also in a gym where nobody asks just now."""
        if name not in self._recommenders.names:
            return
        try:
            model = self._recommenders.find(name, None)
            raw(model, questions(model, rows=_LIVE_ROWS, seed=seed))
        except (NotServed, ProbeFailed) as error:  # whoever watches has seen it
            _log.warning("model %s on trial: %s", name, error)

    async def _trouble(self, name: str, version: str) -> str:
        found = next((each for each in await asyncio.to_thread(self._models.all) if each.name == name), None)
        if found is None or found.running_version != version:
            return f"version {found and found.running_version} works in its place"
        return found.problem

    def _bring_beside(self, name: str, wanted: Assignment) -> ServedModel:
        folder, coming = self._folder / name, self._folder / f".{name}"
        said: Mapping[str, Any] = {}
        if not _is(folder, wanted):
            target, sha256 = _named(name, wanted)
            for each in (coming, folder):
                shutil.rmtree(each, ignore_errors=True)
            coming.mkdir(parents=True)
            said = self._releases.download(target, coming, sha256=sha256).custom
            coming.rename(folder)
        try:
            model = self._recommenders.load_beside(name, folder)
            prove(model, self._other(name, model.version), read_golden(said))
        except (VersionRefused, ProbeFailed) as error:
            raise Unfit(str(error)) from error
        return model


def _named(name: str, wanted: Assignment) -> tuple[str, str]:
    """The release that is wanted, when it is one of the model."""
    target, sha256 = wanted.target, wanted.sha256
    if target is None or sha256 is None or target.split("/")[1:3] != [name, wanted.version]:
        raise ReleaseRefused("not_desired", f"{target} is no release of {name} {wanted.version}")
    return target, sha256


def _is(folder: Path, wanted: Assignment) -> bool:
    """Whether a folder holds the release that is wanted, whole."""
    try:
        return file_sha256(folder / "model.toml") == wanted.sha256 and not verify(read_model(folder))
    except (OSError, ModelFolderError):
        return False
