"""What Prometheus may know of one process of the service. Every name of its metrics stands here."""

from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_BYTES: Final = (1e3, 1e4, 1e5, 2.5e5, 5e5, 1e6, 2e6, 4.2e6)


class Metrics:
    """A registry of its own: two services in one process are two."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        self.records = Counter(
            "gymbox_cloud_records_total",
            "Records by what became of them; known: landed before, or of somebody who was erased.",
            ["outcome"],
            registry=self.registry,
        )
        self.stripped = Counter(
            "gymbox_cloud_records_stripped_total",
            "Records that told of sleep, heart-rate variability or stress, and were kept without.",
            registry=self.registry,
        )
        self.answers = Counter(
            "gymbox_cloud_answers_total", "Answers by status.", ["status"], registry=self.registry
        )
        self.batch_bytes = Histogram(
            "gymbox_cloud_batch_bytes", "Size of a batch, unpacked.", buckets=_BYTES, registry=self.registry
        )
        self.batch_seconds = Histogram(
            "gymbox_cloud_batch_seconds",
            "Time to apply a batch, from its last byte on.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "gymbox_cloud_requests_in_flight", "Batches at work or waiting.", registry=self.registry
        )
        self.turned_away = Counter(
            "gymbox_cloud_requests_turned_away_total",
            "Batches that were told to come again because too many were there.",
            registry=self.registry,
        )
        self.chores = Counter(
            "gymbox_cloud_chores_total",
            "Rounds of the service's own work, by outcome.",
            ["chore", "outcome"],
            registry=self.registry,
        )
        self.erasures_waiting = Gauge(
            "gymbox_cloud_erasures_waiting", "Members who are not wholly removed yet.", registry=self.registry
        )

    def render(self) -> tuple[bytes, str]:
        """Return the exposition and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
