from collections.abc import Callable

import pytest

from benchmarks.counting.methods import Peer
from benchmarks.counting.rows import Row
from benchmarks.counting.scores import by, score
from benchmarks.counting.sources import by_source, held_out, sources, worst

Make = Callable[..., Row]
LOW, HIGH, NOISE = 3.0, 7.0, 0.5


@pytest.fixture
def rows(row: Make) -> list[Row]:
    """The middle choice is right about a and b, the last about c."""
    return [
        row("a.mp4", {"squat": (2, 2, 2)}, source="a", numbers={"squat": [LOW, HIGH]}),
        row("b.mp4", {"squat": (3, 3, 3)}, source="b", numbers={"squat": [LOW, HIGH, HIGH]}),
        row("c.mp4", {"squat": (1, 1, 1)}, source="c", numbers={"squat": [LOW, LOW, HIGH]}),
        row("n.mp4", kind="negative", source="d", numbers={"squat": [LOW, NOISE]}),
    ]


def counts(rows: list[Row], peer: Peer) -> dict[str, int | None]:
    counted = held_out(rows, ["squat"], peer)
    return {row.clip.path.stem: counted(row, "squat") for row in rows}


def test_a_source_is_counted_with_what_suits_the_others(rows: list[Row], levels: Peer) -> None:
    # Mean errors of the three choices without a: .83, 1, .17; without b: .75, 1, .25;
    # without c: .58, 0, .42; without the negative: .72, .67, .28.
    assert counts(rows, levels) == {"a": 1, "b": 2, "c": 3, "n": 0}


def test_the_truth_of_a_source_does_not_reach_its_own_count(rows: list[Row], levels: Peer, row: Make) -> None:
    for reps in range(1, 5):
        changed = row("c.mp4", {"squat": (reps, reps, reps)}, source="c", numbers={"squat": [LOW, LOW, HIGH]})
        assert counts([*rows[:2], changed, rows[3]], levels)["c"] == 3


def test_of_equal_choices_the_one_with_fewer_false_reps_then_the_usual_wins(row: Make, levels: Peer) -> None:
    numbers: dict[str, list[float]] = {"squat": []}
    clip = row("a.mp4", {"squat": (0, 0, 0)}, source="a", numbers=numbers)
    other = row("b.mp4", kind="negative", source="b", numbers={"squat": [LOW]})
    asked_about = row("c.mp4", {"squat": (1, 1, 1)}, source="c", numbers={"squat": [LOW, HIGH, HIGH]})
    assert counts([clip, asked_about], levels)["c"] == 1, "the usual thresholds"
    assert counts([clip, other, asked_about], levels)["c"] == 2, "those without a false repetition"


def test_where_no_other_source_holds_the_exercise_nothing_is_fitted(row: Make, levels: Peer) -> None:
    rows = [
        row("a.mp4", {"squat": (2, 2, 2)}, source="a", numbers={"squat": [LOW, HIGH]}),
        row("b.mp4", kind="negative", source="b", numbers={"squat": []}),
    ]
    assert counts(rows, levels)["a"] == 1


def test_an_exercise_that_a_peer_cannot_follow_has_no_count(row: Make, levels: Peer) -> None:
    rows = [row("a.mp4", {"squat": (2, 2, 2)})]
    counted = held_out(rows, ["squat"], levels)
    assert counted(rows[0], "squat") is None
    assert score(rows, ["squat"], counted) is None


def test_the_worst_source_is_off_most_often_then_farthest(row: Make) -> None:
    rows = [
        row("a.mp4", {"squat": (4, 4, 4)}, source="near", ours={"squat": 3}),
        row("b.mp4", {"squat": (9, 9, 9)}, source="far", ours={"squat": 5}),
        row("c.mp4", {"squat": (9, 9, 9)}, source="farther", ours={"squat": 4}),
        row("d.mp4", kind="negative", source="nothing", ours={"squat": 9}),
    ]
    assert sources(rows) == ["near", "far", "farther", "nothing"]
    spread = by_source(rows, ["squat"], by("ours"))
    assert {source: each.obo for source, each in spread.items()} == {
        "near": 1.0,
        "far": 0.0,
        "farther": 0.0,
        "nothing": 0.0,
    }
    assert worst(spread) == "farther"
    assert worst({"nothing": spread["nothing"]}) is None
