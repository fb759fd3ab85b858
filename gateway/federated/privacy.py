"""May this box still tell anything: the budget that the gym has set, over all its rounds. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from recommender.federated.privacy import DELTA, composed, epsilon_of, mu_of


@dataclass(frozen=True, slots=True)
class Cost:
    """What taking part in a round would cost.

    Attributes:
        mu: of the round by itself.
        epsilon: of the round by itself, at `DELTA`.
        total_epsilon: of all rounds together with it.
        allowed: whether the budget covers that.
    """

    mu: float
    epsilon: float
    total_epsilon: float
    allowed: bool


def cost_of(noise_multiplier: float, spent: Sequence[float], *, budget_epsilon: float) -> Cost:
    """Say what a round would cost, and whether it may.

    Args:
        noise_multiplier: of the round; the cloud chooses it, and this box whether that is enough.
        spent: mu of every round before.
        budget_epsilon: the most that all together may cost, at `DELTA`.
    """
    mu = mu_of(noise_multiplier)
    total = epsilon_of(composed([*spent, mu]), DELTA)
    return Cost(mu, epsilon_of(mu, DELTA), total, total <= budget_epsilon)
