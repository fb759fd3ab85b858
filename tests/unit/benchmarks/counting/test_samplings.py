from collections.abc import Callable
from dataclasses import replace

from benchmarks.counting.rows import Row
from benchmarks.counting.samplings import Misses, by_sampling, samplings, summary
from benchmarks.counting.tables import rate, samplings_table

Make = Callable[..., Row]


def begun(make: Make, file: str, *counts: int) -> list[Row]:
    """Two squats at 5 frames a second, counted so often in each sampling."""
    rows = [make(file, {"squat": (2, 2, 2)}, ours={"squat": count}, fps=5.0) for count in counts]
    return [replace(row, first=first) for first, row in enumerate(rows)]


def test_a_clip_with_fewer_samplings_begins_anew(row: Make) -> None:
    rows = [*begun(row, "fast.mp4", 2, 2, 1), *begun(row, "slow.mp4", 3, 2)]
    named = [[(one.clip.path.name, one.first) for one in sampling] for sampling in samplings(rows)]
    assert named == [
        [("fast.mp4", 0), ("slow.mp4", 0)],
        [("fast.mp4", 1), ("slow.mp4", 1)],
        [("fast.mp4", 2), ("slow.mp4", 0)],
    ]
    assert by_sampling(rows, "ours") == [Misses(1, 0), Misses(0, 0), Misses(2, 0)]


def test_what_is_counted_where_it_does_not_happen_is_a_miss_too(row: Make) -> None:
    loud = row("loud.mp4", kind="negative", ours={"squat": 3, "curl": 1}, fps=5.0)
    assert by_sampling([*begun(row, "a.mp4", 1), loud], "ours") == [Misses(1, 2)]
    assert Misses(1, 2).total == 3


def test_what_another_exercises_clip_counts_for_stands_apart(row: Make) -> None:
    both = row("squats.mp4", {"squat": (2, 2, 2)}, ours={"squat": 1, "curl": 4}, fps=5.0)
    assert by_sampling([both], "ours") == [Misses(1, 0, strayed=1)]
    assert [str(Misses(1, 0, 1)), str(Misses(1, 1))] == ["1+1", "2"]
    shallow = row("shallow.mp4", kind="partial", ours={"squat": 1}, fps=5.0)
    assert by_sampling([shallow], "ours") == [Misses(0, 1)]


def test_the_worst_and_the_mean_stand_before_each(row: Make) -> None:
    full = row("a.mp4", {"squat": (2, 2, 2)})
    rows = [full, *begun(row, "a.mp4", 2, 1, 2, 1)]
    lines = [" ".join(line.split()) for line in samplings_table(rows, ["ours", "nobody"])]
    assert lines[1:] == ["movenet full ours 1 1.00 1", "movenet 5 fps ours 1 0.50 0 1 0 1"]
    found = summary(rows, ["ours", "nobody"])
    assert found["movenet"] == {"ours": [{"outside": 1, "false": 0, "strayed": 0}], "nobody": []}
    assert found["movenet@5"]["ours"] == [{"outside": n, "false": 0, "strayed": 0} for n in (0, 1, 0, 1)]


def test_a_sampling_has_a_name() -> None:
    assert [rate(5.0), rate(5.0, 2), rate(None)] == ["5 fps", "5 fps+2", "full"]
