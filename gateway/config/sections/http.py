"""`[http]`: where the kiosk and the API listen."""

from pydantic import Field

from gateway.config.sections.section import Section


class HttpSection(Section):
    """Where the kiosk and the API listen."""

    host: str = Field(
        default="127.0.0.1",
        title="Host",
        description="Address to listen on; 0.0.0.0 lets kiosks on the network in.",
        min_length=1,
        pattern=r"^\S+$",
    )
    port: int = Field(default=8080, title="Port", description="TCP port; 0 takes a free one.", ge=0, le=65535)
    console: bool = Field(
        default=True,
        title="Console",
        description="Serve the operator's console at /console; 22 MB of memory once somebody opens it.",
    )
