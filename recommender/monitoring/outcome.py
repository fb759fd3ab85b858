"""What became of one plan: the rows that everything here is worked out from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from recommender.person import Person
    from recommender.prescription import Prescription


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOutcome:
    """One plan and what became of it; None is what nobody knows.

    Attributes:
        member_id: any name that is the same for all plans of one member.
        person: as they were that day.
        day: of the plan.
        prescribed: how long and how hard.
        accepted: whether the member took it.
        performed_minutes: how long they trained by it.
        completion: performed share of it, 0 to 1.
        rpe: how hard it felt, 1 to 10.
        predicted_completion: probability, by the effect model, that at least `exertion.COMPLETED` gets done.
        predicted_rpe: how hard it would feel, by the effect model.
        features: those that were known, by name; nothing that merely stood in.
    """

    member_id: str
    person: Person
    day: date
    prescribed: Prescription
    accepted: bool | None = None
    performed_minutes: float | None = None
    completion: float | None = None
    rpe: float | None = None
    predicted_completion: float | None = None
    predicted_rpe: float | None = None
    features: Mapping[str, float] = field(default_factory=dict)
