"""`[box]`: who this box is and where it stands."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from gateway.config.sections.section import FilePath, Id, Section


class BoxSection(Section):
    """Who this box is and where it stands."""

    id: Id = Field(default="gymbox", title="Box", description="Name of this box, unique in the fleet.")
    gym_id: Id = Field(default="gym", title="Gym", description="Name of the gym that the box stands in.")
    timezone: str = Field(
        default="UTC", title="Time zone", description="IANA name, for example Europe/Berlin."
    )
    language: str = Field(
        default="en",
        title="Language",
        description="Language of the kiosk: en, de, pt-BR and so on.",
        pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$",
    )
    data_dir: FilePath | None = Field(
        default=None,
        title="Data folder",
        description="Where the box keeps what it knows; empty: the user's data folder.",
    )
    profiles_dir: FilePath = Field(
        default=Path("profiles"),
        validate_default=True,
        title="Profiles",
        description="Folder with the gym's own profiles of devices, one TOML file each; it need not exist.",
    )

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise PydanticCustomError(
                "timezone",
                "no time zone is called '{name}'; use an IANA name such as Europe/Berlin",
                {"name": name},
            ) from error
        return name
