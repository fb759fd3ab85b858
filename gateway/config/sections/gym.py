"""`[gym]`: what plans may count on."""

from typing import Final, Literal

from pydantic import Field, field_validator

from gateway.config.sections.section import Section
from recommender.gym import Equipment

USUAL: Final[tuple[Equipment, ...]] = ("mat", "dumbbell", "bench", "band", "step")


class GymSection(Section):
    """What plans may count on beside the stations' machines, and when tomorrow's are made."""

    equipment: tuple[Equipment, ...] = Field(
        default=USUAL, title="Equipment", description="What members may use without a station of its own."
    )
    plans_hour: int = Field(
        default=3,
        title="Hour of plans",
        description="When the day's plans are made, 0 to 23 in the box's time zone; a box that was off then "
        "makes them when it starts.",
        ge=0,
        le=23,
    )

    absence_s: float = Field(
        default=600.0,
        title="End of absent sessions",
        description="A session ends by itself when so long nobody moved, was seen, wore a band or touched "
        "the kiosk, in seconds; a minute before, the kiosk asks.",
        ge=120,
        le=7200,
    )

    health_consent: Literal["recorded", "elsewhere"] = Field(
        default="elsewhere",
        title="Consent to measuring",
        description="recorded: heart rate and self-reports are taken only of members whose consent is "
        "recorded on the box. elsewhere: the gym keeps consents itself; a withdrawal recorded here holds.",
    )

    @field_validator("equipment")
    @classmethod
    def _each_once(cls, equipment: tuple[Equipment, ...]) -> tuple[Equipment, ...]:
        return tuple(dict.fromkeys(equipment))
