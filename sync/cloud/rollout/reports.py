"""What a box says of a release, read from the `reported` side of its shadow. Pure.

A box reports under the subject: `version`, `mode`, `rollout`, `state` (`waiting`, `installing`, `active`,
`shadowing`, `failed`, `rolled_back`, `rejected`), `reason`, and in shadow mode `figures`: `asked`,
`failures`, `mean_absolute_difference` by output, `latency_ratio`, `slower_ms`. It is not trusted to keep this
form.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from provisioning.twin import Fields
from sync.cloud.rollout.plan import Group, Limits
from sync.cloud.rollout.state import Outcome, Rollout

_MOST_REASON: Final = 300
_STATES: Final[Mapping[str, Outcome]] = {
    "waiting": "queued",
    "installing": "in_progress",
    "active": "succeeded",
    "failed": "failed",
    "rolled_back": "failed",
    "rejected": "rejected",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a box says of this rollout's release.

    Attributes:
        state: what that makes of it.
        reason: why, for people.
        at_risk: whether a box that falls silent now must be taken for one that the release has broken.
    """

    state: Outcome
    reason: str = ""
    at_risk: bool = False


def read(rollout: Rollout, group: Group, reported: Fields) -> Report | None:
    """What the box says of the release in the mode of a group; None while it says nothing of that.

    Args:
        rollout: whose release is meant; older news of other releases says nothing.
        group: that the box is in.
        reported: the whole `reported` side of its shadow.
    """
    said = reported.get(rollout.subject)
    if not isinstance(said, Mapping):
        return None
    meant = (rollout.id, rollout.challenger.get("version"), group.mode)
    if (said.get("rollout"), said.get("version"), said.get("mode")) != meant:
        return None
    state = said.get("state")
    reason = str(said.get("reason") or "")[:_MOST_REASON]
    if state == "shadowing" and group.mode == "shadow":
        figures = said.get("figures")
        return _judged(figures if isinstance(figures, Mapping) else {}, group.limits)
    outcome = _STATES.get(state) if isinstance(state, str) else None
    if outcome is None or (outcome == "succeeded" and group.mode == "shadow"):
        return Report("failed", f"the box reports the state {str(state)[:40]!r}, which nobody knows")
    return Report(outcome, reason, at_risk=outcome == "in_progress")


def _judged(figures: Fields, limits: Limits) -> Report:
    """What the figures of a box in shadow mode say; too few questions say nothing yet."""
    failures, asked = _number(figures, "failures"), _number(figures, "asked")
    if failures > limits.most_failures:
        return Report("failed", f"the release failed to answer {failures:g} questions")
    if asked < limits.least_asked:
        return Report("in_progress", f"asked {asked:g} of {limits.least_asked} questions")
    if problem := _too_slow(figures, limits) or _too_different(figures, limits):
        return Report("failed", problem)
    return Report("succeeded")


def _too_slow(figures: Fields, limits: Limits) -> str:
    ratio = _number(figures, "latency_ratio")
    slower_ms = _number(figures, "slower_ms", missing=math.inf)
    # Of what takes a fraction of a millisecond, a multiple only tells how busy the box was.
    if ratio <= limits.most_latency_ratio or slower_ms <= limits.most_slower_ms:
        return ""
    return f"the release takes {ratio:.2f} times as long, more than {limits.most_latency_ratio:g}"


def _too_different(figures: Fields, limits: Limits) -> str:
    found = figures.get("mean_absolute_difference")
    differences = found if isinstance(found, Mapping) else {}
    for name, most in sorted(limits.most_difference.items()):
        difference = _number(differences, name, missing=math.inf)
        if difference > most:
            return f"{name} differs by {difference:g} in the mean, more than {most:g}"
    return ""


def _number(fields: Fields, name: str, *, missing: float = 0.0) -> float:
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else missing
