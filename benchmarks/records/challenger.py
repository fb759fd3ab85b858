"""What retraining makes of gyms whose members differ from those of the packaged models, beside those.

Simulated members of another seed, to whom everything feels a point harder; effort, thresholds and limits are
those of `gymbox cloud retrain`. Members whom neither has learned from judge both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.records import retrain
from benchmarks.records.simulated_gyms import gyms, harder
from sync.cloud.retraining.blessing import ALL, Comparison
from sync.cloud.retraining.outcome import Refused
from sync.cloud.retraining.pipeline import Policy

if TYPE_CHECKING:
    from collections.abc import Iterator

GYMS: Final = 10
DAYS: Final = 120
SEED: Final = 4711
HARDER: Final = 1
UNITS: Final = {
    "minutes": "minutes",
    "intensity": "intensity, points",
    "effect": "training effect",
    "completion": "completion, Brier score",
    "rpe": "RPE, points",
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """One retraining.

    Attributes:
        sessions: that had landed.
        compared: challenger and packaged models on all members held out; None when it was refused.
        refused: why; empty when it was blessed.
    """

    sessions: int
    compared: Comparison | None
    refused: str = ""


def measure(members: int) -> Challenge:
    """Retrain from so many members of each gym."""
    usual = gyms(GYMS, members=members, days=DAYS, seed=SEED)
    every = [gym.changed(partial(harder, by=HARDER)) for gym in usual]
    sessions = sum(len(gym.rows) for gym in every)
    try:
        done = retrain.challenge(every, Policy())
    except Refused as error:
        return Challenge(sessions, None, str(error))
    segments = (Comparison.from_json(each) for each in done.documents["evaluation"]["segments"])
    return Challenge(sessions, next(each for each in segments if each.segment == ALL))


def table(found: Challenge) -> Iterator[str]:
    """For people."""
    yield f"{found.sessions:,} sessions of members to whom everything feels {HARDER} point harder"
    if found.compared is None:
        yield f"refused: {found.refused}"
        return
    yield f"blessed; errors on {found.compared.members} members whom neither has learned from"
    yield f"{'':24} {'challenger':>10} {'packaged':>9} {'change':>7}"
    for name, change in found.compared.changes().items():
        (ours, _), (theirs, _) = found.compared.challenger[name], found.compared.champion[name]
        yield f"{UNITS[name]:24} {ours:10.3f} {theirs:9.3f} {100 * change:+6.0f} %"
