"""Why a prescription is what it is: exact Shapley values, and one sentence that a member believes."""

from recommender.explanation.reasoning import explain, explain_rules

__all__ = ["explain", "explain_rules"]
