"""What can be said of a feature: a true clause about its value, whatever the language."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from recommender.person import TRAINING_PHASES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Direction = Literal["more", "less"]

SLEPT_WELL_PERCENT: Final = 85
SLEPT_BADLY_PERCENT: Final = 75
"""Sleep efficiency of 85 % and more is good, below 75 % is not (Ohayon, Sleep Health 3 (2017) 6-19)."""
CALM: Final = 3
STRESSED: Final = 7
STEADY_PERCENT: Final = 2
STEADY_RPE_A_DAY: Final = 0.1


@dataclass(frozen=True, slots=True)
class Fact:
    """One clause.

    Attributes:
        subject: a feature's name, or that of what is this person's alone; `lowered` or `raised` for a rule
            (`rules.py`).
        state: which of the subject's clauses; `unknown` says that nobody told. A rule's name.
        number: what the clause quotes; None when it quotes nothing.
    """

    subject: str
    state: str
    number: int | None = None


def fact(name: str, value: float, *, known: bool, toward: Direction) -> Fact | None:
    """What to say of what moved a plan; None for what is better left unsaid.

    Args:
        name: of the feature, or of what is this person's alone.
        value: of the feature, or what stands in for it.
        known: whether the person told it; what stands in is never quoted.
        toward: whether it made the plan longer or harder (`more`), or not. A clause that praises or warns is
            only used where that fits; otherwise the bare number is.
    """
    if not known:
        return Fact(name, "unknown")
    return _CLAUSES[name](value, toward)


def _age(value: float, _toward: Direction) -> Fact:
    return Fact("age_years", "known", int(value))


def _bmi(_value: float, _toward: Direction) -> None:
    """Nobody is told about their weight unasked; the next reason is."""


def _duration(value: float, _toward: Direction) -> Fact:
    if value <= 0:
        return Fact("mean_duration_7d_min", "none")
    return Fact("mean_duration_7d_min", "some", max(1, round(value)))


def _heart_rate(value: float, _toward: Direction) -> Fact:
    return Fact("mean_hr_fraction_7d", "known", _percent(value))


def _rpe_slope(value: float, toward: Direction) -> Fact:
    if abs(value) < STEADY_RPE_A_DAY:
        return Fact("rpe_slope_7d", "steady")
    if (toward == "more") == (value > 0):
        return Fact("rpe_slope_7d", "plain")
    return Fact("rpe_slope_7d", "rising" if value > 0 else "falling")


def _completion(value: float, _toward: Direction) -> Fact:
    return Fact("completion_28d", "known", _percent(value))


def _sleep(value: float, toward: Direction) -> Fact:
    percent = _percent(value)
    if percent >= SLEPT_WELL_PERCENT and toward == "more":
        return Fact("sleep_efficiency", "good", percent)
    if percent < SLEPT_BADLY_PERCENT and toward == "less":
        return Fact("sleep_efficiency", "bad", percent)
    return Fact("sleep_efficiency", "plain", percent)


def _stress(value: float, toward: Direction) -> Fact:
    of_ten = round(value)
    if of_ten <= CALM and toward == "more":
        return Fact("stress_index", "low", of_ten)
    if of_ten >= STRESSED and toward == "less":
        return Fact("stress_index", "high", of_ten)
    return Fact("stress_index", "plain", of_ten)


def _progress(value: float, _toward: Direction) -> Fact:
    percent = _percent(abs(value))
    if percent <= STEADY_PERCENT:
        return Fact("progress_rate_28d", "steady")
    return Fact("progress_rate_28d", "grown" if value > 0 else "fallen", percent)


def _phase(value: float, _toward: Direction) -> Fact:
    return Fact("training_phase", TRAINING_PHASES[round(value)])


def _ratings(_value: float, toward: Direction) -> Fact:
    return Fact("ratings", "easier" if toward == "more" else "harder")


def _goal(_value: float, _toward: Direction) -> Fact:
    return Fact("goal", "gentle")


def _steadiness(_value: float, _toward: Direction) -> Fact:
    return Fact("steadiness", "steady")


def _percent(share: float) -> int:
    return round(100 * share)


_CLAUSES: Final[Mapping[str, Callable[[float, Direction], Fact | None]]] = MappingProxyType(
    {
        "age_years": _age,
        "bmi": _bmi,
        "mean_duration_7d_min": _duration,
        "mean_hr_fraction_7d": _heart_rate,
        "rpe_slope_7d": _rpe_slope,
        "completion_28d": _completion,
        "sleep_efficiency": _sleep,
        "stress_index": _stress,
        "progress_rate_28d": _progress,
        "training_phase": _phase,
        "ratings": _ratings,
        "goal": _goal,
        "steadiness": _steadiness,
    }
)
