import pytest

from benchmarks.records import features
from benchmarks.records.features import Built, measure, table


def test_the_worker_is_told_beside_plain_python() -> None:
    lines = list(table([Built(1000, 2.0, 50.0), Built(3000, 5.0, 60.0)], 10.0))
    assert len(lines) == 4
    assert "DuckDB is 50 x as fast" in lines[-1]


@pytest.mark.slow
def test_every_part_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "PART", 500)
    monkeypatch.setattr(features, "MILLION", 1000)
    found, plain_per_s = measure([1])
    assert [each.sessions for each in found] == [1000]
    assert found[0].per_s > 0
    assert found[0].peak_mb > 0
    assert plain_per_s > 0
