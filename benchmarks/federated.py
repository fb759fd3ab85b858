"""What gyms that upload nothing can teach the intensity model, by their number and the noise that hides them.

    python benchmarks/federated.py [--gyms N] [--members N] [--days N] [--json]

Simulated gyms begin from the packaged model, for one round. `at home` are gyms like those that it was learned
from, `abroad` are gyms where everybody trains a sixth longer and overrates exertion by 0.7 points, which the
model does not know. Judged by members of other gyms like them. Beside it stand the start itself and, as the
peer, the same learning from the same sessions brought together in one place: what is lost by not uploading.
All members are simulated: none of this is real data.
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

# Started as a script, this file's own folder comes first.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from recommender import intensity
from recommender.features import FEATURES
from recommender.federated.fit import FitConfig, fit
from recommender.federated.network import FoldedIntensity, forward
from recommender.federated.privacy import epsilon_of, mu_of
from recommender.federated.update import Blur, blurred, change, moved
from recommender.training.dataset import Dataset
from recommender.training.examples import intensity_examples
from recommender.training.simulated import dataset
from sync.cloud.federated.start_model import read_start_model
from sync.federated.messages import TrainConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED = 71993
LONGER, EASIER = 1.15, 0.35
NOISES = (0.0, 0.5, 1.5, 3.0)
NEVER_TOLD = tuple(
    number for number, each in enumerate(FEATURES) if each.name in {"sleep_efficiency", "stress_index"}
)


@dataclass(frozen=True, slots=True)
class Found:
    """One row of the table.

    Attributes:
        people: `at home` or `abroad`.
        way: who taught.
        gyms: how many.
        noise_multiplier: 0 without noise, None where nobody hides.
        epsilon: what the round costs each gym; None where it hides nothing.
        error: mean absolute error of both answers, in their standard deviations.
        swing: mean step of an answer from one workout to the next, likewise.
    """

    people: str
    way: str
    gyms: int
    noise_multiplier: float | None
    epsilon: float | None
    error: float
    swing: float


def measure(gyms: int, members: int, days: int) -> list[Found]:
    """Both peoples, every way.

    Args:
        gyms: at most so many take part.
        members: of each.
        days: that they are followed.
    """
    start, config = read_start_model(intensity.PACKAGED), TrainConfig()
    homes = [_as_told(dataset(members, SEED + number, _quietly, days=days)) for number in range(gyms)]
    others = reduce(
        Dataset.joined,
        [dataset(members, SEED + gyms + number, _quietly, days=days) for number in range(max(gyms // 4, 1))],
    )
    found = []
    for people, where in (("at home", lambda each: each), ("abroad", abroad)):
        here, judged = [where(each) for each in homes], where(others)
        found.append(Found(people, "start", 0, None, None, *judge(start, judged)))
        found.append(
            Found(people, "together", gyms, None, None, *judge(_pooled(start, here, config), judged))
        )
        found += _federated(start, here, judged, config, people)
    return found


def _federated(
    start: FoldedIntensity, gyms: Sequence[Dataset], judged: Dataset, config: TrainConfig, people: str
) -> list[Found]:
    told = [change(start, _learned(start, gym, config), trained=config.layers) for gym in gyms]
    weights = np.array([min(len(gym), config.max_examples) for gym in gyms], np.float64)
    chance, found = np.random.default_rng(SEED), []
    for count in dict.fromkeys((len(gyms) // 4, len(gyms))):
        for noise in NOISES:
            blur = Blur(clipping_norm=config.clipping_norm, noise_multiplier=noise)
            sent = [blurred(each, blur, lambda size: chance.normal(size=size)) for each in told[:count]]
            mean = {
                name: np.average([each[name] for each in sent], axis=0, weights=weights[:count])
                for name in sent[0]
            }
            epsilon = epsilon_of(mu_of(noise)) if noise else None
            found.append(
                Found(people, "federated", count, noise, epsilon, *judge(moved(start, mean), judged))
            )
    return found


def abroad(people: Dataset) -> Dataset:
    """Where everybody trains longer and finds it harder."""
    target = people.target * [LONGER, 1.0] - [0.0, EASIER]
    return replace(people, target=np.clip(target, intensity.LOWEST, intensity.HIGHEST).astype(np.float32))


def judge(model: FoldedIntensity, people: Dataset) -> tuple[float, float]:
    """Error and swing, by the days that tell what suited."""
    shown = intensity_examples(people.take(people.has_target), model.scales)
    said = forward(model.layers, shown.rows)[-1]
    known, follows = shown.wanted[..., 2] > 0, shown.wanted[:, :-1, 3] > 0
    off = np.abs(said - shown.wanted[..., :2])[known]
    return float(off.mean()), float(np.abs(np.diff(said, axis=1))[follows].mean())


def table(found: Sequence[Found]) -> list[str]:
    """For people."""
    lines = ["people    taught by        gyms  noise  epsilon   error   swing"]
    for each in found:
        noise = "" if each.noise_multiplier is None else f"{each.noise_multiplier:g}"
        epsilon = "" if each.epsilon is None else f"{each.epsilon:.1f}"
        counted = f"{each.gyms:>5}  {noise:>5}  {epsilon:>7}"
        lines.append(f"{each.people:<9} {each.way:<15} {counted}  {each.error:.4f}  {each.swing:.4f}")
    return lines


def _pooled(start: FoldedIntensity, gyms: Sequence[Dataset], config: TrainConfig) -> FoldedIntensity:
    return _learned(start, reduce(Dataset.joined, gyms), config)


def _learned(start: FoldedIntensity, people: Dataset, config: TrainConfig) -> FoldedIntensity:
    settings = FitConfig(
        layers=config.layers,
        epochs=config.epochs,
        batch=config.batch,
        learning_rate=config.learning_rate,
        steady=(config.steady_minutes, config.steady_intensity),
    )
    return fit(start, intensity_examples(people, start.scales), settings, seed=SEED)


def _as_told(people: Dataset) -> Dataset:
    """The days that a box learns from: what suited is known, sleep and stress are not."""
    known = people.take(people.has_target)
    values, imputed = known.values.copy(), known.imputed.copy()
    for column in NEVER_TOLD:
        values[:, column], imputed[:, column] = FEATURES[column].usual, True
    return replace(known, values=values, imputed=imputed)


def _quietly(_step: str, _done: int, _of: int) -> None:
    """The table is enough."""


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gyms", type=int, default=200, help="that take part")
    parser.add_argument("--members", type=int, default=8, help="of each gym")
    parser.add_argument("--days", type=int, default=60, help="that they are followed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = measure(options.gyms, options.members, options.days)
    print(json.dumps([asdict(each) for each in found]) if options.json else "\n".join(table(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
