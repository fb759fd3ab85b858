"""How near to what members say any intensity could come, when it may step so little from day to day.

No model of ours: an oracle of many numbers (`whole_past.py`). It learns from eight times as many members as
it is judged by, and from what no box knows: what really suits, and by how much each member's ratings differ
from it on the whole. It is taught through all days of a member by the very error that it is judged by. Its
answer follows an aim at the distance of a band, and both are the network's, anew each day: no move within a
band is the best there is for somebody who pays by the size of each step (Davis and Norman, "Portfolio
selection with transaction costs", Math. Oper. Res. 15 (1990) 676-713). What it reaches is found, not proved.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.plans.whole_past import people
from recommender import intensity
from recommender.training.evaluation import evaluate_intensity
from recommender.training.simulated import dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from benchmarks.plans.whole_past import People
    from recommender.training.dataset import Dataset

    Floats = NDArray[np.float32]

LEARN_SEED, JUDGE_SEED = 87_011, 90_001
LEARNERS: Final = 8
"""Times as many members as are judged by."""
MOST_STEP: Final = 0.083
"""Points a day: half of the network's that learned without smoothing, of its card."""
RATING_SPREAD: Final = 0.27
"""Standard deviation of what members say about what suits them, less what each of them always says."""
EPOCHS: Final = 40
MEMBERS_AT_ONCE: Final = 50
DEVIATIONS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Reached:
    """How far off an intensity is.

    Attributes:
        name: whose.
        told: mean absolute distance from what members say, in points.
        really: likewise from what really suits them.
        step: mean step from a day to the next; None where it says nothing of every day.
    """

    name: str
    told: float
    really: float
    step: float | None


def measure(members: int) -> list[Reached]:
    """The rule engine, the packaged model, the oracle that steps as it likes, and the steady one.

    Raises:
        ModelRefused: the packaged model cannot be used.
    """
    judged, learners = people(members, JUDGE_SEED), people(LEARNERS * members, LEARN_SEED)
    table = dataset(members, JUDGE_SEED, lambda _what, _done, _all: None)
    free, steady = (_oracle(learners, judged, most) for most in (math.inf, MOST_STEP))
    return [
        *_known(table),
        _reached("oracle, steps as it likes", free, judged),
        _reached("oracle, half the steps", steady, judged),
    ]


def _known(table: Dataset) -> Iterator[Reached]:
    found = evaluate_intensity(intensity.load(), table)
    truth = found.truth
    if truth is None or truth.rules is None or found.rules is None:
        raise ValueError(f"{table.source}: nobody knows what the rules said and what really suited")
    yield Reached("rule engine", found.rules[1], truth.rules[1], None)
    yield Reached("packaged model", found.error[1], truth.error[1], found.swing[1])


def _reached(name: str, said: NDArray[Any], judged: People) -> Reached:
    known = ~np.isnan(judged.told)
    told, really = (float(np.abs(said - right)[known].mean()) for right in (judged.told, judged.truth))
    return Reached(name, told, really, float(np.abs(np.diff(said, axis=1)).mean()))


def _oracle(learners: People, judged: People, most: float) -> NDArray[Any]:
    """Its answers for every day of the judged: (members, days)."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras  # noqa: PLC0415 - takes seconds, and the extra `train`

    from benchmarks.plans.oracle import Oracle  # noqa: PLC0415 - likewise

    keras.utils.set_random_seed(LEARN_SEED)
    mean = learners.numbers.mean(axis=(0, 1))
    deviation = learners.numbers.std(axis=(0, 1)) + 1e-6

    def scaled(numbers: NDArray[np.float64]) -> Floats:
        return np.asarray(((numbers - mean) / deviation).clip(-DEVIATIONS, DEVIATIONS), np.float32)

    oracle = Oracle(numbers=learners.numbers.shape[2], spread=RATING_SPREAD, most_step=most)
    rated = ~np.isnan(learners.told)
    oracle.learn(
        scaled(learners.numbers),
        learners.wanted.astype(np.float32),
        _centres(learners, rated).astype(np.float32),
        rated.astype(np.float32),
        epochs=EPOCHS,
        at_once=min(MEMBERS_AT_ONCE, len(rated)),
    )
    return oracle.answers(scaled(judged.numbers), judged.wanted.astype(np.float32))


def _centres(learners: People, rated: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(members, days) what members would say if a day's chance were taken from their ratings."""
    off = np.where(rated, learners.told - learners.truth, 0.0).sum(axis=1) / np.maximum(rated.sum(axis=1), 1)
    return np.asarray(learners.truth + off[:, None])


def table(found: Sequence[Reached], members: int) -> Iterator[str]:
    """For people."""
    yield f"{members} simulated members: intensity off by points, and nearer than the rule engine"
    rules = found[0]
    yield f"{'':28} {'as members say':>22} {'what really suits':>22} {'a day step':>12}"
    for each in found:
        told, really = (
            f"{off:.3f} ({100 * (1 - off / peer):5.1f} %)"
            for off, peer in ((each.told, rules.told), (each.really, rules.really))
        )
        yield f"{each.name:28} {told:>22} {really:>22} {'' if each.step is None else f'{each.step:.3f}':>12}"
