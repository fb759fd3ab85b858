"""`[[device]]`: a machine or a band of the gym."""

from typing import Self

from pydantic import Field, model_validator

from devices.control.command import QUANTITIES, Quantity
from gateway.config.sections.section import Id, Section, refusal


class Limits(Section):
    """The most that the box may ever ask of a machine."""

    speed_kmh: float | None = Field(
        default=None, title="Speed", description="Fastest belt, km/h.", gt=0, le=30
    )
    incline_percent: float | None = Field(
        default=None, title="Incline", description="Steepest deck, percent.", ge=0, le=40
    )
    resistance_level: float | None = Field(
        default=None,
        title="Resistance",
        description="Hardest level, in the machine's own count.",
        gt=0,
        le=255,
    )
    power_w: float | None = Field(default=None, title="Power", description="Most power, W.", gt=0, le=2000)

    @property
    def given(self) -> dict[Quantity, float]:
        """The limits that are set; what has none is never commanded."""
        return {name: limit for name in QUANTITIES if (limit := getattr(self, name)) is not None}


class DeviceSection(Section):
    """One machine or band that the gym owns."""

    id: Id = Field(title="Device", description="Name of the device in this file, in logs and on pages.")
    profile: Id = Field(
        title="Profile", description="How it speaks, for example ble-treadmill or ble-heart-rate."
    )
    address: str = Field(
        title="Address",
        description="Its Bluetooth address as the bridge writes it, or its part of an MQTT topic.",
        min_length=1,
        max_length=128,
        pattern=r"^[^\s+#]+$",
    )
    control: bool = Field(
        default=False,
        title="Control",
        description="Whether the box may command it, within `limits`; what has no limit is not commanded.",
    )
    limits: Limits = Field(
        default=Limits(), title="Limits", description="The most that the box may ask of it."
    )

    @model_validator(mode="after")
    def _control_has_limits(self) -> Self:
        if self.control and not self.limits.given:
            raise refusal(
                "control needs limits, for example limits = { speed_kmh = 12, incline_percent = 10 }"
            )
        return self
