"""What may leave the box: pure; the last look at a record before it goes.

`upload = "all"` sends records as they are, `"summaries"` without single repetitions and series, `"nothing"`
only what is about no member's training: erasures, and the box's own health. In each case what tells of sleep,
HRV or stress is taken out, wherever it stands: by the key, or with the object that names it in one of its
texts (`{"feature": "sleep_efficiency", "value": …}`). Records are written without it; this is for the day on
which somebody forgets.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, Literal

from sync.record import KINDS, Record, RecordKind

Upload = Literal["all", "summaries", "nothing"]

_KINDS: Final[Mapping[Upload, tuple[RecordKind, ...]]] = {
    "all": KINDS,
    "summaries": KINDS,
    "nothing": ("erase", "health"),
}
_PRIVATE: Final = re.compile(
    r"sleep|slept|insomnia|hrv|heart.?rate.?variab|rmssd|sdnn|pnn50|(?<![a-z])rr(?![a-z])|rr.?interval"
    r"|stress|well.?being"
)
# One of these is in every match; looking for them first spares most texts the search, which takes fifty times
# as long.
_STEMS: Final = (
    "sleep",
    "slept",
    "insomnia",
    "hrv",
    "variab",
    "rmssd",
    "sdnn",
    "pnn50",
    "rr",
    "stress",
    "being",
)
# What JSON knows; made once, because they are asked for a million times a batch.
_NUMBERS: Final = (int, float)
_ROWS: Final = (list, tuple)
_CONTAINERS: Final = (dict, *_ROWS)
_DETAIL: Final = re.compile(r"reps_detail|series|\w+_series|trace|samples_[a-z_]+")


def kinds(upload: Upload) -> tuple[RecordKind, ...]:
    """Which kinds of records leave at all."""
    return _KINDS[upload]


def as_it_leaves(record: Record, upload: Upload) -> Record:
    """The record without what stays on the box."""
    detailed = record.kind != "session" or upload == "all"
    return replace(record, body=_members(record.body, detailed=detailed))


def tells_of_wellbeing(text: str) -> bool:
    """Whether a key or a text names sleep, heart-rate variability or stress."""
    folded = text.casefold()
    for stem in _STEMS:
        if stem in folded:
            return _PRIVATE.search(folded) is not None
    return False


@lru_cache(maxsize=1024)  # a batch has the same few keys a hundred thousand times
def _leaves(key: str, *, detailed: bool) -> bool:
    return not tells_of_wellbeing(key) and (detailed or not _DETAIL.fullmatch(key))


def _members(value: Mapping[str, Any], *, detailed: bool) -> dict[str, Any]:
    return {
        key: _without(each, detailed=detailed) if isinstance(each, _CONTAINERS) else each
        for key, each in value.items()
        if _leaves(key, detailed=detailed) and not _named(each)
    }


def _without(value: Any, *, detailed: bool) -> Any:
    if isinstance(value, dict):
        return _members(value, detailed=detailed)
    if isinstance(value, _ROWS):
        return [_without(each, detailed=detailed) for each in value if not _named(each)]
    return value


def _named(value: Any) -> bool:
    """Whether a text names something private, or an object or a row of values does in one of its texts."""
    if isinstance(value, str):
        return tells_of_wellbeing(value)
    if isinstance(value, dict):
        return _any_tells(value.values())
    if isinstance(value, _ROWS):
        row = any(isinstance(each, _NUMBERS) for each in value)  # names alone are a list, not a row
        return row and _any_tells(value)
    return False


def _any_tells(values: Iterable[Any]) -> bool:
    return any(isinstance(each, str) and tells_of_wellbeing(each) for each in values)
