"""Are the plans still right: who takes them, what becomes of them, and what has drifted. Pure."""

from recommender.monitoring.outcome import PlanOutcome
from recommender.monitoring.review import Review, review

__all__ = ["PlanOutcome", "Review", "review"]
