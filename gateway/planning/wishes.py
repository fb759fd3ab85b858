"""What a member may wish of today's plan at the kiosk: less of it. Pure."""

from typing import Final, Literal

from gateway.planning.document import PlanDocument
from recommender.prescription import Prescription, within_range

Wish = Literal["shorter", "easier"]

SHORTER: Final = 0.75
EASIER: Final = 0.5
"""Points of intensity, one of ten of exertion: what a coach would take off when somebody asks."""


def less(plan: PlanDocument, wish: Wish) -> Prescription:
    """Return how long and how hard the plan may be at most after a wish."""
    minutes, intensity = plan.duration_minutes, plan.intensity_score
    if wish == "shorter":
        return within_range(minutes * SHORTER, intensity)
    return within_range(minutes, intensity - EASIER)
