"""What was counted at a station, whoever stands there."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from hypothesis import given
from hypothesis import strategies as st

from gateway.live.reps import StationReps, form_of
from vision.counting.reps import Rep

if TYPE_CHECKING:
    from gateway.sessions.active import ActiveSession
    from vision.processes.messages import StationView

EXERCISES = ("pushup", "squat")


@dataclass
class Refused:
    refused: int


@dataclass
class Totals:
    full: dict[str, int]
    partial: dict[str, int]

    def totals(self) -> tuple[dict[str, int], dict[str, int]]:
        return self.full, self.partial


def rep(exercise: str = "pushup", *, partial: bool = False, seconds: float = 2.0) -> Rep:
    return Rep(exercise, 10.0, 10.0 + seconds / 2, 10.0 + seconds, 0.9, partial)


def view(refused: int) -> "StationView":
    return cast("StationView", Refused(refused))


reps = st.builds(
    rep, st.sampled_from(EXERCISES), partial=st.booleans(), seconds=st.floats(0.6, 6.0, allow_nan=False)
)


@given(st.lists(reps, max_size=30))
def test_with_nobody_checked_in_each_is_numbered_among_its_own_kind(done: list[Rep]) -> None:
    station, counted = StationReps(), Counter[tuple[str, bool]]()
    for each in done:
        told = station.add(each, None)
        counted[each.exercise, each.partial] += 1
        assert (told.exercise, told.partial) == (each.exercise, each.partial)
        assert told.number == counted[each.exercise, each.partial]
        assert abs(told.tempo_s - (each.ended_s - each.started_s)) <= 0.0005
    full, partial = station.totals(None)
    assert {(name, False): n for name, n in full.items()} | {
        (name, True): n for name, n in partial.items()
    } == counted
    assert station.last == (done[-1] if done else None)
    whole = [each for each in done if not each.partial]
    assert (station.tempo_s is None) == (whole == [])


@given(st.lists(reps, min_size=1, max_size=10))
def test_who_comes_or_goes_finds_nothing_counted(done: list[Rep]) -> None:
    station = StationReps()
    for each in done:
        station.add(each, None)
    station.begin()
    assert station.totals(None) == ({}, {})
    assert (station.last, station.tempo_s, station.refused) == (None, None, 0)


def test_a_sessions_own_totals_count_while_it_runs() -> None:
    station = StationReps()
    station.add(rep(), None)
    session = cast("ActiveSession", Totals({"pushup": 7}, {"pushup": 2}))
    assert station.add(rep(), session).number == 7
    assert station.add(rep(partial=True), session).number == 2
    assert station.totals(session) == ({"pushup": 7}, {"pushup": 2})
    assert station.totals(None) == ({"pushup": 1}, {})


@given(st.lists(st.integers(0, 5), max_size=20))
def test_every_refusal_is_told_once_however_often_the_counter_begins_anew(runs: list[int]) -> None:
    station = StationReps()
    for most in runs:
        for refused in range(most + 1):
            station.see(view(refused))
            station.see(view(refused))
    assert station.refused == sum(runs)


def test_a_rep_that_counts_ends_what_was_refused() -> None:
    station = StationReps()
    station.see(view(3))
    assert station.refused == 3
    station.add(rep(), None)
    assert station.refused == 0
    station.see(view(4))
    assert station.refused == 1


def test_no_rep_has_no_form() -> None:
    assert form_of(None) is None
    assert form_of(rep()) is None
