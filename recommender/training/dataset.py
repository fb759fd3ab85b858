"""What the models learn from and are judged by: one row for each day of a member, in order."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender.encoding import PHASE
from recommender.exertion import phase_intensity
from recommender.person import TRAINING_PHASES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

CONSECUTIVE_DAYS: Final = 3
"""Rows of a member that are no more days apart follow each other: who trains, rests a day or two between."""
SHARES: Final = (0.70, 0.15, 0.15)
"""Of the members: to learn from, to choose by, to judge by."""
PHASE_INTENSITIES: Final = np.array([phase_intensity(phase) for phase in TRAINING_PHASES], np.float32)
SEGMENTS: Final = ("sex", "age_band", "level")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A table, ordered by member and day; NaN, or -1 for a type, is what nobody knows.

    Attributes:
        source: one line that says where it is from.
        member: int32 (n,), a number for each member.
        day: int32 (n,), as `date.toordinal`.
        values: float32 (n, 10), the features of that day, before its workout.
        imputed: bool (n, 10), which of them stand in for what is not known.
        target: float32 (n, 2), minutes and intensity that suited, as `recommender.exertion.suited` tells.
        wanted: float32 (n,), the intensity that the goal and the phase want on an ordinary day.
        trained: bool (n,), whether there was a workout.
        ease: float32 (n,), by how much its workout felt easier than it was, as `recommender.exertion.ease`.
        truth: float32 (n, 2), what would really have suited: known of simulated members alone. Never learned
            from, and no reason to choose by; it judges.
        rules: float32 (n, 2), what the rule engine prescribed.
        types: int8 (n,), of the workout, an index into WORKOUT_TYPES.
        prescribed: float32 (n, 2), minutes and intensity of that workout as planned.
        outcome: float32 (n, 3), its training effect, whether it was completed (0 to 1), its RPE.
        segments: text (n,) for each of SEGMENTS.
    """

    source: str
    member: NDArray[np.int32]
    day: NDArray[np.int32]
    values: NDArray[np.float32]
    imputed: NDArray[np.bool_]
    target: NDArray[np.float32]
    wanted: NDArray[np.float32]
    trained: NDArray[np.bool_]
    ease: NDArray[np.float32]
    truth: NDArray[np.float32]
    rules: NDArray[np.float32]
    types: NDArray[np.int8]
    prescribed: NDArray[np.float32]
    outcome: NDArray[np.float32]
    segments: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.member)

    @property
    def has_target(self) -> NDArray[np.bool_]:
        """Rows that tell what suited."""
        return np.asarray(~np.isnan(self.target).any(axis=1))

    @property
    def limit(self) -> NDArray[np.float32]:
        """(n,) points of intensity by which the goal asks for less than the phase does."""
        return np.asarray(PHASE_INTENSITIES[self.phase] - self.wanted, dtype=np.float32)

    @property
    def phase(self) -> NDArray[np.intp]:
        """(n,) indices into TRAINING_PHASES."""
        return np.rint(self.values[:, PHASE]).astype(np.intp)

    @property
    def network_target(self) -> NDArray[np.float32]:
        """(n, 2) what suited, were it for the phase alone: networks do not see the goal."""
        return self.target + np.stack([np.zeros_like(self.limit), self.limit], axis=1)

    @property
    def has_workout(self) -> NDArray[np.bool_]:
        """Rows that tell anything of what a workout did."""
        told = ~np.isnan(self.outcome).all(axis=1)
        planned = ~np.isnan(self.prescribed).any(axis=1)
        return np.asarray(told & planned & (self.types >= 0))

    def take(self, chosen: NDArray[Any]) -> Dataset:
        """Some rows, by a mask or by indices in order."""
        arrays = {
            each.name: getattr(self, each.name)[chosen]
            for each in fields(self)
            if each.name not in {"source", "segments"}
        }
        segments = {name: column[chosen] for name, column in self.segments.items()}
        return replace(self, **arrays, segments=segments)

    def joined(self, other: Dataset) -> Dataset:
        """The rows of both; nobody is a member of both."""
        shift = 0 if not len(self) else int(self.member.max()) + 1 - int(other.member.min(initial=0))
        moved = replace(other, member=(other.member + shift).astype(np.int32))
        arrays = {
            each.name: np.concatenate([getattr(self, each.name), getattr(moved, each.name)])
            for each in fields(self)
            if each.name not in {"source", "segments"}
        }
        segments = {name: np.concatenate([self.segments[name], other.segments[name]]) for name in SEGMENTS}
        return Dataset(source=f"{self.source} and {other.source}", segments=segments, **arrays)


def split(dataset: Dataset, seed: int) -> tuple[Dataset, Dataset, Dataset]:
    """To learn from, to choose by, to judge by: 70, 15 and 15 of a hundred members, whole."""
    members = np.random.default_rng(seed).permutation(np.unique(dataset.member))
    ends = np.rint(np.cumsum(SHARES)[:2] * len(members)).astype(int)
    learned, chosen, judged = (
        dataset.take(np.isin(dataset.member, part)) for part in np.split(members, ends)
    )
    return learned, chosen, judged


def members(dataset: Dataset) -> Iterator[slice]:
    """The rows of each member."""
    ends = np.flatnonzero(np.diff(dataset.member, append=-1)) + 1
    return (slice(start, end) for start, end in pairwise([0, *ends.tolist()]))


def follows(dataset: Dataset) -> NDArray[np.bool_]:
    """(n - 1,), whether a row is followed by one of the same member, a few days later at most."""
    near = (np.diff(dataset.member) == 0) & (np.diff(dataset.day) <= CONSECUTIVE_DAYS)
    return np.asarray(near)
