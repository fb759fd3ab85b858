"""Federated averaging, after everything that no honest box can have sent is out. Pure.

McMahan et al., "Communication-efficient learning of deep networks from decentralized data" (AISTATS 2017):
the mean of the updates, weighted by their examples. Before that, since an update may be poisoned:

- a wrong set of arrays, a wrong shape, or what is no finite number: the update is left out;
- longer than a clipped update with its noise can be: left out;
- a coordinate further from the median of all than `MOST_DEVIATIONS` robust deviations (never taken for less
  than what noise and an even share of the clipping norm come to) counts as that far away; an update with more
  than a quarter of such coordinates is left out.

What keeps within these bounds moves the mean by its share of at most `max_examples`; whether the result is
any good is found out by evaluation, not here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sync.federated.array_record import FederatedRefused, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sync.federated.messages import TrainConfig, Update

MOST_DEVIATIONS: Final = 4.0
"""Of honest noise, one coordinate in sixteen thousand is further out."""
MOST_OUTLYING: Final = 0.25
"""Gyms differ: one with a number or two far out is bounded there, and counts with the rest."""
FEWEST_TO_COMPARE: Final = 5
"""With fewer there is no telling who the outlier is."""
_PER_MAD: Final = 1.4826
"""A normal distribution's standard deviation is so many median absolute deviations."""
_TAIL: Final = 6.0
"""The noise's length exceeds sigma (sqrt(d) + t) with a chance of exp(-t^2 / 2): Gaussian concentration."""


class TooFewNodes(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """Not enough boxes sent what can be used; the text says how many did, and why others are out."""


@dataclass(frozen=True, slots=True)
class Averaged:
    """What came of it.

    Attributes:
        arrays: the mean change, float32, by name.
        num_examples: behind it, as they counted.
        used: which boxes are in it, sorted.
        left_out: why others are not, by box.
    """

    arrays: dict[str, NDArray[np.float32]]
    num_examples: int
    used: tuple[str, ...]
    left_out: Mapping[str, str]


def fedavg(
    updates: Mapping[str, Update],
    shapes: Mapping[str, tuple[int, ...]],
    config: TrainConfig,
    *,
    min_train_nodes: int,
) -> Averaged:
    """The weighted mean of what boxes sent.

    Args:
        updates: by box.
        shapes: of the trained arrays.
        config: of the round.
        min_train_nodes: with fewer usable ones there is no result.

    Raises:
        TooFewNodes: there were fewer.
    """
    rows: dict[str, NDArray[np.float64]] = {}
    left_out: dict[str, str] = {}
    for node in sorted(updates):
        try:
            rows[node] = usable(updates[node], shapes, config)
        except FederatedRefused as error:
            left_out[node] = str(error)
    used, matrix = _without_outliers(rows, config, left_out)
    if len(used) < min_train_nodes:
        reasons = "; ".join(f"{node}: {reason}" for node, reason in sorted(left_out.items())[:3])
        raise TooFewNodes(
            f"{len(used)} boxes sent an update that can be used, and {min_train_nodes} are needed"
            + (f" ({reasons})" if reasons else "")
        )
    weights = np.array([min(updates[node].num_examples, config.max_examples) for node in used])
    mean = (weights[:, None] * matrix).sum(axis=0) / weights.sum()
    return Averaged(_arrays(mean, shapes), int(weights.sum()), used, left_out)


def longest(config: TrainConfig, numbers: int) -> float:
    """L2 norm that a clipped update of so many numbers does not exceed with its noise."""
    sigma = config.noise_multiplier * config.clipping_norm
    return config.clipping_norm + sigma * (math.sqrt(numbers) + _TAIL)


def usable(update: Update, shapes: Mapping[str, tuple[int, ...]], config: TrainConfig) -> NDArray[np.float64]:
    """All numbers of an update, in the order of `shapes`.

    Raises:
        FederatedRefused: no honest box can have sent it.
    """
    if not config.min_examples <= update.num_examples:
        raise FederatedRefused(f"it is of {update.num_examples} examples, fewer than {config.min_examples}")
    arrays = unpack(update.arrays)
    if {name: each.shape for name, each in arrays.items()} != dict(shapes):
        raise FederatedRefused("its arrays are not those that this round trains")
    row = np.concatenate([arrays[name].ravel() for name in shapes]).astype(np.float64)
    length = float(np.linalg.norm(row))
    if length > longest(config, len(row)):
        raise FederatedRefused(f"it is {length:.3g} long, more than a clipped update with its noise can be")
    return row


def _without_outliers(
    rows: Mapping[str, NDArray[np.float64]], config: TrainConfig, left_out: dict[str, str]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Boxes and their numbers (boxes, numbers), bounded around the median; says in `left_out` who is out."""
    nodes: Sequence[str] = tuple(rows)
    if len(nodes) < FEWEST_TO_COMPARE:
        return tuple(nodes), np.array([rows[node] for node in nodes])
    matrix = np.array([rows[node] for node in nodes])
    middle = np.median(matrix, axis=0)
    sigma, share = (
        config.noise_multiplier * config.clipping_norm,
        config.clipping_norm / math.sqrt(len(middle)),
    )
    spread = np.maximum(_PER_MAD * np.median(np.abs(matrix - middle), axis=0), math.hypot(sigma, share))
    far = np.abs(matrix - middle) > MOST_DEVIATIONS * spread
    out = far.mean(axis=1) > MOST_OUTLYING
    for node, far_share in zip(nodes, far.mean(axis=1), strict=True):
        if far_share > MOST_OUTLYING:
            left_out[node] = f"{100 * far_share:.0f} % of its numbers are far from everybody else's"
    bounded = np.clip(matrix, middle - MOST_DEVIATIONS * spread, middle + MOST_DEVIATIONS * spread)
    used = tuple(node for node, is_out in zip(nodes, out, strict=True) if not is_out)
    return used, bounded[~out]


def _arrays(row: NDArray[Any], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[np.float32]]:
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])[:-1]
    return {
        name: part.reshape(shape).astype(np.float32)
        for (name, shape), part in zip(shapes.items(), np.split(row, ends), strict=True)
    }
