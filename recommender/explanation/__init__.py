"""Why a prescription is what it is: exact Shapley values, and one sentence that a member believes."""

from recommender.explanation.reasoning import because, explain, explain_rules

__all__ = ["because", "explain", "explain_rules"]
