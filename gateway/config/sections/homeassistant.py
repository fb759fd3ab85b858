"""`[homeassistant]`: whether Home Assistant may look."""

from pydantic import Field

from gateway.config.sections.section import Section


class HomeAssistantSection(Section):
    """Whether the gym's Home Assistant gets to see stations and devices."""

    enabled: bool = Field(
        default=False, title="Home Assistant", description="Whether the box announces itself there."
    )
    prefix: str = Field(
        default="homeassistant",
        title="Discovery prefix",
        description="First part of the topics that it listens to, as set there.",
        pattern=r"^[^\s+#]+$",
        max_length=64,
    )
