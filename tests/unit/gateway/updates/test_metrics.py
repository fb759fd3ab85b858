"""What Prometheus is told of updates."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

from gateway.metrics import Metrics
from gateway.updates.metrics import of_updates


def test_how_often_a_model_got_into_a_state_is_told() -> None:
    updates: Any = SimpleNamespace(outcomes=Counter({("intensity", "rolled_back"): 1}), failed=0)
    metrics = Metrics()
    metrics.add(*of_updates(updates))
    updates.outcomes["intensity", "rolled_back"] += 1
    told = metrics.render()[0].decode()
    assert '\ngymbox_model_updates_total{model="intensity",state="rolled_back"} 2.0\n' in told
    assert "\ngymbox_model_updates_failed_looks_total 0.0\n" in told
