"""What tomorrow would bring by what is known today, beside today's plan. Pure."""

from datetime import date

from pydantic import Field

from gateway.live.snapshot import Message
from gateway.planning.document import PlanDocument
from gateway.planning.view import spoken_language
from recommender.explanation import because
from recommender.prescription import WorkoutType


class Tomorrow(Message):
    """What tomorrow's plan would be, and how it differs from today's."""

    day: date = Field(description="In the gym's time zone.")
    type: WorkoutType
    duration_minutes: float
    intensity_score: float = Field(description="1 (very easy) to 5 (as hard as it goes).")
    minutes_change: float | None = Field(description="Against today's plan; null on a day without one.")
    intensity_change: float | None = Field(description="Likewise.")
    because: str = Field(description="What of the past changed it, in words; empty when nothing did.")


def tomorrow_of(document: PlanDocument, today: PlanDocument | None, language: str) -> Tomorrow:
    """Compare tomorrow's plan with today's, for somebody who reads a language."""
    return Tomorrow(
        day=document.day,
        type=document.type,
        duration_minutes=document.duration_minutes,
        intensity_score=document.intensity_score,
        minutes_change=None
        if today is None
        else round(document.duration_minutes - today.duration_minutes, 1),
        intensity_change=None
        if today is None
        else round(document.intensity_score - today.intensity_score, 2),
        because=because([rule.name for rule in document.rules], spoken_language(language)),
    )
