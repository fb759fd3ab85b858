import pytest

from benchmarks.records.herd import Herd, figures, measure, table


def test_a_herd_is_told_in_figures_and_in_words() -> None:
    herd = Herd(2, 20, took_s=4.0, answered_s=[0.1, 0.2, 0.3], turned_away=1, most_in_flight=2, landed=20)
    assert figures(herd)["median_s"] == pytest.approx(0.2)
    assert "answered_s" not in figures(herd)
    assert "5 records/s" in "\n".join(table(herd))


@pytest.mark.slow
def test_every_record_of_every_box_is_landed_once() -> None:
    herd = measure(8, 5)
    assert (herd.landed, herd.broken) == (40, 0)
    assert herd.most_in_flight <= 8
