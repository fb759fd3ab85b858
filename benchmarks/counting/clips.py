"""Clips and what truly happens in them: an `index.json`, or the truth of the project's own clip.

An index is a list of `{"file", "exercise", "reps"}`, better with `"reps_strict"` and `"reps_max"` (the least
and the most that may be counted where a clip begins or ends within a repetition), `"source_repo"` (who filmed
it) and `"bottoms_s"` (when each repetition was deepest). The exercise `none` is a negative; one that ends in
`_partial` holds unfinished repetitions, none of them full.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from vision.counting.exercises import KNOWN_EXERCISES
from vision.footage import clip_path, truth_path

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["reps", "partial", "negative"]
INDEX = "index.json"
NEGATIVE, PARTIAL = "none", "_partial"
OWN_SOURCE = "gymbox"


class BadIndexError(ValueError):
    """An index cannot be used; the text says where it lies, which entry is wrong and why."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Repetitions of one exercise in a clip.

    Attributes:
        least, reps, most: as many as there are, and the range that passes.
        bottoms_s: when each was deepest, in the clip's time; empty where nobody wrote it down.
    """

    least: int
    reps: int
    most: int
    bottoms_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledClip:
    """A clip and its truth.

    Attributes:
        path: the video.
        source: who filmed it; clips of one source share people, places and cameras.
        kind: full repetitions, unfinished ones only, or no exercise at all.
        truth: by exercise; whatever is not named does not happen.
    """

    path: Path
    source: str
    kind: Kind
    truth: dict[str, Truth]


def own_clip() -> list[LabelledClip]:
    """The clip that the project ships."""
    return [_clip(json.loads(truth_path().read_text(encoding="utf-8")), clip_path().parent)]


def read_index(folder: Path) -> list[LabelledClip]:
    """Every clip of a folder with an `index.json`.

    Raises:
        BadIndexError: it cannot be read, or an entry is not as the module says.
    """
    try:
        entries = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadIndexError(f"{folder / INDEX} cannot be read: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise BadIndexError(f"{folder / INDEX} must be a list of clips that is not empty")
    clips = []
    for number, entry in enumerate(entries, 1):
        try:
            clips.append(_clip(entry, folder))
        except (KeyError, TypeError, ValueError) as error:
            raise BadIndexError(f"{folder / INDEX}: entry {number}: {error!r}") from error
    names = Counter(clip.path.name for clip in clips)
    if twice := [name for name, times in names.items() if times > 1]:
        raise BadIndexError(f"{folder / INDEX} names clips more than once: {', '.join(twice)}")
    missing = [clip.path.name for clip in clips if not clip.path.is_file()]
    if missing:
        raise BadIndexError(f"{folder / INDEX} names clips that are not there: {', '.join(missing)}")
    return clips


def _clip(entry: Any, folder: Path) -> LabelledClip:
    if not isinstance(entry, dict):
        raise TypeError("is no object")
    bouts = entry.get("exercises", [entry])
    names = [str(bout["exercise"]) for bout in bouts]
    unknown = {name.removesuffix(PARTIAL) for name in names} - {*KNOWN_EXERCISES, NEGATIVE}
    if unknown:
        raise ValueError(f"unknown exercise {', '.join(sorted(unknown))}")
    truth = {name: _truth(bout) for name, bout in zip(names, bouts, strict=True) if name in KNOWN_EXERCISES}
    kind: Kind = "reps" if truth else "negative" if NEGATIVE in names else "partial"
    return LabelledClip(folder / entry["file"], str(entry.get("source_repo", OWN_SOURCE)), kind, truth)


def _truth(bout: dict[str, Any]) -> Truth:
    reps = int(bout["reps"])
    bottoms_s = tuple(sorted(float(time_s) for time_s in bout.get("bottoms_s", ())))
    truth = Truth(int(bout.get("reps_strict", reps)), reps, int(bout.get("reps_max", reps)), bottoms_s)
    if not 0 <= truth.least <= reps <= truth.most:
        raise ValueError("0 <= reps_strict <= reps <= reps_max does not hold")
    return truth
