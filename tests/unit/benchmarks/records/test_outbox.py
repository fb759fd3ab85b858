import pytest

from benchmarks.records.outbox import MEMORY, OURS, SQLITE, Rates, measure, ratios, table


def test_each_of_the_three_takes_and_gives_all() -> None:
    found = measure(20, 1)
    assert [each.who for each in found] == [OURS, SQLITE, MEMORY]
    assert all(each.put > 0 and each.put_together > 0 and each.drain > 0 for each in found)


def test_the_outbox_is_told_beside_plain_sqlite3() -> None:
    found = [Rates(OURS, 90.0, 600.0, 50.0), Rates(SQLITE, 100.0, 200.0, 100.0), Rates(MEMORY, 9e3, 9e3, 9e3)]
    assert ratios(found) == pytest.approx({"put": 0.9, "put_together": 3.0, "drain": 0.5})
    *rows, last = table(found)
    assert len(rows) == 4
    assert "0.90 x as many from one caller, 3.00 x from fifty, and gives 0.50 x" in last
