"""What Prometheus may know of updates: how often a model got into which state."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.metric_family import Family, single

if TYPE_CHECKING:
    from gateway.updates.updates import Updates


def of_updates(updates: "Updates") -> Iterator[Family]:
    """Return what became of the versions that were desired."""
    yield Family(
        name="gymbox_model_updates_total",
        help="Versions that were desired of a model, by the state that they got into, since the box started.",
        kind="counter",
        labels=("model", "state"),
        read=lambda: {key: float(count) for key, count in updates.outcomes.items()},
    )
    yield single(
        "gymbox_model_updates_failed_looks_total",
        "Looks at what is desired that ended in an error which nobody expected.",
        "counter",
        lambda: updates.failed,
    )
