import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.counting.rows import Row
from benchmarks.counting.scores import by, groups, score, summary

Make = Callable[..., Row]


@pytest.fixture
def rows(row: Make) -> list[Row]:
    return [
        row("a.mp4", {"pushup": (9, 10, 10)}, ours={"pushup": 9}),
        row("b.mp4", {"pushup": (5, 5, 6)}, ours={"pushup": 5, "squat": 2}),
        row("c.mp4", {"pushup": (2, 2, 2)}, ours={"pushup": 4}),
        row("d.mp4", {"squat": (4, 4, 4)}, ours={"pushup": 1, "squat": 4}),
        row("e.mp4", kind="negative", ours={"pushup": 3}),
        row("f.mp4", kind="partial", ours={"pushup": 2}),
        row("g.mp4", kind="negative"),
    ]


def test_the_figures_of_one_exercise(rows: list[Row]) -> None:
    found = score(rows, ["pushup"], by("ours"))
    assert found is not None
    assert found.clips == 3
    assert found.mae == pytest.approx((1 / 10 + 0 + 2 / 2) / 3)
    assert found.obo == pytest.approx(2 / 3)
    assert found.exact == pytest.approx(1 / 3)
    assert found.inside == pytest.approx(2 / 3)
    false = (found.false_reps, found.false_clips, found.false_on_negatives, found.false_on_partials)
    assert false == (6, 3, 3, 2)


def test_several_exercises_are_scored_together(rows: list[Row]) -> None:
    found = score(rows, ["pushup", "squat"], by("ours"))
    assert found is not None
    assert (found.clips, found.false_reps, found.false_clips) == (4, 8, 4)
    assert found.exact == pytest.approx(2 / 4)


def test_what_a_method_cannot_count_is_not_scored(rows: list[Row]) -> None:
    assert score(rows, ["pushup"], by("nobody")) is None
    some = score(rows, ["pushup"], lambda row, _: 10 if row.clip.path.name == "a.mp4" else None)
    assert some is not None
    assert (some.clips, some.exact, some.false_clips) == (1, 1.0, 0)


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 40)), min_size=1, max_size=20))
def test_figures_agree_with_each_other(pairs: list[tuple[int, int]]) -> None:
    from pathlib import Path  # noqa: PLC0415 - hypothesis takes no fixtures of a function's scope

    from benchmarks.counting.clips import LabelledClip, Truth  # noqa: PLC0415 - likewise

    counted = {f"{number}.mp4": count for number, (_, count) in enumerate(pairs)}
    rows = [
        Row(LabelledClip(Path(file), "a", "reps", {"squat": Truth(reps, reps, reps)}), "m", None, {}, {})
        for file, (reps, _) in zip(counted, pairs, strict=True)
    ]
    found = score(rows, ["squat"], lambda row, _: counted[row.clip.path.name])
    assert found is not None
    assert 0 <= found.exact <= found.obo <= 1
    assert found.exact == found.inside
    assert (found.mae == 0) == (found.exact == 1)


def test_rates_are_groups_of_their_own(row: Make) -> None:
    rows = [
        row("a.mp4", {"squat": (1, 1, 1)}, ours={"squat": 1}),
        row("a.mp4", {"squat": (1, 1, 1)}, fps=5.0),
    ]
    assert list(groups(rows)) == [("movenet", None), ("movenet", 5.0)]
    found = json.loads(json.dumps(summary(rows, ["ours", "nobody"])))
    assert set(found) == {"movenet", "movenet@5"}
    assert found["movenet"]["squat"]["ours"]["exact"] == 1.0
    assert found["movenet@5"]["squat"]["ours"]["exact"] == 0.0
    assert "nobody" not in found["movenet"]["squat"]
