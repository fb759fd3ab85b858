"""What Prometheus may know of plans: figures of groups, never of a member."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from gateway.metric_family import Family, Values, single
from recommender.monitoring.segments import EVERYBODY

if TYPE_CHECKING:
    from gateway.monitoring.monitor import PlanMonitor
    from gateway.planning.planner import Planner
    from recommender.monitoring import Review


@dataclass(frozen=True, slots=True)
class _Gauge:
    """One metric, as it is read out of a review."""

    name: str
    help: str
    read: "Callable[[Review], Values]"
    labels: tuple[str, ...] = ()


def _figures(found: "Review", name: str) -> Values:
    return _known(
        {(each.segment.dimension, each.segment.value): getattr(each, name).value for each in found.segments}
    )


def _drift_of_all(found: "Review") -> Values:
    return _known({(each.quantity,): each.drift.psi for each in found.drifts if each.segment == EVERYBODY})


def _drift_of_groups(found: "Review") -> Values:
    largest: dict[tuple[str, ...], float] = {}
    for each in found.drifts:
        if each.segment != EVERYBODY and each.drift.psi is not None:
            group = (each.segment.dimension, each.segment.value)
            largest[group] = max(each.drift.psi, largest.get(group, 0.0))
    return largest


def _alerts(found: "Review") -> Values:
    kinds = Counter(alert.name for alert in found.alerts)
    return {(kind,): float(kinds[kind]) for kind in ("drift", "calibration")}


def _known(values: dict[tuple[str, ...], float | None]) -> Values:
    return {labels: value for labels, value in values.items() if value is not None}


_GROUP: Final = ("dimension", "segment")
_GAUGES: Final[Sequence[_Gauge]] = (
    _Gauge(
        "gymbox_plan_adoption_ratio",
        "Share of plans that members took, of those they answered in four weeks.",
        partial(_figures, name="adoption_rate"),
        _GROUP,
    ),
    _Gauge(
        "gymbox_plan_completion_deviation_ratio",
        "Mean distance of performed from prescribed minutes, as a share of the latter.",
        partial(_figures, name="completion_deviation"),
        _GROUP,
    ),
    _Gauge(
        "gymbox_plan_intensity_volatility",
        "Mean change of the prescribed intensity (1 to 5) from one plan to the next.",
        partial(_figures, name="intensity_volatility"),
        _GROUP,
    ),
    _Gauge(
        "gymbox_plan_drift_psi",
        "Population stability index of a quantity over all members; 0.25 is a major shift.",
        _drift_of_all,
        ("quantity",),
    ),
    _Gauge(
        "gymbox_plan_segment_drift_psi",
        "The largest population stability index of any quantity within a group.",
        _drift_of_groups,
        _GROUP,
    ),
    _Gauge(
        "gymbox_effect_completion_calibration_error",
        "Expected calibration error of the foretold probability of completion.",
        lambda found: _known({(): found.calibration.completion_error.value}),
    ),
    _Gauge(
        "gymbox_effect_rpe_bias",
        "Felt less foretold exertion, in points.",
        lambda found: _known({(): found.calibration.rpe_bias.value}),
    ),
    _Gauge(
        "gymbox_plan_alerts",
        "What the newest review of the plans found to be wrong.",
        _alerts,
        ("kind",),
    ),
)


def of_plans(monitor: "PlanMonitor") -> Iterator[Family]:
    """Return what the newest review found; a figure that is not known is left out."""
    for each in _GAUGES:
        yield Family(
            name=each.name,
            help=each.help,
            kind="gauge",
            labels=each.labels,
            read=partial(_newest, monitor, each.read),
        )
    yield Family(
        name="gymbox_plan_review_timestamp_seconds",
        help="When the plans were looked at last.",
        kind="gauge",
        read=lambda: {} if monitor.reviewed_at is None else {(): monitor.reviewed_at.timestamp()},
    )


def of_planner(planner: "Planner") -> Iterator[Family]:
    """Return how many plans were made, and by what."""
    yield single(
        "gymbox_plans_made_total", "Plans made since the box started.", "counter", lambda: planner.made
    )
    yield single(
        "gymbox_plans_fallbacks_total",
        "Plans that the rules had to make because the models failed.",
        "counter",
        lambda: planner.coaching.fallbacks,
    )
    yield single(
        "gymbox_plans_failed_total",
        "Plans that neither the models nor the rules could make.",
        "counter",
        lambda: planner.coaching.failed,
    )


def _newest(monitor: "PlanMonitor", read: "Callable[[Review], Values]") -> Values:
    return {} if monitor.review is None else read(monitor.review)
