"""What every section of the configuration is made of."""

from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError


def seen_from_file(path: Path, info: ValidationInfo) -> Path:
    """Make a path absolute, seen from the folder of the file that it was written in."""
    base: Path = (info.context or {}).get("folder", Path.cwd())
    return base / path.expanduser()


Id = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$",
        description="Letters, digits, dot, dash and underscore; it appears in addresses and topics.",
    ),
]
FilePath = Annotated[Path, AfterValidator(seen_from_file)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """A part of the configuration: nothing unknown is accepted, nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False, hide_input_in_errors=True
    )


def url_parts(url: str) -> SplitResult:
    """Take a URL apart.

    Raises:
        PydanticCustomError: it is none.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError as error:
        raise refusal("is not a valid URL; check the brackets and the port") from error
    return parts


def refusal(reason: str) -> PydanticCustomError:
    """Return what a validator raises to say why a value is refused."""
    return PydanticCustomError("gymbox", reason)
