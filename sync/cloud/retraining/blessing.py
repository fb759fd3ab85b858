"""Is a challenger good enough, and will it run where it is to run? Pure.

The words are those of TensorFlow Extended: the evaluator blesses a model by value thresholds (how good it is
by itself) and change thresholds (beside the champion), over all and per slice, here segment; the
infrastructure validator blesses the very files in the serving runtime. A release needs both blessings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Figures: TypeAlias = Mapping[str, tuple[float | None, float | None]]
"""Error of a model and of always saying the mean, by metric; None where nobody knows. Less is better."""
ALL: Final = "all"
SURE: Final = 1.645
"""Standard errors that chance exceeds once in twenty cases: with fifty comparisons some always look worse."""
SWINGS: Final = ("minutes_swing", "intensity_swing")
"""Metrics that are no errors: how far an answer moves from a day of a member to the next."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on one segment.

    Attributes:
        segment: `all`, or `dimension=value`.
        members: by whom they were judged.
        challenger, champion: how far off they are.
        chance: standard error of each of `changes`; a metric that is missing is taken for exact.
    """

    segment: str
    members: int
    challenger: Figures
    champion: Figures
    chance: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Comparison:
        """What `to_json` gave."""
        challenger, champion = (
            {name: (pair[0], pair[1]) for name, pair in document[who].items()}
            for who in ("challenger", "champion")
        )
        return cls(document["segment"], document["members"], challenger, champion, document["chance"])

    def changes(self, *, swings: bool = False) -> dict[str, float]:
        """By how much the challenger is further off, as a share of the champion's error, by metric.

        Args:
            swings: those metrics instead of the errors.
        """
        found = {}
        for name, (error, _) in self.challenger.items():
            if (name in SWINGS) is not swings:
                continue
            before = self.champion[name][0]
            if error is not None and before:
                found[name] = error / before - 1
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a challenger must reach. All are shares.

    Attributes:
        most_of_mean: value threshold: its error, of that of always saying the mean.
        most_worse: change threshold of each metric over all; only a change that is none of chance counts.
        most_worse_segment: likewise in each segment, where there are fewer to judge by.
        most_swing: change threshold of how far answers move from day to day, which nobody understands.
        least_better: change threshold of the mean over all metrics: it must be worth a release.
        fewest_members: a segment of fewer says nothing for sure.
    """

    most_of_mean: float = 1.0
    most_worse: float = 0.05
    most_worse_segment: float = 0.1
    most_swing: float = 0.25
    least_better: float = 0.01
    fewest_members: int = 10


def objections(comparisons: Sequence[Comparison], thresholds: Thresholds) -> tuple[str, ...]:
    """Why a challenger is not blessed; empty when it is."""
    everybody = next(each for each in comparisons if each.segment == ALL)
    return (
        *_on_the_whole(everybody, thresholds),
        *_worse(everybody, thresholds.most_worse),
        *(
            objection
            for each in comparisons
            if each.segment != ALL and each.members >= thresholds.fewest_members
            for objection in _worse(each, thresholds.most_worse_segment)
        ),
    )


def _on_the_whole(everybody: Comparison, thresholds: Thresholds) -> Iterator[str]:
    if everybody.members < thresholds.fewest_members:
        yield f"only {everybody.members} members are held out to judge by"
    for name, (error, mean) in everybody.challenger.items():
        if error is not None and mean is not None and error > thresholds.most_of_mean * mean:
            yield f"{name} is off by {error:.3f}, always saying the mean by {mean:.3f}"
    changes = everybody.changes()
    change = sum(changes.values()) / len(changes) if changes else 0.0
    if change > -thresholds.least_better:
        yield (
            f"its errors are {100 * change:+.1f} % beside the champion's, on the mean of all metrics, and "
            f"{-100 * thresholds.least_better:+g} % is needed"
        )
    for name, moved in everybody.changes(swings=True).items():
        if moved > thresholds.most_swing:
            yield f"{name} is {100 * moved:.1f} % more than the champion's"


def _worse(compared: Comparison, most: float) -> Iterator[str]:
    where = "" if compared.segment == ALL else f" for {compared.segment}"
    for name, change in compared.changes().items():
        if change > most and change > SURE * compared.chance.get(name, 0.0):
            yield f"{name}{where} is {100 * change:.1f} % further off than the champion's"


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How one model behaved in a fresh process, in the runtime that boxes have.

    Attributes:
        name: of the model.
        golden_off: the largest difference from what the network said before it was a file.
        int8_off: the mean difference of the int8 file from the exact network, in deviations of its answers.
        load_s: until it could answer.
        latency_s: of one answer, the median.
        bytes: of all its files.
    """

    name: str
    golden_off: float
    int8_off: float
    load_s: float
    latency_s: float
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingLimits:
    """What boxes can bear.

    Attributes:
        most_golden_off: the same sums in another order differ by less.
        most_int8_off: in deviations.
        most_load_s: a box answers while it swaps models.
        most_latency_s: a plan asks hundreds of times.
        most_bytes: a box downloads it over any line.
    """

    most_golden_off: float = 0.01
    most_int8_off: float = 0.15
    most_load_s: float = 5.0
    most_latency_s: float = 0.05
    most_bytes: int = 4 * 1024 * 1024


def serving_objections(found: Sequence[Serving], limits: ServingLimits) -> tuple[str, ...]:
    """Why the files are not blessed; empty when they are."""
    return tuple(
        f"{each.name}: {what} is {value:g}, at most {most:g} is allowed"
        for each in found
        for what, value, most in (
            ("the difference from what was learned", each.golden_off, limits.most_golden_off),
            ("the difference of the int8 file in deviations", each.int8_off, limits.most_int8_off),
            ("the time to load in s", each.load_s, limits.most_load_s),
            ("the time of one answer in s", each.latency_s, limits.most_latency_s),
            ("the size in bytes", each.bytes, limits.most_bytes),
        )
        if not value <= most  # not a number is beyond every limit
    )
