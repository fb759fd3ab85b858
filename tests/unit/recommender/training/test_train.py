"""From a table to folders that the box loads, with little effort on a made-up table."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("keras", reason="the extra `train` is not installed")

from provisioning.models import read_model, verify
from recommender import effect, intensity
from recommender.training import folder, hidden
from recommender.training.recipe import Settings
from recommender.training.report import require
from recommender.training.train import Trained, TrainingError, train
from tests.unit.recommender.training.tables import table

if TYPE_CHECKING:
    from pathlib import Path

    from recommender.training.report import Report

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
LITTLE = Settings(seed=5, trials=2, trial_epochs=2, epochs=8, smoothings=2)


def quietly(_step: str, _done: int, _of: int) -> None:
    return


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(table(members=120, days=30), LITTLE, quietly)


@pytest.fixture(scope="module")
def written(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    place = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hidden, "judge", partial(hidden.judge, members=1))
        return place, folder.write(trained, place, quietly, gate=lambda _report: None)


def test_it_learns_what_there_is(written: tuple[Path, Report]) -> None:
    _, report = written
    rough, found = report.unsmoothed, report.evaluation.intensity
    assert rough.error[0] < 0.7 * rough.mean[0]
    assert rough.error[1] < 0.8 * rough.mean[1]
    effects = report.evaluation.effect
    assert effects.rpe is not None
    assert effects.rpe_mean is not None
    assert effects.rpe < 0.5 * effects.rpe_mean
    assert max(found.swing_shares(report.unsmoothed)) < 0.6


def test_the_box_loads_what_was_written(written: tuple[Path, Report], trained: Trained) -> None:
    place, report = written
    for name in (intensity.NAME, effect.NAME):
        assert verify(read_model(place / name)) == ()
        card = (place / name / "card.md").read_text("utf-8")
        assert card.count("\n|") >= 4
        assert "Random search with seed 5" in card
        assert ("random intercept" in card) == (name == intensity.NAME)
        assert ("nearer to what members tell by" in card) == (name == intensity.NAME)
    model = intensity.load(place / intensity.NAME)
    values, imputed = model.background
    np.testing.assert_allclose(
        model.predict(values, imputed), trained.intensity.predict(values, imputed), rtol=1e-3
    )
    assert model.personal == trained.intensity.personal
    assert max(report.int8[intensity.NAME]) < 0.2
    assert report.to_json()["bytes"]["intensity"]["int8"] < report.to_json()["bytes"]["intensity"]["onnx"]
    assert len(report.lines) == 2


def test_the_same_seed_learns_the_same() -> None:
    least = replace(LITTLE, trials=1, trial_epochs=1, epochs=2, smoothings=1)
    first, again = (train(table(members=40, days=20), least, quietly) for _ in range(2))
    for one, other in zip(first.intensity.weights.layers, again.intensity.weights.layers, strict=True):
        np.testing.assert_array_equal(one.kernel, other.kernel)


def test_a_model_that_is_no_better_is_refused(written: tuple[Path, Report]) -> None:
    _, report = written
    found = report.evaluation.intensity
    worse = replace(found, rules=found.error, segments={})
    bad = replace(report, evaluation=replace(report.evaluation, intensity=worse), unsmoothed=found)
    with pytest.raises(TrainingError) as told:
        require(bad)
    assert "less than 25 % better" in str(told.value)
    assert str(told.value).count("more than half") == 2  # each answer by itself
    one = replace(report.unsmoothed, swing=(found.swing[0], 3 * found.swing[1]))
    with pytest.raises(TrainingError, match=r"minutes swings by 1\.000 of") as told:
        require(replace(report, unsmoothed=one))
    assert "intensity swings" not in str(told.value)
    assert found.truth is not None
    worse = replace(found, truth=replace(found.truth, rules=found.truth.error, mean=(0.0, 9.9)), segments={})
    bad = replace(report, evaluation=replace(report.evaluation, intensity=worse))
    with pytest.raises(TrainingError, match="from what really suits, the rule engine by") as told:
        require(bad)
    assert str(told.value).count("from what really suits, the mean by") == 1
    lost = replace(report, int8={"intensity": (0.0, 0.02)})
    with pytest.raises(TrainingError, match=r"int8 file of intensity is off by 2.0 % more"):
        require(lost)


def test_too_little_is_refused() -> None:
    with pytest.raises(TrainingError, match="200 are needed"):
        train(table(members=10, days=10), LITTLE, quietly)


def test_rehearsal_is_learned_and_does_not_judge(trained: Trained) -> None:
    other = table(members=30, days=10, seed=9)
    both = train(table(members=120, days=30), replace(LITTLE, trials=1, epochs=1), quietly, rehearsal=other)
    assert len(both.learned) == len(trained.learned) + len(other)
    np.testing.assert_array_equal(both.judged.member, trained.judged.member)
    kept = folder._background(both)
    people = {tuple(row) for row in np.round(other.values.astype(np.float64), 4).tolist()}
    assert {tuple(row) for row in kept["values"]} <= people, "nobody real leaves with the model"
