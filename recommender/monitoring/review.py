"""Everything at once: the figures of the last weeks, what has shifted, and what somebody must be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.monitoring.calibration import calibration
from recommender.monitoring.drift import MAJOR, segment_drifts
from recommender.monitoring.metrics import segment_metrics
from recommender.monitoring.segments import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.monitoring.calibration import Calibration
    from recommender.monitoring.drift import SegmentDrift
    from recommender.monitoring.metrics import SegmentMetrics
    from recommender.monitoring.outcome import PlanOutcome


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that somebody should look at.

    Attributes:
        name: `drift` or `calibration`.
        subject: what it is about, the same as long as it lasts.
        reason: what was found, in words with numbers.
    """

    name: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the plans of some weeks came to.

    Attributes:
        segments: figures of each group.
        drifts: how far each quantity of each group has shifted.
        calibration: how right the effect model was.
        alerts: what is known to be wrong; what is not known is never here.
    """

    segments: tuple[SegmentMetrics, ...]
    drifts: tuple[SegmentDrift, ...]
    calibration: Calibration
    alerts: tuple[Alert, ...]


def review(before: Sequence[PlanOutcome], now: Sequence[PlanOutcome]) -> Review:
    """Look at the plans of the last weeks.

    Args:
        before: plans of the weeks that count as normal.
        now: plans of the last weeks.
    """
    drifts, checked = segment_drifts(before, now), calibration(now)
    return Review(
        segments=segment_metrics(now),
        drifts=drifts,
        calibration=checked,
        alerts=(*_alerts_of_drift(drifts), *_alerts_of_calibration(checked)),
    )


def _alerts_of_drift(drifts: Sequence[SegmentDrift]) -> list[Alert]:
    """Major shifts; one of all members speaks for their groups too."""
    major = [each for each in drifts if each.drift.level == "major"]
    of_all = {each.quantity for each in major if each.segment == EVERYBODY}
    return [
        _alert_of_drift(each) for each in major if each.segment == EVERYBODY or each.quantity not in of_all
    ]


def _alert_of_drift(found: SegmentDrift) -> Alert:
    subject, drift = f"{found.quantity} of {found.segment}", found.drift
    return Alert(
        "drift",
        subject,
        f"{subject} has shifted: population stability index {drift.psi:.2f} between {drift.before} members "
        f"before and {drift.now} now; from {MAJOR} on it is a major shift",
    )


def _alerts_of_calibration(checked: Calibration) -> list[Alert]:
    alerts = []
    completion, bias = checked.completion_error, checked.rpe_bias
    if completion.is_broken:
        alerts.append(
            Alert(
                "calibration",
                "completion",
                f"the foretold probability of completion is off by {completion.value:.2f} on average over "
                f"{completion.samples} plans; {completion.allowed:.2f} is allowed",
            )
        )
    if bias.is_broken and bias.value is not None:
        alerts.append(
            Alert(
                "calibration",
                "rpe",
                f"workouts felt {abs(bias.value):.1f} points {'harder' if bias.value > 0 else 'easier'} than "
                f"foretold, on average over {bias.samples} plans; {bias.allowed:.1f} is allowed",
            )
        )
    return alerts
