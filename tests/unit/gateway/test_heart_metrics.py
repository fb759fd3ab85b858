"""What Prometheus is told of hearts: numbers, and nothing that says whose."""

from types import SimpleNamespace
from typing import Any

from gateway.heart_metrics import of_hearts
from gateway.metrics import Metrics


def test_what_became_of_the_sessions_is_told() -> None:
    hearts: Any = SimpleNamespace(
        learner=SimpleNamespace(learned=5, failed=2, dropped=1), watch=SimpleNamespace(failed=3)
    )
    metrics = Metrics()
    metrics.add(*of_hearts(hearts))
    hearts.learner.learned = 6
    told = metrics.render()[0].decode()
    for line in ("learned_total 6.0", "failed_total 5.0", "dropped_total 1.0"):
        assert f"\ngymbox_hearts_{line}\n" in told
