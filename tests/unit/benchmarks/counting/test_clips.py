import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.counting.clips import BadIndexError, Truth, own_clip, read_index

PUSHUPS = {
    "file": "a.mp4",
    "exercise": "pushup",
    "reps": 5,
    "reps_strict": 4,
    "reps_max": 6,
    "source_repo": "x/y",
}


def index(folder: Path, *entries: Any) -> Path:
    (folder / "index.json").write_text(json.dumps(entries))
    for entry in entries:
        if isinstance(entry, dict) and "file" in entry:
            (folder / entry["file"]).touch()
    return folder


def test_an_entry_says_what_is_true_and_who_filmed(tmp_path: Path) -> None:
    (clip,) = read_index(index(tmp_path, PUSHUPS))
    assert clip.path == tmp_path / "a.mp4"
    assert (clip.source, clip.kind, clip.truth) == ("x/y", "reps", {"pushup": Truth(4, 5, 6)})


def test_an_entry_may_say_when_each_repetition_was_deepest(tmp_path: Path) -> None:
    (clip,) = read_index(index(tmp_path, {**PUSHUPS, "bottoms_s": [3.5, 1, 2.25]}))
    assert clip.truth["pushup"].bottoms_s == (1.0, 2.25, 3.5)
    assert all(truth.bottoms_s for truth in own_clip()[0].truth.values())


def test_without_a_range_only_the_true_number_passes(tmp_path: Path) -> None:
    (clip,) = read_index(index(tmp_path, {"file": "a.mp4", "exercise": "squat", "reps": 3}))
    assert clip.truth == {"squat": Truth(3, 3, 3)}


@pytest.mark.parametrize(("exercise", "kind"), [("none", "negative"), ("squat_partial", "partial")])
def test_nothing_is_true_of_negatives_and_of_unfinished_repetitions(
    tmp_path: Path, exercise: str, kind: str
) -> None:
    (clip,) = read_index(index(tmp_path, {"file": "a.mp4", "exercise": exercise, "reps": 0, "reps_max": 4}))
    assert (clip.kind, clip.truth) == (kind, {})


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([], "not empty"),
        ([PUSHUPS, {"file": "b.mp4", "exercise": "yoga", "reps": 1}], "entry 2: .*unknown exercise yoga"),
        ([{"file": "b.mp4", "exercise": "squat"}], "entry 1: .*reps"),
        ([{**PUSHUPS, "reps_max": 4}], "entry 1: .*reps_strict <= reps <= reps_max"),
        ([{**PUSHUPS, "reps": "many"}], "entry 1: .*many"),
        (["a.mp4"], "entry 1"),
        ([PUSHUPS, PUSHUPS], "more than once: a.mp4"),
    ],
)
def test_a_wrong_index_says_what_is_wrong(tmp_path: Path, entries: list[Any], words: str) -> None:
    with pytest.raises(BadIndexError, match=words):
        read_index(index(tmp_path, *entries))


def test_a_folder_without_its_clips_or_without_an_index(tmp_path: Path) -> None:
    with pytest.raises(BadIndexError, match=r"index\.json cannot be read"):
        read_index(tmp_path)
    index(tmp_path, PUSHUPS)
    (tmp_path / "a.mp4").unlink()
    with pytest.raises(BadIndexError, match=r"not there: a\.mp4"):
        read_index(tmp_path)


def test_the_projects_own_clip_is_there_with_both_exercises() -> None:
    (clip,) = own_clip()
    assert clip.path.is_file()
    assert clip.kind == "reps"
    assert {exercise: truth.reps for exercise, truth in clip.truth.items()} == {"pushup": 8, "squat": 6}
