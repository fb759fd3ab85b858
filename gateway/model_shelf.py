"""Where releases are put: the folder of models, by the same steps as every other model that is installed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from provisioning.models import ModelFolderError, read_model, verify
from provisioning.rollback import previous_path
from provisioning.staging import exclusive, put_in_place, recover, sync_folder

# What was found to be something else than what was signed; kept for whoever wants to know what it was.
REFUSED: Final = ".refused"
_LOCK_TIMEOUT_S: Final = 60.0


class ModelShelf:
    """The folder of models, as `sync.releases` wants it. Every method raises OSError when it cannot."""

    def __init__(self, models_dir: Path) -> None:
        """Take the folder; it is made when first needed."""
        self._models_dir = models_dir

    def folder(self, name: str) -> Path:
        """Where a model lies, or would."""
        return self._models_dir / name

    def before(self, name: str) -> Path:
        """Where the version before lies, or would."""
        return previous_path(self.folder(name))

    def settle(self) -> None:
        """End or undo what a kill left half done."""
        with self._alone():
            pass

    def put(self, staged: Path, name: str) -> None:
        """Move a folder in, whole or not at all; a whole one that it replaces becomes the version before."""
        with self._alone():
            target = self.folder(name)
            put_in_place(staged, target, keep=self.before(name) if _whole(target) else None)

    def refuse(self, name: str, *, back: bool) -> None:
        """Set aside what lies there, and bring the version before `back`, if told to."""
        target, aside = self.folder(name), self._models_dir / REFUSED / name
        with self._alone():
            if back:
                put_in_place(self.before(name), target, keep=aside)
            elif os.path.lexists(target):
                aside.parent.mkdir(exist_ok=True)
                shutil.rmtree(aside, ignore_errors=True)
                target.rename(aside)
                sync_folder(self._models_dir)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._models_dir.mkdir(parents=True, exist_ok=True)
        with exclusive(self._models_dir, timeout_s=_LOCK_TIMEOUT_S, on_wait=_wait):
            recover(self._models_dir)
            yield


def _whole(folder: Path) -> bool:
    try:
        return not verify(read_model(folder))
    except ModelFolderError:
        return False


def _wait() -> None:
    """Nobody needs to be told of a wait this short."""
