"""The models of this box: which version works, how another one takes over, and the way back."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, Protocol

from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.inference.recommenders import PACKAGED as PACKAGED_RECOMMENDERS
from gateway.inference.recommenders import Recommenders, VersionRefused
from gateway.redaction import shorten_paths
from gateway.sessions.report import ModelVersions
from gateway.vision_requests import NotRunning, RequestFailed, VisionRequests
from provisioning.manifest import MANIFEST_NAME, parse_manifest
from provisioning.models import BrokenModel, ModelFolder, ModelFolderError, read_model, survey, verify
from provisioning.rollback import RollbackFailed, previous, rollback
from vision.counting.phase import PHASE_MODEL
from vision.phase.model import NAME as PHASE
from vision.phase.model import PACKAGED
from vision.processes.messages import InferenceStatus, SwapModel

_log = logging.getLogger(__name__)

# Loading and trying a model takes a second; with every core of the box busy, several.
_SWAP_S: Final = 30.0

Outcome = Literal["swapped", "refused"]


class ModelUnknown(LookupError):  # noqa: N818 - named by what happened
    """No model of this name is installed."""


class ModelRefused(Exception):  # noqa: N818 - named by what happened
    """Another version is not taken; the one that works goes on. The text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel:
    """A model's folder, and what of it works now.

    Attributes:
        name: of the model and of its folder.
        version: what lies in the folder; None when that cannot be read.
        task: what it is for.
        packaged: whether it came with the program and has no folder among the models.
        problem: why the folder cannot be used; empty when it can.
        used: whether this box is configured to work with it.
        running_version: the version that works now, None while none does.
        runtime: what executes it now.
        previous_version: what a rollback would bring back, None when nothing is kept.
    """

    name: str
    version: str | None
    task: str | None
    packaged: bool
    problem: str
    used: bool
    running_version: str | None
    runtime: str | None
    previous_version: str | None


class Looking(Protocol):
    """Who works with the models: the cameras' fleet."""

    @property
    def requests(self) -> VisionRequests:
        """What its process can be asked for."""

    @property
    def inference_status(self) -> InferenceStatus | None:
        """What its process said last."""

    def model_installed(self) -> None:
        """Start that process at once if it waits for a model that can be loaded."""


