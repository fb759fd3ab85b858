"""What it costs to compare somebody with a few others instead of with everybody."""

import pytest

from benchmarks.plans import others


def test_more_others_come_nearer_and_chosen_ones_nearer_than_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(others, "EVERYONE", 48)
    monkeypatch.setattr(others, "DAYS", 30)
    size, costs = others.measure(4)
    by_rows = {each.rows: each for each in costs}
    assert size > 0
    assert by_rows[16].chosen < by_rows[1].chosen
    assert by_rows[8].chosen < by_rows[8].chance
    assert all(0.0 <= each.same <= 1.0 for each in costs)
    assert "others" in next(others.table(size, costs))
