"""What Prometheus is told of the way to the cloud."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from gateway.cloud_metrics import of_cloud
from gateway.metrics import Metrics
from gateway.store.store import StoreBroken
from sync.upload.state import UploadCounts, UploadState


class BrokenStore:
    """A store that cannot be read."""

    def read_now(self, _job: object) -> None:
        raise StoreBroken("gone")


def told(cloud: Any) -> str:
    store: Any = BrokenStore()
    metrics = Metrics()
    metrics.add(*of_cloud(cloud, store))
    return metrics.render()[0].decode()


def test_what_became_of_the_exchanges_is_told_even_without_a_store() -> None:
    counts = UploadCounts(acknowledged=5, sent_bytes=900)
    for outcome in ("ok", "ok", "busy"):
        counts.attempt(outcome)
    state = UploadState("ok", last_success_at=datetime(2026, 3, 1, tzinfo=UTC), ahead_s=-2.5)
    text = told(SimpleNamespace(counts=counts, state=state))
    for line in (
        "gymbox_cloud_records_total 5.0",
        "gymbox_cloud_sent_bytes_total 900.0",
        'gymbox_cloud_exchanges_total{outcome="ok"} 2.0',
        'gymbox_cloud_exchanges_total{outcome="busy"} 1.0',
        "gymbox_cloud_last_success_timestamp_seconds 1.7723232e+09",
        "gymbox_cloud_clock_ahead_seconds -2.5",
        "gymbox_metrics_failures_total 0.0",
    ):
        assert f"\n{line}\n" in text
    assert "\ngymbox_outbox_dropped_total{" not in text


def test_what_is_not_known_is_left_out() -> None:
    text = told(SimpleNamespace(counts=UploadCounts(), state=UploadState()))
    assert "\ngymbox_cloud_last_success_timestamp_seconds " not in text
    assert "\ngymbox_cloud_clock_ahead_seconds " not in text
