"""The models of this box: which version works, how another one takes over, and the way back."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, Protocol

from gateway.redaction import shorten_paths
from gateway.vision_requests import NotRunning, RequestFailed, VisionRequests
from provisioning.models import BrokenModel, ModelFolder, ModelFolderError, read_model, survey, verify
from provisioning.rollback import RollbackFailed, previous, rollback
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
        problem: why the folder cannot be used; empty when it can.
        used: whether this box is configured to look with it.
        running_version: the version that works now, None while none does.
        runtime: what executes it now.
        previous_version: what a rollback would bring back, None when nothing is kept.
    """

    name: str
    version: str | None
    task: str | None
    problem: str
    used: bool
    running_version: str | None
    runtime: str | None
    previous_version: str | None


class Looking(Protocol):
    """Who works with the pose model: the cameras' fleet."""

    @property
    def requests(self) -> VisionRequests:
        """What its process can be asked for."""

    @property
    def inference_status(self) -> InferenceStatus | None:
        """What its process said last."""

    def model_installed(self) -> None:
        """Start that process at once if it waits for a model that can be loaded."""


class Models:
    """The folder of models, and the process that works with one of them."""

    def __init__(
        self,
        *,
        pose: str | None,
        models_dir: Path,
        looking: Looking,
    ) -> None:
        """`pose` names the pose model in use, None without a camera."""
        self._pose = pose
        self._models_dir = models_dir
        self._looking = looking
        self._changing = asyncio.Lock()
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()
        """How often another version was taken or refused, by model."""

    def all(self) -> list[InstalledModel]:
        """Every model in the folder, by name. Reads the disk; call it beside the event loop."""
        return [self._describe(found) for found in survey(self._models_dir)]

    def running(self) -> tuple[str, str, str] | None:
        """Name, version and runtime of the pose model that works now."""
        status = self._looking.inference_status
        if status is None or status.state == "failed":
            return None
        return status.pose_model, status.version, status.runtime

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
        if name != self._pose:
            await self._find(name)
            raise ModelRefused(f"The model {name} is not in use on this box; there is nothing to reload.")
        try:
            folder = await asyncio.to_thread(self._whole, name)
            asked = self._looking.requests.ask(
                lambda number: SwapModel(request_id=number, version=folder.version)
            )
            await asyncio.wait_for(asyncio.wrap_future(asked), _SWAP_S)
        except NotRunning:
            raise
        except (ModelFolderError, RequestFailed) as error:
            raise self._refused(name, str(error), by=by) from error
        except TimeoutError:
            raise self._refused(name, f"no answer within {_SWAP_S:.0f} s", by=by) from None
        self.outcomes[name, "swapped"] += 1
        _log.info("model %s: version %s was taken, as asked by %s", name, folder.version, by)
        return folder.version

    def _whole(self, name: str) -> ModelFolder:
        folder = read_model(self._models_dir / name)
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

    def _describe(self, found: ModelFolder | BrokenModel) -> InstalledModel:
        name, folder = found.path.name, found if isinstance(found, ModelFolder) else None
        before = previous(name, self._models_dir)
        _, running_version, runtime = (name == self._pose and self.running()) or (name, None, None)
        return InstalledModel(
            name=name,
            version=folder.version if folder else None,
            task=folder.manifest.task if folder else None,
            problem="" if isinstance(found, ModelFolder) else found.reason,
            used=name == self._pose,
            running_version=running_version,
            runtime=runtime,
            previous_version=before.version if before else None,
        )
