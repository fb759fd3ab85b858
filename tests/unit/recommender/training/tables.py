"""Made-up tables to learn from, small and quick."""

from __future__ import annotations

import numpy as np

from recommender.training.dataset import PHASE_INTENSITIES as WANTED
from recommender.training.dataset import Dataset
from tests.unit.recommender.model_folders import people


def table(members: int = 40, days: int = 20, seed: int = 1) -> Dataset:
    """Members whose minutes follow their mean, and their intensity sleep; half of the days tell it.

    No goal asks for less than the phase does.
    """
    rng = np.random.default_rng(seed)
    count = members * days
    values, imputed = people(count, seed)
    usual = np.repeat(rng.uniform(20, 70, members), days)
    values[:, 2] = usual + rng.normal(0, 4, count)
    imputed[:, 5] = False
    target = np.column_stack([usual, 1 + 3 * values[:, 6]]) + rng.normal(0, 0.2, (count, 2))
    target[rng.random(count) < 0.5] = np.nan
    prescribed = rng.uniform([10, 1], [120, 5], (count, 2))
    rpe = (2 * prescribed[:, 1]).clip(1, 10)
    outcome = np.column_stack([np.exp(-((rpe - 6) ** 2) / 8), rpe < 7, rpe])
    return Dataset(
        source="a made-up table",
        member=np.repeat(np.arange(members), days).astype(np.int32),
        day=np.tile(np.arange(700, 700 + days), members).astype(np.int32),
        values=values.astype(np.float32),
        imputed=imputed,
        target=target.astype(np.float32),
        wanted=WANTED[np.rint(values[:, -1]).astype(int)],
        trained=~np.isnan(target[:, 1]),
        ease=(target[:, 1] - WANTED[np.rint(values[:, -1]).astype(int)]).astype(np.float32),
        truth=np.column_stack([usual, 1 + 3 * values[:, 6]]).astype(np.float32),
        rules=(target + np.array([10, 0.5])).astype(np.float32),
        types=rng.integers(4, size=count).astype(np.int8),
        prescribed=prescribed.astype(np.float32),
        outcome=outcome.astype(np.float32),
        segments={
            "sex": np.repeat(np.where(rng.random(members) < 0.5, "female", "male"), days),
            "age_band": np.full(count, "30_to_44"),
            "level": np.full(count, "beginner"),
        },
    )
