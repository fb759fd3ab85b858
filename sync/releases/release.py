"""What a release is: the signed path that names it, its files, and what its signers say of it."""

import json
import re
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from tuf.api.metadata import TargetFile

from sync.releases.errors import ReleaseRefused

# Names become a folder and a file on the box, and must not be able to climb out.
_NAME: Final = "[a-z0-9][a-z0-9_-]{0,63}"
_FILE: Final = r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)+"
_TARGET: Final = re.compile(
    rf"[a-z]+/(?P<name>{_NAME})/(?P<version>[A-Za-z0-9][A-Za-z0-9._+-]{{0,63}})/(?P<file>{_FILE})"
)

Name = Annotated[str, StringConstraints(pattern=f"^{_NAME}$")]
_Target = Annotated[str, StringConstraints(pattern=f"^{_TARGET.pattern}$")]
_FileName = Annotated[str, StringConstraints(pattern=f"^{_FILE}$", max_length=100)]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ReleaseFile(_Value):
    """One file: its name in the folder, its digest in lower-case hexadecimal, its length in bytes."""

    name: _FileName
    sha256: _Sha256
    size: Annotated[int, Field(ge=1)]


class Release(_Value):
    """One release.

    Attributes:
        target: Its path in the repository: the file that names the others.
        files: All of them, that one first.
        custom: What its signers say of it: `metrics`, `golden`, …
    """

    target: _Target
    files: Annotated[tuple[ReleaseFile, ...], Field(strict=False, min_length=1)]
    custom: dict[str, Any]

    @property
    def name(self) -> str:
        """What it is a version of."""
        return _match(self.target)["name"]

    @property
    def version(self) -> str:
        """Which version."""
        return _match(self.target)["version"]

    @property
    def sha256(self) -> str:
        """The digest of the file that names the others."""
        return self.files[0].sha256


class Terms(BaseModel):
    """What the box asks of what is said of a release; more may be said."""

    model_config = ConfigDict(frozen=True, strict=True)

    model_id: str
    version: str
    blessed: bool
    files: Annotated[tuple[_FileName, ...], Field(strict=False, min_length=1, max_length=100)]
    min_gateway: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$")] = "0"


def name_of(target: str) -> str:
    """What a target is a version of. Raises ReleaseRefused when it is no path of a release."""
    return _match(target)["name"]


def said_of(info: TargetFile) -> dict[str, Any]:
    """All that the signers say of a release; `facts` are text there, as canonical JSON knows no fractions.

    Raises:
        ReleaseRefused: They say nothing that can be read.
    """
    try:
        custom = dict(info.custom)
        return {**json.loads(custom.pop("facts", "{}")), **custom}
    except (TypeError, ValueError, RecursionError) as error:
        raise ReleaseRefused("damaged", f"{info.path} does not say what it is: {error}") from error


def terms_of(info: TargetFile, *, gateway_version: str) -> Terms:
    """What a release says of itself, once this box may install it.

    Raises:
        ReleaseRefused: It says nothing that this box understands, is not blessed, or is for a newer box.
    """
    match = _match(info.path)
    try:
        terms = Terms.model_validate(said_of(info))
    except ValidationError as error:
        raise ReleaseRefused("damaged", f"{info.path} does not say what it is: {error}") from error
    said = (terms.model_id, terms.version, terms.files[0])
    if said != (match["name"], match["version"], match["file"]):
        raise ReleaseRefused("tampered", f"{info.path} says that it is {' '.join(said)}")
    if not terms.blessed:
        raise ReleaseRefused("unblessed", f"{info.path} was never tried where boxes run it")
    if _numbers(gateway_version) < _numbers(terms.min_gateway):
        raise ReleaseRefused(
            "too_old_box",
            f"{info.path} needs version {terms.min_gateway} of this program, not {gateway_version}",
        )
    return terms


def file_of(info: TargetFile) -> ReleaseFile:
    """The file that a signed target describes. Raises ReleaseRefused."""
    try:
        return ReleaseFile(
            name=info.path.rsplit("/", 1)[1], sha256=info.hashes.get("sha256", ""), size=info.length
        )
    except ValidationError as error:
        raise ReleaseRefused("damaged", f"{info.path} cannot be a file of a release: {error}") from error


def _match(target: str) -> re.Match[str]:
    match = _TARGET.fullmatch(target)
    if match is None:
        raise ReleaseRefused("unknown", f"{target!r} is no path of a release: kind/name/version/file")
    return match


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version, to be compared: `1.2.0rc1` is 1.2 here."""
    found = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
