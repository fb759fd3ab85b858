"""Plans of the last weeks out of the store, with what became of them. One read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from sqlite_utils import Database

from recommender.effect import EffectModel
from recommender.features import FEATURE_NAMES
from recommender.monitoring import PlanOutcome
from recommender.person import Person
from recommender.prescription import WORKOUT_TYPES, Prescription, WorkoutType

# Plans and reports are long: SQLite takes out of them what is needed. Of a day's plans the newest holds.
_PLANS: Final = """
    SELECT plan.id, plan.member_id, plan.day,
        json_extract(document, '$.type') AS type,
        json_extract(document, '$.duration_minutes') AS prescribed_minutes,
        json_extract(document, '$.intensity_score') AS prescribed_intensity,
        json_extract(document, '$.features') AS features,
        json_extract(document, '$.imputed') AS imputed,
        json_extract(feedback, '$.accepted') AS accepted,
        json_extract(feedback, '$.rpe') AS rpe, member.sex, member.level
    FROM plan LEFT JOIN member ON member.id = plan.member_id
    WHERE plan.day >= :since AND NOT EXISTS (
        SELECT 1 FROM plan AS newer
        WHERE newer.member_id = plan.member_id AND newer.day = plan.day AND newer.version > plan.version
    )
    ORDER BY plan.day DESC LIMIT :most
"""
_DONE: Final = """
    SELECT json_extract(report, '$.plan.id') AS plan_id, max(json_extract(report, '$.rpe')) AS rpe,
        sum(json_extract(report, '$.plan.performed_minutes')) AS minutes
    FROM session WHERE status = 'ended' AND started_at >= :since GROUP BY plan_id
"""


@dataclass(frozen=True, slots=True)
class PastPlan:
    """One plan and what became of it.

    Attributes:
        outcome: without what was foretold.
        type: of the workout.
        features: all ten, also those that merely stood in.
        imputed: names of the latter.
    """

    outcome: PlanOutcome
    type: WorkoutType
    features: Mapping[str, float]
    imputed: frozenset[str]

    @property
    def is_whole(self) -> bool:
        """Whether it has all that a model of today looks at."""
        return set(FEATURE_NAMES) <= self.features.keys()


def load_past_plans(db: Database, since: date, most: int) -> list[PastPlan]:
    """Return the plans since a day, the latest first."""
    begin = since.isoformat()
    # Joined here: SQLite would look through all that was done for each plan.
    done = {row["plan_id"]: row for row in db.query(_DONE, {"since": begin})}
    plans = db.query(_PLANS, {"since": begin, "most": most})
    return [_past_plan(row, done.get(row["id"], _NOTHING)) for row in plans]


def with_forecasts(plans: Sequence[PastPlan], model: EffectModel | None) -> list[PlanOutcome]:
    """Add what the model that works now says of each plan, whatever was in use on its day.

    So a new version that is wrong shows at once, and not when its own first weeks have passed.
    """
    asked = [plan for plan in plans if plan.is_whole]
    if model is None or not asked:
        return [plan.outcome for plan in plans]
    said = model.predict(
        np.array([[plan.features[name] for name in FEATURE_NAMES] for plan in asked], np.float32),
        np.array([[name in plan.imputed for name in FEATURE_NAMES] for plan in asked]),
        np.array([WORKOUT_TYPES.index(plan.type) for plan in asked]),
        np.array(
            [
                [plan.outcome.prescribed.duration_minutes, plan.outcome.prescribed.intensity_score]
                for plan in asked
            ],
            np.float32,
        ),
    )
    foretold = [
        replace(plan.outcome, predicted_completion=completion, predicted_rpe=rpe)
        for plan, (_effect, completion, rpe) in zip(asked, said.tolist(), strict=True)
    ]
    return foretold + [plan.outcome for plan in plans if not plan.is_whole]


_NOTHING: Final[Mapping[str, Any]] = {"rpe": None, "minutes": None}


def _past_plan(row: Mapping[str, Any], done: Mapping[str, Any]) -> PastPlan:
    features, imputed = json.loads(row["features"]), frozenset(json.loads(row["imputed"]))
    known = {name: value for name, value in features.items() if name not in imputed}
    prescribed = Prescription(row["prescribed_minutes"], row["prescribed_intensity"])
    performed, accepted = done["minutes"], row["accepted"]
    outcome = PlanOutcome(
        member_id=row["member_id"],
        person=Person(
            age_years=known.get("age_years"),
            sex=row["sex"] or "unspecified",
            level=row["level"] or "beginner",
        ),
        day=date.fromisoformat(row["day"]),
        prescribed=prescribed,
        accepted=None if accepted is None else bool(accepted),
        performed_minutes=performed,
        completion=None if performed is None else min(1.0, performed / prescribed.duration_minutes),
        rpe=done["rpe"] if row["rpe"] is None else row["rpe"],
        features=known,
    )
    return PastPlan(outcome, row["type"], features, imputed)
