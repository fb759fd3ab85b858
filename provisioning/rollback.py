"""Back to the version before: an update keeps what it replaces in `.previous/<name>` beside the models."""

from pathlib import Path
from typing import Final

from provisioning.models import ModelFolder, ModelFolderError, read_model, verify
from provisioning.staging import StillLocked, exclusive, put_in_place, recover

PREVIOUS: Final = ".previous"
_LOCK_TIMEOUT_S: Final = 10.0


class RollbackFailed(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """The version before cannot be brought back; the text says why. What is installed is untouched."""


def previous_path(target: Path) -> Path:
    """Where the version before a model's installed one is kept."""
    return target.parent / PREVIOUS / target.name


def previous(name: str, models_dir: Path) -> ModelFolder | None:
    """The version before, or None when none is kept or it cannot be read."""
    try:
        return read_model(previous_path(models_dir / name))
    except ModelFolderError:
        return None


def rollback(name: str, models_dir: Path, *, lock_timeout_s: float = _LOCK_TIMEOUT_S) -> ModelFolder:
    """Exchange a model's installed version and the one before it; a second call takes the first one back.

    Blocks; call it from a thread of its own.

    Raises:
        RollbackFailed: No version before is kept, it is damaged, or this box could not change the folder.
    """
    target = models_dir / name
    kept = previous_path(target)
    try:
        with exclusive(models_dir, timeout_s=lock_timeout_s, on_wait=_wait):
            recover(models_dir)
            before = read_model(kept)
            if problems := verify(before):
                raise RollbackFailed(f"the version before is damaged: {problems[0]}")
            put_in_place(kept, target, keep=kept)
    except ModelFolderError:
        raise RollbackFailed(f"no version before the installed one is kept of the model {name}") from None
    except StillLocked as error:
        raise RollbackFailed(f"{error}; try again when it is done") from error
    except OSError as error:
        raise RollbackFailed(f"{target} cannot be changed: {error.strerror or error}") from error
    return read_model(target)


def _wait() -> None:
    """Nobody needs to be told of a wait this short."""