class Models:
    """The folder of models, and who works with them: the cameras' process and the recommender."""

    def __init__(
        self,
        *,
        pose: str | None,
        models_dir: Path,
        looking: Looking,
        recommenders: Recommenders,
    ) -> None:
        """`pose` names the pose model in use, None without a camera."""
        self._pose = pose
        self._models_dir = models_dir
        self._looking = looking
        self._recommenders = recommenders
        self._counted_with = PHASE_MODEL
        self._changing = asyncio.Lock()
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()
        """How often another version was taken or refused, by model."""

    async def reconfigure(self, config: BoxConfig, _change: Change) -> None:
        """Take another pose model for the one in use."""
        self._pose = config.vision.pose if config.cameras else None

    def all(self) -> list[InstalledModel]:
        """Every model, by name. Reads the disk; call it beside the event loop."""
        found = {each.path.name: each for each in survey(self._models_dir)}
        found.setdefault(PHASE, _packaged_phase())
        for each in survey(PACKAGED_RECOMMENDERS):
            found.setdefault(each.path.name, each)
        return [self._describe(name, found[name]) for name in sorted(found)]

    def running(self) -> dict[str, tuple[str, str]]:
        """Version and runtime of the models that work now, by name."""
        running = self._recommenders.running()
        status = self._looking.inference_status
        if status is None or status.state == "failed":
            return running
        running[status.pose_model] = (status.version, status.runtime)
        if status.phase_model:
            running[PHASE] = (status.phase_model.removeprefix(f"{PHASE}-"), status.phase_runtime)
        return running

    def counting(self) -> ModelVersions:
        """What counts now, as the record of a session keeps it; while nothing does, what counted last."""
        status = self._looking.inference_status
        if status is not None and status.phase_model:
            self._counted_with = f"{PHASE_MODEL}+{status.phase_model}"
        return ModelVersions(pose=self._pose, phase=self._counted_with if self._pose else None)

    async def reload(self, name: str, *, by: str) -> InstalledModel:
        """Take the version that now lies in the model's folder; returns when it works.

        Raises:
            ModelUnknown: there is no such folder.
            ModelRefused: it is not used here, is damaged, cannot be loaded, or is of no use.
            NotRunning: nothing looks through the cameras now; the next start takes what lies in the folder.
        """
        async with self._changing:
            version = await self._take(name, by=by)
        return replace(await self._find(name), running_version=version)

    async def rollback(self, name: str, *, by: str) -> InstalledModel:
        """Bring back the version before, and take it if the model is in use.

        Raises:
            ModelUnknown: there is no such folder.
            ModelRefused: no version before is kept, or it is refused like any other; nothing has changed.
        """
        version = None
        async with self._changing:
            found = await self._find(name)
            try:
                await asyncio.to_thread(rollback, name, self._models_dir)
            except RollbackFailed as error:
                raise self._refused(name, str(error), by=by) from error
            if found.used:
                try:
                    version = await self._take(name, by=by)
                except NotRunning:
                    _log.info("model %s: the next start takes the version before", name)
                    self._looking.model_installed()
                except ModelRefused:
                    with suppress(
                        RollbackFailed
                    ):  # damaged too: then it is no better than what lies there now
                        await asyncio.to_thread(rollback, name, self._models_dir)
                    raise
        return replace(await self._find(name), running_version=version)

    async def _take(self, name: str, *, by: str) -> str:
        if not self._uses(name):
            await self._find(name)
            raise ModelRefused(f"The model {name} is not in use on this box; there is nothing to reload.")
        try:
            version = await (self._exchange(name) if name in self._recommenders.names else self._swap(name))
        except NotRunning:
            raise
        except (ModelFolderError, RequestFailed, VersionRefused) as error:
            raise self._refused(name, str(error), by=by) from error
        except TimeoutError:
            raise self._refused(name, f"no answer within {_SWAP_S:.0f} s", by=by) from None
        self.outcomes[name, "swapped"] += 1
        _log.info("model %s: version %s was taken, as asked by %s", name, version, by)
        return version

    async def _exchange(self, name: str) -> str:
        """Have the recommender take the version that lies in the folder."""
        return await asyncio.to_thread(self._recommenders.take, name)

    async def _swap(self, name: str) -> str:
        """Have the cameras' process take the version that lies in the folder."""
        folder = await asyncio.to_thread(self._whole, name)
        asked = self._looking.requests.ask(
            lambda number: SwapModel(request_id=number, model=name, version=folder.version)
        )
        await asyncio.wait_for(asyncio.wrap_future(asked), _SWAP_S)
        return folder.version

    def _uses(self, name: str) -> bool:
        seeing = self._pose is not None and name in {self._pose, PHASE}
        return seeing or name in self._recommenders.names

    def _whole(self, name: str) -> ModelFolder:
        own = self._models_dir / name
        folder = _packaged_phase() if name == PHASE and not own.is_dir() else read_model(own)
        if problems := verify(folder):
            raise ModelFolderError("; ".join(problems))
        return folder

    def _refused(self, name: str, reason: str, *, by: str) -> ModelRefused:
        self.outcomes[name, "refused"] += 1
        _log.warning("model %s: another version, asked for by %s, is refused: %s", name, by, reason)
        return ModelRefused(f"The model {name} stays as it is: {shorten_paths(reason)}.")

    async def _find(self, name: str) -> InstalledModel:
        for found in await asyncio.to_thread(self.all):
            if found.name == name:
                return found
        raise ModelUnknown(f"There is no model {name} on this box.")

    def _describe(self, name: str, found: ModelFolder | BrokenModel) -> InstalledModel:
        folder = found if isinstance(found, ModelFolder) else None
        before = previous(name, self._models_dir)
        used, status = self._uses(name), self._looking.inference_status
        running_version, runtime = (used and self.running().get(name)) or (None, None)
        packaged = found.path.parent != self._models_dir
        trouble = self._recommenders.trouble(name)
        if status is not None and name == PHASE and not packaged:
            trouble = status.phase_trouble
        return InstalledModel(
            name=name,
            version=folder.version if folder else None,
            task=folder.manifest.task if folder else None,
            packaged=packaged,
            problem=trouble or (found.reason if isinstance(found, BrokenModel) else ""),
            used=used,
            running_version=running_version,
            runtime=runtime,
            previous_version=before.version if before else None,
        )


def _packaged_phase() -> ModelFolder:
    """The phase model that came with the program."""
    manifest = PACKAGED / MANIFEST_NAME
    return ModelFolder(PACKAGED, parse_manifest(manifest.read_text("utf-8"), where=str(manifest)))
