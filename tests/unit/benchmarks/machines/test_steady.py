import math
from typing import TYPE_CHECKING, cast

import pytest

from benchmarks.machines import steady
from benchmarks.machines.hall import Hall
from benchmarks.machines.steady import NEVER_S, Evening, delays_s, speak, table

if TYPE_CHECKING:
    from benchmarks.machines.broker import Publisher


def test_each_value_is_found_where_it_first_stands() -> None:
    sent = [(1.0, 60.0), (1.25, 61.0), (1.5, 62.0)]
    seen = [(0.9, None), (1.03, 60.0), (1.1, 60.0), (1.29, 61.0), (1.53, 62.0)]
    assert delays_s(sent, seen) == pytest.approx([0.03, 0.04, 0.03])


def test_what_was_never_shown_is_missing_and_an_earlier_one_does_not_count() -> None:
    assert delays_s([(1.0, 60.0), (1.25, 61.0)], [(0.99, 60.0), (1.3, 61.0)]) == pytest.approx([0.05])
    assert delays_s([(1.0, 60.0)], [(1.0 + NEVER_S + 0.1, 60.0)]) == []
    assert delays_s([], [(1.0, 60.0)]) == []


def test_a_rate_that_comes_round_again_is_not_the_same_message() -> None:
    sent = [(1.0, 60.0), (36.0, 60.0)]
    assert delays_s(sent, [(36.05, 60.0)]) == pytest.approx([0.05])


def test_every_device_speaks_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kept:
        packets: list[bytes] = []  # noqa: RUF012 - one of them

        def send(self, packet: bytes) -> None:
            self.packets.append(packet)

    monkeypatch.setattr(steady, "RATE_HZ", 50.0)
    sent = speak(cast("Publisher", Kept()), Hall(2), 1000, 0.1)
    assert [len(each) for each in sent] == [5, 5, 5, 5]
    assert [value for _, value in sent[0]] == [1000, 1001, 1002, 1003, 1004]
    assert len(Kept.packets) == 20
    times = [said[0] for said in sent[3]]
    assert times == sorted(times)


def test_the_figures_are_for_people_too() -> None:
    evening = Evening(300, 10, 60.0, 72_000, 0, 1, 31.2, 42.0, 48.0, 2.0, 17.94, 82.3, math.nan)
    lines = "\n".join(table(evening))
    assert "300 devices x 4 Hz for 60 s, 10 pages open" in lines
    assert "p50 31 ms, p99 42 ms" in lines
    assert "17.9 % of one core" in lines
