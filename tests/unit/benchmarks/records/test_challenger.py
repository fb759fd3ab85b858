"""The benchmark of challengers: what it says; whole runs are tests/integration/test_retraining.py's."""

from __future__ import annotations

import pytest

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytest.importorskip("sqlalchemy", reason="the extra `cloud` is not installed")

from benchmarks.records import challenger, retrain
from benchmarks.records.challenger import Challenge, measure, table
from benchmarks.records.simulated_gyms import harder
from sync.cloud.retraining.blessing import Comparison
from sync.cloud.retraining.outcome import Refused


def test_the_table_holds_both_beside_each_other() -> None:
    found = Comparison(
        "all",
        40,
        challenger={"rpe": (0.5, 1.5), "minutes_swing": (0.2, None)},
        champion={"rpe": (1.0, 1.5), "minutes_swing": (0.1, None)},
    )
    first, second, _, rpe = table(Challenge(1_200, found))
    assert first.startswith("1,200 sessions")
    assert "blessed" in second
    assert "40 members" in second
    assert rpe.split() == ["RPE,", "points", "0.500", "1.000", "-50", "%"]


def test_a_refusal_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object) -> None:
        raise Refused("minutes is further off")

    monkeypatch.setattr(retrain, "challenge", refused)
    monkeypatch.setattr(challenger, "GYMS", 1)
    monkeypatch.setattr(challenger, "DAYS", 20)
    found = measure(2)
    assert found.sessions > 0
    assert list(table(found))[1:] == ["refused: minutes is further off"]


def test_who_did_not_rate_has_not_rated_harder() -> None:
    assert harder({"rpe": 4, "id": "a"}, by=1) == {"rpe": 5, "id": "a"}
    assert harder({"rpe": 9}, by=2) == {"rpe": 10}
    assert harder({"rpe": None}, by=1) == {"rpe": None}
