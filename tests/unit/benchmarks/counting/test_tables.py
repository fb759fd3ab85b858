from collections.abc import Callable

from benchmarks.counting.methods import Peer
from benchmarks.counting.rows import Row
from benchmarks.counting.tables import clips_table, rate, scores_table, sources_table

Make = Callable[..., Row]


def test_a_count_outside_the_range_is_marked_and_rows_of_nothing_are_left_out(row: Make) -> None:
    rows = [
        row("good.mp4", {"pushup": (4, 5, 6)}, ours={"pushup": 6}),
        row("bad.mp4", {"pushup": (5, 5, 5)}, ours={"pushup": 6, "squat": 2}, fps=5.0),
        row("quiet.mp4", kind="negative"),
        row("loud.mp4", kind="negative", ours={"squat": 1}),
    ]
    lines = [" ".join(line.split()) for line in clips_table(rows, ["ours", "nobody"])][1:]
    assert lines == [
        "good.mp4 movenet full pushup 5 (4..6) 6 -",
        "bad.mp4 movenet 5 fps pushup 5 (5..5) 6! -",
        "bad.mp4 movenet 5 fps squat other 2! -",
        "loud.mp4 movenet full squat negative 1! -",
    ]


def test_scores_by_exercise_and_together(row: Make) -> None:
    rows = [row("a.mp4", {"squat": (4, 4, 4)}, ours={"squat": 3, "pushup": 2})]
    lines = [" ".join(line.split()) for line in scores_table(rows, ["ours"])]
    assert "movenet full squat ours 1 0.250 1.000 0.000 0.000 0 0 0 0" in lines
    assert "movenet full pushup ours 0 - - - - 2 1 0 0" in lines
    assert lines[-1] == "movenet full all ours 1 0.250 1.000 0.000 0.000 2 1 0 0"


def test_sources_are_shown_at_the_full_rate_only(row: Make, levels: Peer) -> None:
    rows = [
        row("a.mp4", {"squat": (1, 1, 1)}, ours={"squat": 1}, source="one", numbers={"squat": [3.0]}),
        row("b.mp4", {"squat": (2, 2, 2)}, ours={"squat": 5}, source="two", numbers={"squat": [3.0]}),
        row("b.mp4", {"squat": (2, 2, 2)}, source="slow", fps=5.0, numbers={"squat": [3.0]}),
    ]
    text = "\n".join(" ".join(line.split()) for line in sources_table(rows, [levels]))
    assert "movenet squat ours 2 0.750 0.500 0.500 0.500 0 0 0 0 two (MAE 1.500, OBO 0.000)" in text
    assert "movenet squat levels 2 0.250 1.000 0.500 0.500 0 0 0 0 two (MAE 0.500, OBO 1.000)" in text
    assert "one 1/1, 0 1/1, 0" in text
    assert "two 0/1, 0 0/1, 0" in text
    assert "slow" not in text


def test_a_rate_has_a_name() -> None:
    assert [rate(None), rate(5.0), rate(7.5)] == ["full", "5 fps", "7.5 fps"]
