"""Networks, and gyms to learn from, small and quick."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from recommender.exertion import wanted_rpe
from recommender.federated.fit import FitConfig, fit
from recommender.federated.network import ANSWERS, WIDTH, FoldedIntensity
from recommender.federated.sessions import of_sessions
from recommender.person import TRAINING_PHASES
from recommender.training import examples
from recommender.training.weights import Dense

if TYPE_CHECKING:
    from recommender.training.dataset import Dataset

DAY = date(2026, 1, 5)


def a_gym(members: int, days: int, seed: int, *, abroad: bool = False) -> Dataset:
    """Minutes follow their mean, intensity falls with age; abroad everything is longer and easier."""
    chance = np.random.default_rng(seed)
    rows = []
    for member in range(members):
        usual, age = chance.uniform(20, 70), chance.uniform(18, 80)
        phase = int(chance.integers(len(TRAINING_PHASES)))
        for day in range(days):
            features = {
                "age_years": age,
                "bmi": chance.uniform(18, 35),
                "mean_duration_7d_min": usual + chance.normal(0, 4),
                "mean_hr_fraction_7d": chance.uniform(0.5, 0.9),
                "completion_28d": chance.uniform(0.6, 1.0),
            }
            rows.append(
                {
                    **features,
                    "training_phase": float(phase),
                    "member": f"{member:03}",
                    "day": DAY + timedelta(days=2 * day),
                    "goal": "endurance",
                    "performed_minutes": usual * (1.15 if abroad else 1.0) + chance.normal(0, 0.5),
                    "performed_intensity": float(np.clip(4.5 - age / 40 + chance.normal(0, 0.1), 1, 5)),
                    "rpe": min(10.0, wanted_rpe("endurance", TRAINING_PHASES[phase]) + 0.7 * abroad),
                }
            )
    return of_sessions(rows)


def network(scales: examples.Scales, *, seed: int = 1, hidden: tuple[int, ...] = (16, 8)) -> FoldedIntensity:
    """One that has learned nothing."""
    chance = np.random.default_rng(seed)
    widths = (WIDTH, *hidden, ANSWERS)
    layers = tuple(
        Dense(
            chance.normal(0, np.sqrt(2 / into), (into, out)).astype(np.float32),
            chance.normal(0, 0.1, out).astype(np.float32),
        )
        for into, out in pairwise(widths)
    )
    return FoldedIntensity(layers, scales)


def learned(dataset: Dataset, *, epochs: int, hidden: tuple[int, ...] = (16, 8)) -> FoldedIntensity:
    """One that knows the people of a table."""
    scales = examples.intensity_scales(dataset)
    config = FitConfig(layers=len(hidden) + 1, epochs=epochs, learning_rate=3e-3)
    return fit(network(scales, hidden=hidden), examples.intensity_examples(dataset, scales), config, seed=1)
