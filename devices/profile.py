"""Profiles: what the box has to know of a kind of device, one TOML file each."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Kind = Literal["treadmill", "heart_rate"]

DEFAULT_STALE_AFTER_S: Final = 4.0

_Uuid16 = Annotated[str, Field(pattern=r"^[0-9a-f]{4}$", description="four lower-case hex digits")]


class ProfileInvalid(ValueError):  # noqa: N818 - reads as what it says
    """A profile file cannot be used; the text says which file, which key and why."""


class Profile(BaseModel):
    """One kind of device: what it is and how its words are understood."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: str
    kind: Kind
    service: _Uuid16
    characteristic: _Uuid16
    stale_after_s: Annotated[float, Field(gt=0, le=3600)] = DEFAULT_STALE_AFTER_S
    lost_after_s: Annotated[float, Field(gt=0, le=86400)] = 15.0

    @model_validator(mode="after")
    def _stale_before_lost(self) -> "Profile":
        if self.lost_after_s < self.stale_after_s:
            raise ValueError("lost_after_s must not be shorter than stale_after_s")
        return self


def parse_profile(text: str, source: str) -> Profile:
    """Read one profile; `source` names it in an error.

    Raises:
        ProfileInvalid: not TOML, an unknown or missing key, or a value out of range.
    """
    try:
        return Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ProfileInvalid(f"{source}: not TOML: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'profile'}: {e['msg']}" for e in error.errors())
        raise ProfileInvalid(f"{source}: {faults}") from error


def load_profiles(extra: Iterable[Traversable] = ()) -> Mapping[str, Profile]:
    """The shipped profiles and those of further files, by name; a later file replaces an earlier one.

    Raises:
        ProfileInvalid: a file cannot be used.
        OSError: a file cannot be read.
    """
    shipped = resources.files("devices") / "profiles"
    files = [file for file in shipped.iterdir() if file.name.endswith(".toml")]
    profiles = (
        parse_profile(file.read_text(encoding="utf-8"), file.name)
        for file in [*sorted(files, key=lambda file: file.name), *extra]
    )
    return {profile.name: profile for profile in profiles}
