"""What Prometheus may know of hearts: how many sessions they were learned from, never whose."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.metric_family import Family, single

if TYPE_CHECKING:
    from gateway.hearts.hearts import Hearts


def of_hearts(hearts: "Hearts") -> Iterator[Family]:
    """Return what became of the sessions with a machine and a band."""
    learner, watch = hearts.learner, hearts.watch
    yield single(
        "gymbox_hearts_learned_total",
        "Sessions that a heart was learned from.",
        "counter",
        lambda: learner.learned,
    )
    yield single(
        "gymbox_hearts_failed_total",
        "Sessions, and looks at them, that failed.",
        "counter",
        lambda: learner.failed + watch.failed,
    )
    yield single(
        "gymbox_hearts_dropped_total",
        "Sessions that nothing was learned from because too many waited.",
        "counter",
        lambda: learner.dropped,
    )
