"""`[storage]`: how much the box keeps."""

from pydantic import Field

from gateway.config.sections.section import Section


class StorageSection(Section):
    """How much the box keeps."""

    budget_mb: int = Field(
        default=2048, title="Disk budget", description="Most disk space used, MB.", ge=64, le=4_000_000
    )
    telemetry_days: int = Field(
        default=30, title="Telemetry", description="Days that readings are kept.", ge=1, le=3650
    )
