"""The models that are installed on this box: one folder each, described by its own `model.toml`."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from provisioning.catalogue import load_catalogue
from provisioning.manifest import MANIFEST_NAME, DocumentError, ModelFile, ModelManifest, parse_manifest

# What a gym teaches, and how; no pull can bring it.
_TRAINED: Final = {
    "phase": "gymbox models train-phase",
    "intensity": "gymbox models train-recommender",
    "effect": "gymbox models train-recommender",
}
_CHUNK_BYTES: Final = 1024 * 1024


class ModelFolderError(Exception):
    """A folder is not a usable model; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """An installed model.

    Attributes:
        path: Its folder.
        manifest: What its `model.toml` says.
    """

    path: Path
    manifest: ModelManifest

    @property
    def name(self) -> str:
        """The model's name."""
        return self.manifest.name

    @property
    def version(self) -> str:
        """The model's version."""
        return self.manifest.version

    def file(self, name: str) -> Path:
        """The path of one of its files.

        Raises:
            ModelFolderError: The model has no file of that name.
        """
        try:
            return self.path / self.manifest.file(name).name
        except KeyError:
            present = ", ".join(file.name for file in self.manifest.files)
            raise ModelFolderError(f"model {self.name} has no file {name}, only {present}") from None


@dataclass(frozen=True, slots=True)
class BrokenModel:
    """A folder that should be a model and is not.

    Attributes:
        path: The folder.
        reason: Why not, for people.
    """

    path: Path
    reason: str


def read_model(path: Path) -> ModelFolder:
    """Read a model's folder. Its files are not opened; `verify` does that.

    Raises:
        ModelFolderError: There is no folder, or its `model.toml` is missing, damaged or of another model.
    """
    try:
        text = (path / MANIFEST_NAME).read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise ModelFolderError(f"no model in {path}; {_way_out(path.name)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ModelFolderError(f"{path / MANIFEST_NAME} cannot be read: {error}") from error
    try:
        manifest = parse_manifest(text, where=str(path / MANIFEST_NAME))
    except DocumentError as error:
        raise ModelFolderError(str(error)) from error
    if manifest.name != path.name:
        raise ModelFolderError(f"{path / MANIFEST_NAME} is of the model {manifest.name}, not {path.name}")
    return ModelFolder(path, manifest)


def _way_out(name: str) -> str:
    """What somebody can do whose folder of this name holds no model."""
    if name in load_catalogue().models:
        return f"run: gymbox models pull {name}"
    if name in _TRAINED:
        return f"remove the folder, then the packaged one is used, or write it anew: {_TRAINED[name]}"
    return "nothing of that name can be pulled: remove the folder, or put a whole model there"


def installed(models_dir: Path) -> tuple[ModelFolder, ...]:
    """The models in a folder of models, by name. Broken ones are left out; `broken` has them."""
    return tuple(found for found in survey(models_dir) if isinstance(found, ModelFolder))


def broken(models_dir: Path) -> tuple[BrokenModel, ...]:
    """The folders in a folder of models that are no usable model, with the reason."""
    return tuple(found for found in survey(models_dir) if isinstance(found, BrokenModel))


def verify(folder: ModelFolder) -> tuple[str, ...]:
    """Read every file of a model and compare it with the manifest.

    Returns:
        One line for each file that is missing or wrong; nothing when all is well.
    """
    problems = (file_problem(folder.path / file.name, file) for file in folder.manifest.files)
    return tuple(problem for problem in problems if problem)


def file_problem(path: Path, expected: ModelFile) -> str | None:
    """What is wrong with one file, or None when it is whole."""
    try:
        size = path.stat().st_size
        if size != expected.size:
            return f"{path}: {size} bytes instead of {expected.size}"
        digest = file_sha256(path)
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    if digest != expected.sha256:
        return f"{path}: sha256 is {digest} instead of {expected.sha256}"
    return None


def file_sha256(path: Path) -> str:
    """The sha256 of a file, lower-case hexadecimal, in constant memory. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def survey(models_dir: Path) -> list[ModelFolder | BrokenModel]:
    """Every folder in a folder of models, by name; nothing when there is no such folder."""
    found: list[ModelFolder | BrokenModel] = []
    try:
        # A name that starts with a dot is a pull under way, or what a killed one left.
        folders = sorted(p for p in models_dir.iterdir() if p.is_dir() and not p.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return found
    for path in folders:
        try:
            found.append(read_model(path))
        except ModelFolderError as error:
            found.append(BrokenModel(path, str(error)))
    return found
