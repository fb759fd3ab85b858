"""Keras and TensorFlow take seconds to load: what needs them stands here and in test_train.py."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vision.phase.belief import EXERCISES, LOGITS, PHASES
from vision.phase.window import CHANNELS, STEPS
from vision.training.evaluation import score
from vision.training.examples import Examples

if TYPE_CHECKING:
    from vision.training.network import Network

pytest.importorskip("keras", reason="the extra `train` is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def easy(count: int = 600) -> Examples:
    """Windows whose first channels say everything."""
    rng = np.random.default_rng(4)
    exercise = rng.integers(0, len(EXERCISES), count).astype(np.int8)
    phase = rng.integers(0, len(PHASES), count).astype(np.int8)
    windows = rng.normal(0, 0.1, (count, STEPS, CHANNELS)).astype(np.float32)
    windows[np.arange(count), :, exercise] += 1
    windows[np.arange(count), :, 10 + phase] += 1
    return Examples(windows, exercise, phase, (phase == PHASES.index("down")).astype(np.float32))


def learned(seed: int = 1, epochs: int = 30) -> Network:
    from vision.training.network import Network  # noqa: PLC0415 - loads TensorFlow

    network = Network(seed)
    network.fit(easy(), epochs=epochs, learning_rate=3e-3, on_epoch=lambda _done: None)
    return network


@pytest.fixture(scope="module")
def network() -> Network:
    return learned()


def test_it_learns(network: Network) -> None:
    found = score(network.logits(easy().windows), easy())
    assert found.exercise > 0.95
    assert found.phase > 0.9
    assert found.depth_error < 0.15


def test_keras_says_the_same(network: Network) -> None:
    windows = easy().windows[:20]
    said = network._model.predict(windows[:, :, None], verbose=0)
    assert network.logits(windows) == pytest.approx(said, abs=1e-5)


def test_the_same_seed_gives_the_same_network(network: Network) -> None:
    again = learned()
    for mine, theirs in zip(network.layers, again.layers, strict=True):
        assert np.array_equal(mine.kernel, theirs.kernel)


LEARNED = """
import sys
sys.path.insert(0, sys.argv[1])
from test_network import digest, learned
print(digest(learned(epochs=8)))
"""
OTHER_ORDER = {"TF_NUM_INTRAOP_THREADS": "3", "ONEDNN_MAX_CPU_ISA": "SSE41", "OPENBLAS_CORETYPE": "Nehalem"}
"""Sums are added up as another processor with another number of cores would."""


def digest(network: Network) -> str:
    """Of its weights to the last bit."""
    weights = [each.numpy().tobytes() for each in network._model.trainable_variables]
    return hashlib.sha256(b"".join(weights)).hexdigest()


def test_the_order_of_sums_does_not_show_in_what_is_learned() -> None:
    elsewhere = subprocess.run(
        [sys.executable, "-c", LEARNED, str(Path(__file__).parent)],
        env={**os.environ, **OTHER_ORDER},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert elsewhere.stdout.strip() == digest(learned(epochs=8))


def test_a_network_can_go_on_from_another(network: Network) -> None:
    from vision.training.network import Network  # noqa: PLC0415 - loads TensorFlow

    copy = Network(9)
    windows = easy().windows[:5]
    assert network.logits(windows).shape == (5, LOGITS)
    assert copy.logits(windows) != pytest.approx(network.logits(windows), abs=1e-3)
    copy.layers = network.layers
    assert copy.logits(windows) == pytest.approx(network.logits(windows), abs=1e-6)
