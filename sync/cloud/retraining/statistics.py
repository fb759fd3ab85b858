"""What is known of a dataset without looking at anybody: counts by gym, and how features are spread. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender.features import FEATURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

BINS: Final = 40
"""Of a histogram, over the range of its feature: four for each that a population stability index looks at."""
RANGES: Final = {
    feature.name: (feature.low, feature.high)
    for feature in FEATURES
    if feature.name not in {"sleep_efficiency", "stress_index"}  # these never leave a box
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatistics:
    """What one gateway has sent.

    Attributes:
        sessions: all of them.
        members: whom they are about.
        repeated: the same session again under another id.
        refused: that cannot be.
        reasons: how many of these by what is wrong with them.
    """

    gym_id: str
    gateway_id: str
    sessions: int
    members: int
    repeated: int
    refused: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class GymStatistics:
    """What can be learned from one gym.

    Attributes:
        examples: days of members with a plan.
        members: whose they are.
        jumping: of these, whose age or body mass changes as no one's does.
        rated: examples that tell how hard they were and how hard they felt.
        agreement: correlation of these two; None when there is none.
        compared: features that a box recorded and the sessions tell as well.
        other: of these, how many differ.
    """

    gym_id: str
    examples: int
    members: int
    jumping: int
    rated: int
    agreement: float | None
    compared: int
    other: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of a dataset, or of a part of it.

    Attributes:
        gateways: each once.
        gyms: each once.
        histograms: by feature, of the newest day of each member: `BINS` counts over its range.
    """

    gateways: tuple[GatewayStatistics, ...] = ()
    gyms: tuple[GymStatistics, ...] = ()
    histograms: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def sessions(self) -> int:
        """All of them."""
        return sum(each.sessions for each in self.gateways)

    @property
    def examples(self) -> int:
        """What can be learned from."""
        return sum(each.examples for each in self.gyms)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Statistics:
        """What `to_json` gave."""
        return cls(
            tuple(GatewayStatistics(**each) for each in document["gateways"]),
            tuple(GymStatistics(**each) for each in document["gyms"]),
            {name: tuple(counts) for name, counts in document["histograms"].items()},
        )


def joined(parts: Iterable[Statistics]) -> Statistics:
    """Of all parts together; no gym is in two of them."""
    every = list(parts)
    return Statistics(
        tuple(each for part in every for each in part.gateways),
        tuple(each for part in every for each in part.gyms),
        {name: _sum([part.histograms.get(name, ()) for part in every]) for name in RANGES},
    )


def values(name: str, counts: Sequence[int]) -> NDArray[np.float64]:
    """A sample with this histogram: the middles of its bins, each as often as it was seen."""
    low, high = RANGES[name]
    middles = low + (np.arange(BINS) + 0.5) * (high - low) / BINS
    return np.repeat(middles, np.asarray(counts, np.intp) if len(counts) else 0)


def _sum(histograms: Sequence[Sequence[int]]) -> tuple[int, ...]:
    known = [each for each in histograms if len(each)]
    return tuple(np.sum(known, axis=0).tolist()) if known else (0,) * BINS
