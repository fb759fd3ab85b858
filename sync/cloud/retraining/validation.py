"""May this dataset be learned from? Judged by its statistics alone. Pure.

What one gym, one gateway or one attacker could do to a model that all gyms share is looked for: values that
no one has, the same sessions again and again, ratings turned round, people who change from day to day, one
voice louder than all others, features that do not follow from the sessions. The names follow TensorFlow Data
Validation: statistics are made first, and anomalies are found in them, among these drift (between datasets)
and skew (between what was served and what is learned from).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from recommender.monitoring.drift import drift
from sync.cloud.retraining.statistics import RANGES, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.cloud.retraining.statistics import GymStatistics, Statistics

Severity = Literal["note", "refused"]
_TOLD: Final = 5
"""So many gyms a finding names; it counts the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is still believed. Shares are 0 to 1.

    Attributes:
        fewest_examples: with less there is nothing to learn.
        most_refused: of the sessions of a gateway, that cannot be.
        most_repeated: of the sessions of a gateway.
        judged_from: a gateway or a gym is judged by itself from so many sessions on.
        most_of_all: of the examples, one gym, when there are `gyms_that_share` of them or more.
        gyms_that_share: from so many gyms on.
        most_jumping: of the members of a gym.
        least_agreement: between how hard training was and how hard it felt, a correlation, of a gym.
        most_skewed: of the features of a gym that the sessions tell as well.
        most_drift: PSI; beyond, these are other people altogether.
    """

    fewest_examples: int = 1000
    most_refused: float = 0.2
    most_repeated: float = 0.05
    judged_from: int = 50
    most_of_all: float = 0.5
    gyms_that_share: int = 5
    most_jumping: float = 0.02
    least_agreement: float = 0.0
    most_skewed: float = 0.5
    most_drift: float = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        check: its name.
        severity: whether anything is learned nevertheless.
        text: what, where, how much.
    """

    check: str
    severity: Severity
    text: str


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found, and in how much."""

    sessions: int
    examples: int
    findings: tuple[Finding, ...]

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why nothing may be learned; empty when it may."""
        return tuple(each.text for each in self.findings if each.severity == "refused")

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {**asdict(self), "accepted": not self.refusals}

    def report(self, dataset_id: str) -> str:
        """For people, in Markdown."""
        verdict = "Refused" if self.refusals else "Accepted"
        lines = [
            f"# Dataset {dataset_id}",
            "",
            f"{verdict}: {self.sessions} sessions, {self.examples} examples.",
            "",
            *(f"- {each.severity}, {each.check}: {each.text}" for each in self.findings),
        ]
        return "\n".join(lines).rstrip() + "\n"


def validate(now: Statistics, before: Statistics | None, limits: Limits) -> Validation:
    """Judge a dataset.

    Args:
        now: of it.
        before: of the dataset that was learned from last; None for the first.
        limits: what is still believed.
    """
    findings = [
        *_amount(now, limits),
        *_gateways(now, limits),
        *_domination(now, limits),
        *_gyms(now, limits),
        *_drifts(now, before, limits),
    ]
    return Validation(now.sessions, now.examples, tuple(findings))


def _amount(now: Statistics, limits: Limits) -> Iterator[Finding]:
    if now.examples < limits.fewest_examples:
        yield Finding(
            "amount",
            "refused",
            f"{now.examples} of {now.sessions} sessions can be learned from, and "
            f"{limits.fewest_examples} are needed: wait for more",
        )


def _gateways(now: Statistics, limits: Limits) -> Iterator[Finding]:
    wrong, again = [], []
    for each in now.gateways:
        if each.sessions >= limits.judged_from:
            if each.refused > limits.most_refused * each.sessions:
                reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(each.reasons.items()))
                wrong.append(f"{each.gateway_id}: {each.refused} of {each.sessions} ({reasons})")
            if each.repeated > limits.most_repeated * each.sessions:
                again.append(f"{each.gateway_id}: {each.repeated} of {each.sessions}")
    if wrong:
        yield Finding("values", "refused", f"sessions that cannot be, of gateways {_listed(wrong)}")
    if again:
        yield Finding(
            "repetition", "refused", f"the same sessions under other ids, of gateways {_listed(again)}"
        )
    left_out = sum(each.refused + each.repeated for each in now.gateways)
    if left_out and not wrong and not again:
        yield Finding("values", "note", f"{left_out} of {now.sessions} sessions cannot be, and are left out")


def _domination(now: Statistics, limits: Limits) -> Iterator[Finding]:
    if len(now.gyms) < limits.gyms_that_share:
        return
    loudest = max(now.gyms, key=lambda each: each.examples)
    if loudest.examples > limits.most_of_all * now.examples:
        yield Finding(
            "domination",
            "refused",
            f"{loudest.gym_id} alone has {loudest.examples} of {now.examples} examples "
            f"of {len(now.gyms)} gyms: a model of it would be the model of all",
        )


def _gyms(now: Statistics, limits: Limits) -> Iterator[Finding]:
    large = [each for each in now.gyms if each.examples >= limits.judged_from]
    jumping = [
        f"{each.gym_id}: {each.jumping} of {each.members} members"
        for each in large
        if each.jumping > max(1.0, limits.most_jumping * each.members)
    ]
    if jumping:
        yield Finding("jumps", "refused", f"age or body mass changes as no one's does, in {_listed(jumping)}")
    flipped = [f"{each.gym_id} ({each.agreement:.2f})" for each in large if _is_flipped(each, limits)]
    if flipped:
        yield Finding(
            "labels",
            "refused",
            f"the harder it was, the easier it felt: ratings are turned round in {_listed(flipped)}",
        )
    skewed = [
        f"{each.gym_id}: {each.other} of {each.compared}"
        for each in large
        if each.compared >= limits.judged_from and each.other > limits.most_skewed * each.compared
    ]
    if skewed:
        yield Finding("skew", "refused", f"features do not follow from the sessions, in {_listed(skewed)}")


def _is_flipped(gym: GymStatistics, limits: Limits) -> bool:
    return (
        gym.rated >= limits.judged_from
        and gym.agreement is not None
        and gym.agreement < limits.least_agreement
    )


def _drifts(now: Statistics, before: Statistics | None, limits: Limits) -> Iterator[Finding]:
    if before is None:
        return
    for name in RANGES:
        found = drift(values(name, before.histograms[name]), values(name, now.histograms[name]))
        if found.psi is None or found.level == "stable":
            continue
        beyond = found.psi > limits.most_drift
        yield Finding(
            "drift",
            "refused" if beyond else "note",
            f"{name} of {found.now} members against {found.before} in the last dataset: PSI {found.psi:.2f}, "
            + ("other people altogether" if beyond else found.level),
        )


def drifted(before: Statistics, now: Statistics) -> tuple[str, ...]:
    """The features of which the shift is major: a reason to learn anew."""
    return tuple(
        name
        for name in RANGES
        if drift(values(name, before.histograms[name]), values(name, now.histograms[name])).level == "major"
    )


def _listed(every: list[str]) -> str:
    more = f" and {len(every) - _TOLD} more" if len(every) > _TOLD else ""
    return "; ".join(sorted(every)[:_TOLD]) + more
