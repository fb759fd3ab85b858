"""What Prometheus may know of the way to the cloud."""

from collections.abc import Callable, Iterator
from sqlite3 import Connection
from typing import TYPE_CHECKING, TypeVar

from gateway.metric_family import Family, Values, single
from gateway.store.store import Store, StoreError
from sync import refused, retention

if TYPE_CHECKING:
    from gateway.cloud.sync import CloudSync

T = TypeVar("T")


def of_cloud(cloud: "CloudSync", store: Store) -> Iterator[Family]:
    """Return what became of the records, and how the exchanges with the cloud went."""
    counts = cloud.counts
    yield Family(
        name="gymbox_outbox_dropped_total",
        help="Records that never reached the cloud and are no longer here, ever since the box was set up.",
        kind="counter",
        labels=("kind", "reason"),
        read=lambda: {
            (each.kind, each.reason): float(each.count) for each in _ask(store, retention.dropped) or ()
        },
    )
    yield Family(
        name="gymbox_outbox_refused_total",
        help="Records that the cloud refused for good, ever since the box was set up.",
        kind="counter",
        labels=("kind",),
        read=lambda: _refused(store),
    )
    yield single(
        "gymbox_cloud_records_total",
        "Records that the cloud acknowledged since the box started.",
        "counter",
        lambda: counts.acknowledged,
    )
    yield single(
        "gymbox_cloud_sent_bytes_total", "Compressed bytes sent.", "counter", lambda: counts.sent_bytes
    )
    yield Family(
        name="gymbox_cloud_exchanges_total",
        help="Exchanges with the cloud, by what became of them.",
        kind="counter",
        labels=("outcome",),
        read=lambda: {(outcome,): float(count) for outcome, count in counts.attempts.copy().items()},
    )
    yield Family(
        name="gymbox_cloud_last_success_timestamp_seconds",
        help="When the cloud last took records.",
        kind="gauge",
        read=lambda: {} if (at := cloud.state.last_success_at) is None else {(): at.timestamp()},
    )
    yield Family(
        name="gymbox_cloud_clock_ahead_seconds",
        help="How far the box's clock is ahead of the cloud's.",
        kind="gauge",
        read=lambda: {} if (ahead_s := cloud.state.ahead_s) is None else {(): ahead_s},
    )


def _refused(store: Store) -> Values:
    found = _ask(store, refused.refusals)
    return {} if found is None else {(kind,): float(count) for kind, count in found.counts.items()}


def _ask(store: Store, job: Callable[[Connection], T]) -> T | None:
    try:
        return store.read_now(lambda db: job(db.conn))
    except StoreError:  # the store's own state tells of it
        return None
