"""Round trips beside a bare application."""

import pytest

from benchmarks.plans import serving
from benchmarks.plans.timing import Timing


def test_serving_is_told_beside_the_peer() -> None:
    trips = {
        f"{serving.BOX}, 1 row": Timing(6.0, 9.0, None, 3),
        f"{serving.BARE}, 1 row": Timing(2.0, 3.0, None, 3),
    }
    figures = serving.Figures(trips, {serving.BOX: 100.0, serving.BARE: 300.0})
    assert figures.times_bare == 3.0
    text = "\n".join(serving.table(figures))
    assert "this box: 100 requests a second to 8 clients at once" in text
    assert "one row takes 3.00 times" in text


def test_a_server_that_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SERVER", "/nowhere/server.py")
    with pytest.raises(serving.NoClientError, match=r"server \(box\) ended"), serving._started("box"):
        pass
