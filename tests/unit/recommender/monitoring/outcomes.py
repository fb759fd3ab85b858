"""Plans of made-up members and what became of them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from recommender.monitoring import PlanOutcome
from recommender.person import Person, Sex
from recommender.prescription import Prescription

MONDAY = date(2026, 3, 2)
SEXES: tuple[Sex, ...] = ("female", "male")
PERSON = Person(age_years=35, sex="female", level="beginner")


def outcome(member: int = 0, day: int = 0, intensity: float = 3.0, **others: Any) -> PlanOutcome:
    given = {"person": PERSON, "prescribed": Prescription(40, intensity), **others}
    return PlanOutcome(member_id=f"m{member}", day=MONDAY + timedelta(days=day), **given)


def a_month(seed: int, *, members: int = 80, days: int = 8, harder: float = 0.0) -> list[PlanOutcome]:
    """Plans whose completion and exertion were foretold rightly; `harder` than that they then felt."""
    chance = np.random.default_rng(seed)
    found = []
    for member in range(members):
        person = replace(PERSON, age_years=float(chance.uniform(18, 75)), sex=SEXES[chance.integers(2)])
        for day in range(days):
            likely, felt = chance.uniform(0.4, 0.95), chance.uniform(3, 8)
            found.append(
                outcome(
                    member,
                    day,
                    float(chance.uniform(2, 4)),
                    person=person,
                    accepted=bool(chance.random() < 0.8),
                    performed_minutes=float(chance.uniform(30, 44)),
                    completion=1.0 if chance.random() < likely else 0.5,
                    predicted_completion=float(likely),
                    predicted_rpe=float(felt),
                    rpe=float(np.clip(felt + harder + chance.normal(0, 1), 1, 10)),
                    features={"stress_index": float(chance.uniform(0, 10))},
                )
            )
    return found
