import pytest

from benchmarks.machines.counters import Counters
from benchmarks.machines.rate import BOX, PAHO, Turn, share, speed, table


def look(at_s: float, accepted: int, *, waiting: int = 0, dropped: int = 0, rejected: int = 0) -> Counters:
    return Counters(at_s, accepted + rejected, accepted, rejected, waiting, dropped)


def test_what_waits_is_not_through_yet_and_what_was_dropped_never_is() -> None:
    now = look(0.0, 100, waiting=7, dropped=3, rejected=5)
    assert (now.done, now.ended) == (90, 98)


def test_the_rate_is_that_of_the_work_not_of_the_looks() -> None:
    looks = [look(0.0, 0), look(1.0, 500), look(2.0, 1500), look(3.0, 2500), look(4.0, 2600)]
    assert speed(looks) == pytest.approx(1000)


def test_work_that_nobody_saw_in_progress_is_measured_as_a_whole() -> None:
    assert speed([look(0.0, 10), look(2.0, 110)]) == pytest.approx(50)


def test_the_share_is_of_medians() -> None:
    turns = [Turn(who, 10, rate, 1.0, 0) for who, rate in ((PAHO, 100), (BOX, 60), (PAHO, 900), (PAHO, 120))]
    assert share(turns) == pytest.approx(0.5)
    *rows, last = table(turns)
    assert len(rows) == 5
    assert "0.50 of what a bare paho" in last
