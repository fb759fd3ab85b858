"""`[cloud]`: what leaves the box."""

from typing import Literal

from pydantic import Field, field_validator

from gateway.config.sections.section import Section, refusal, url_parts


class CloudSection(Section):
    """What leaves the box, and where to."""

    url: str | None = Field(
        default=None, title="Cloud", description="https:// address of the service; empty: no cloud."
    )
    upload: Literal["all", "summaries", "nothing"] = Field(
        default="summaries",
        title="Upload",
        description="What is sent: every set, only summaries, or nothing.",
    )

    @field_validator("url")
    @classmethod
    def _https(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = url_parts(url)
        if parts.scheme != "https" or not parts.hostname:
            raise refusal("must start with https:// and name a host")
        if parts.username is not None:
            raise refusal("must not hold a login; the box enrols instead (gymbox enrol)")
        return url
