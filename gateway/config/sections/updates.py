"""`[updates]`: when the box takes new versions of its own program."""

import re
from datetime import time
from typing import Literal

from pydantic import AwareDatetime, Field, field_validator

from gateway.config.sections.section import FilePath, Section, refusal

_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class UpdatesSection(Section):
    """When the box takes new versions of its own program."""

    automatic: Literal["all", "security", "nothing"] = Field(
        default="all",
        title="Automatic updates",
        description="Which signed versions are installed without anybody's doing: all, those that mend a "
        "weakness, or none.",
    )
    postpone_until: AwareDatetime | None = Field(
        default=None,
        title="Postponed until",
        description="No version is installed before this moment, for example 2026-12-27T06:00:00+01:00.",
    )
    window: str | None = Field(
        default=None,
        title="Hours of updates",
        description="From when to when, in the gym's time, as 02:00-05:00; empty: whenever nobody trains.",
    )
    root: FilePath | None = Field(
        default=None,
        title="Install folder",
        description="Folder of both versions; the launcher sets it, and without it the box does not update "
        "itself.",
    )

    @field_validator("window")
    @classmethod
    def _two_times(cls, window: str | None) -> str | None:
        if window is not None and not _WINDOW.fullmatch(window):
            raise refusal("must be two times of the day, such as 02:00-05:00")
        return window

    @property
    def hours(self) -> tuple[time, time] | None:
        """The window as times of the day."""
        if self.window is None:
            return None
        begin, end = (time.fromisoformat(each) for each in self.window.split("-"))
        return begin, end
