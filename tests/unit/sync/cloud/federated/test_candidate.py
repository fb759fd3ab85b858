"""From an average to a folder that boxes load; all that needs TensorFlow, which takes seconds to load."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="the extra `train` is not installed")

from provisioning.models import read_model, verify
from recommender import intensity
from recommender.federated.loss import HUBER, steady_huber
from recommender.federated.network import layer_arrays, trained_names
from sync.cloud.federated.candidate import averaged_model, write
from sync.cloud.federated.round import AveragedRound
from sync.cloud.federated.start_model import read_start_model
from sync.cloud.retraining.serving import run
from sync.federated.array_record import pack
from sync.federated.messages import TrainConfig, new_round
from tests.unit.recommender.model_folders import people

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def found() -> AveragedRound:
    start = read_start_model(intensity.PACKAGED)
    offer = new_round(
        name=intensity.NAME,
        version=intensity.load().version,
        arrays=start.arrays(),
        config=TrainConfig(),
        deadline=datetime(2026, 1, 9, tzinfo=UTC),
    )
    last = layer_arrays(start.layers)
    change = {name: np.full(last[name].shape, 0.01) for name in trained_names(len(start.layers), 1)}
    return AveragedRound(offer, pack(change), nodes=60, num_examples=9000)


@pytest.fixture(scope="module")
def folder(found: AveragedRound, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("candidate") / intensity.NAME
    made.mkdir()
    version = write(found, intensity.PACKAGED, made)
    assert version == read_model(made).version
    assert version != found.offer.model.version
    return made


def test_the_box_loads_what_was_written(found: AveragedRound, folder: Path) -> None:
    assert verify(read_model(folder)) == ()
    loaded, start = intensity.load(folder), intensity.load()
    values, imputed = people(100)
    expected = averaged_model(found).predict(values, imputed)
    np.testing.assert_allclose(loaded.predict(values, imputed), expected, rtol=1e-4, atol=1e-4)
    assert not np.allclose(expected, start.predict(values, imputed), atol=1e-2)
    np.testing.assert_array_equal(loaded.background[0], start.background[0])


def test_it_passes_the_trial_that_retrained_models_take(folder: Path) -> None:
    tried = run(folder)
    assert tried.golden_off < 1e-3
    assert tried.int8_off < 0.2
    assert len(json.loads((folder / "golden.json").read_text("utf-8"))["inputs"]["features"]) == 8


def test_boxes_learn_by_the_loss_that_training_uses() -> None:
    from recommender.training import network  # noqa: PLC0415 - loads TensorFlow

    assert network.HUBER == HUBER
    chance = np.random.default_rng(7)
    flags = chance.random((5, 8, 2)) < 0.7
    wanted = np.concatenate([chance.normal(size=(5, 8, 2)), flags], axis=-1).astype(np.float32)
    said = chance.normal(size=(5, 8, 2)).astype(np.float32)
    for steady in ((0.0, 0.0), (9.0, 1.3)):
        theirs = float(network._steady(steady)(wanted, said))
        assert steady_huber(wanted, said, steady)[0] == pytest.approx(theirs, rel=1e-5)


def test_the_card_says_what_it_is(folder: Path) -> None:
    card = (folder / "card.md").read_text("utf-8")
    assert "60 gyms that upload nothing" in card
    assert "epsilon 6.1 at a delta of 1e-05" in card
