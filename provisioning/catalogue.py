"""The catalogue: which models can be pulled, from where, and how each file is known to be right.

Pure parsing. A source is an https address, a path beside the catalogue, or a member of a wheel in the package
index. Whatever the source, only the sha256 decides whether a file is taken.
"""

import re
from collections.abc import Collection, Mapping
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from provisioning.manifest import (
    DocumentError,
    ModelFacts,
    ModelFile,
    ModelManifest,
    ModelName,
    Strict,
    check_files,
    parse_document,
)

CATALOGUE_NAME: Final = "catalogue.toml"


def _check_https(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("a download address must start with https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a download address must not hold a login")
    return url


def _check_member(member: str) -> str:
    path = PurePosixPath(member)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError("a wheel member is a relative path without ..")
    return member


class HttpsSource(Strict):
    """A file at an https address."""

    https: Annotated[str, AfterValidator(_check_https)]

    def __str__(self) -> str:
        return self.https


class PathSource(Strict):
    """A file on this machine; a relative path starts at the catalogue's folder."""

    path: Annotated[str, StringConstraints(min_length=1)]

    def __str__(self) -> str:
        return self.path


class WheelSource(Strict):
    """A member of a wheel, which pip downloads and which is opened as a plain zip, never installed.

    Attributes:
        wheel: Name and exact version, `mediapipe==0.10.21`. The pattern keeps options of pip out.
        member: The file's path inside of the wheel.
        python: The Python version whose wheel is asked for; this one need not be that version.
        platform: The platform tag whose wheel is asked for; this machine need not be that platform.
    """

    wheel: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*$")
    ]
    member: Annotated[str, StringConstraints(min_length=1), AfterValidator(_check_member)]
    python: Annotated[str, StringConstraints(pattern=r"^3\.[0-9]+$")] = "3.12"
    platform: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")] = "manylinux_2_28_x86_64"

    def __str__(self) -> str:
        return f"{self.member} in the wheel {self.wheel}"

    @property
    def file_pattern(self) -> re.Pattern[str]:
        """What the wheel's own file name looks like, whatever the platform."""
        name, version = self.wheel.split("==")
        normal = re.sub(r"[-_.]+", "_", name)
        return re.compile(rf"{re.escape(normal)}-{re.escape(version)}-.+\.whl", re.IGNORECASE)


def _kind_of_source(value: Any) -> str | None:
    keys = value.keys() if isinstance(value, Mapping) else ()
    return next((f"{key} source" for key in ("https", "path", "wheel") if key in keys), None)


Source = Annotated[
    Annotated[HttpsSource, Tag("https source")]
    | Annotated[PathSource, Tag("path source")]
    | Annotated[WheelSource, Tag("wheel source")],
    Discriminator(
        _kind_of_source,
        custom_error_type="source",
        custom_error_message="a source is {https = …}, {path = …} or {wheel = …, member = …}",
    ),
]


class CatalogueFile(ModelFile):
    """A file of a model and where it can come from, best source first.

    Attributes:
        sources: Tried in order.
        optional: Only pulled when it is asked for by name.
    """

    sources: Annotated[tuple[Source, ...], Field(strict=False, min_length=1)]
    optional: bool = False


class CatalogueModel(ModelFacts):
    """One model that can be pulled."""

    files: Annotated[tuple[CatalogueFile, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_files(self, [file.name for file in self.files])
        if all(file.optional for file in self.files):
            raise ValueError("all files are optional, so there is nothing to pull")
        return self

    def wanted(self, optional: Collection[str] = ()) -> tuple[CatalogueFile, ...]:
        """The files to pull: all that are not optional, and those asked for.

        Raises:
            LookupError: The model has no such optional file.
        """
        names = {file.name for file in self.files}
        unknown = sorted(set(optional) - names)
        if unknown:
            raise LookupError(f"there is no file {unknown[0]}, only {', '.join(sorted(names))}")
        return tuple(file for file in self.files if not file.optional or file.name in optional)

    def manifest(self, name: str, files: Collection[CatalogueFile]) -> ModelManifest:
        """What `model.toml` says once these of the files are installed."""
        present = {file.name for file in files}
        facts = {key: getattr(self, key) for key in ModelFacts.model_fields}
        for side in ("inputs", "outputs"):
            facts[side] = tuple(tensor for tensor in facts[side] if tensor.file in present)
        plain = tuple(ModelFile(**{key: getattr(f, key) for key in ModelFile.model_fields}) for f in files)
        return ModelManifest(name=name, files=plain, **facts)


class _Document(Strict):
    catalogue_schema: Literal[1] = Field(alias="schema")
    models: Annotated[dict[ModelName, CatalogueModel], Field(min_length=1)]


class Catalogue(Strict):
    """All models that can be pulled.

    Attributes:
        models: By name.
        folder: Where relative paths start; None when the catalogue did not come from a folder.
    """

    models: dict[str, CatalogueModel]
    folder: Path | None = None


def parse_catalogue(text: str, *, where: str = CATALOGUE_NAME, folder: Path | None = None) -> Catalogue:
    """Read a catalogue.

    Args:
        text: The TOML.
        where: What errors call it.
        folder: Where relative paths in it start.

    Raises:
        DocumentError: It is not a catalogue; every problem with its key path.
    """
    return Catalogue(models=parse_document(text, _Document, where=where).models, folder=folder)


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read the catalogue that ships with the box, or another one.

    Raises:
        DocumentError: It cannot be read or is not a catalogue.
    """
    if path is None:
        return parse_catalogue(resources.files("provisioning").joinpath(CATALOGUE_NAME).read_text("utf-8"))
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(str(path), (f"cannot be read: {error}",)) from error
    return parse_catalogue(text, where=str(path), folder=path.parent)
