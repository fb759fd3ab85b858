"""One metric, as the box publishes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from gateway.durations import Durations

Values = Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric: its name by Prometheus' conventions, its labels, and where its values are read."""

    name: str
    help: str
    kind: Literal["counter", "gauge"]
    read: Callable[[], Values]
    labels: tuple[str, ...] = ()

    def collect(self) -> CounterMetricFamily | GaugeMetricFamily:
        """Read the values now."""
        make = CounterMetricFamily if self.kind == "counter" else GaugeMetricFamily
        family = make(self.name, self.help, labels=self.labels)
        for labels, value in self.read().items():
            family.add_metric(labels, value)
        return family


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationFamily:
    """A histogram of durations: its name, what its one label is called, and who counts."""

    name: str
    help: str
    label: str
    durations: Durations

    def collect(self) -> HistogramMetricFamily:
        """Read the buckets now."""
        family = HistogramMetricFamily(self.name, self.help, labels=(self.label,))
        bounds = [*(str(bound_s) for bound_s in self.durations.bounds_s), "+Inf"]
        for name, tally in self.durations.tallies().items():
            buckets = list(zip(bounds, (*tally.counts, tally.number), strict=True))
            family.add_metric((name,), buckets, tally.total_s)
        return family


def single(name: str, text: str, kind: Literal["counter", "gauge"], read: Callable[[], float]) -> Family:
    """Make a metric of one value, without labels."""
    return Family(name=name, help=text, kind=kind, read=lambda: {(): float(read())})
