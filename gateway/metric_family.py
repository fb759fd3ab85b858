"""One metric, as the box publishes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

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


def single(name: str, text: str, kind: Literal["counter", "gauge"], read: Callable[[], float]) -> Family:
    """Make a metric of one value, without labels."""
    return Family(name=name, help=text, kind=kind, read=lambda: {(): float(read())})
