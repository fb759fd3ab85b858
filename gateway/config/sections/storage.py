"""`[storage]`: how much the box keeps."""

from pydantic import Field

from gateway.config.sections.section import Section


class StorageSection(Section):
    """How much the box keeps."""

    budget_mb: int = Field(
        default=2048,
        title="Disk budget",
        description="Most disk space used, MB; at most half of it by records that wait for the cloud.",
        ge=64,
        le=4_000_000,
    )
    outbox_days: int = Field(
        default=90,
        title="Outbox",
        description="Days that plans and telemetry wait for the cloud; sessions wait while there is room.",
        ge=1,
        le=3650,
    )
    telemetry_days: int = Field(
        default=30, title="Telemetry", description="Days that readings are kept.", ge=1, le=3650
    )
