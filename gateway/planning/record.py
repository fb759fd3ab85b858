"""What leaves the box of a plan: what is prescribed, by what, and what became of it; never why.

Sentences, Shapley values and rules tell how somebody slept or how stressed they are, so they stay; so do the
features that are answers to those questions, and the member's note.
"""

from typing import Any

from gateway.planning.rows import StoredPlan


def plan_body(plan: StoredPlan) -> dict[str, Any]:
    """Return the body of a `plan` record."""
    document, told = plan.document, plan.feedback
    kept = (
        "day",
        "goal",
        "type",
        "duration_minutes",
        "intensity_score",
        "blocks",
        "source",
        "model_versions",
    )
    return {
        "id": plan.id,
        "version": plan.version,
        **document.model_dump(mode="json", include=set(kept)),
        "features": document.public_features(),
        "accepted": None if told is None else told.accepted,
        "rpe": None if told is None else told.rpe,
    }
