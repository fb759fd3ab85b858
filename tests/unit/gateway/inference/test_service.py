"""Questions are answered by the version they are for, within the client's patience, and counted."""

import threading
from typing import Any

import numpy as np
import pytest

from gateway.inference.contracts import INTENSITY
from gateway.inference.errors import TooLate
from gateway.inference.protocol import Question, WantedOutput
from gateway.inference.service import Inference
from recommender.features import FEATURES


def question(patience_s: float | None = None) -> Question:
    features = np.array([[feature.usual for feature in FEATURES]], np.float32)
    return Question(
        id="",
        rows=1,
        inputs={"features": features, "imputed": np.zeros_like(features)},
        wanted=tuple(WantedOutput(spec, binary=False) for spec in INTENSITY.outputs),
        patience_s=patience_s,
    )


async def test_ready_means_every_model(own: Any) -> None:
    inference = Inference(own.recommenders)
    assert not inference.is_ready()
    own.recommenders.take("intensity")
    assert not inference.is_ready()
    own.recommenders.load()
    assert inference.is_ready()
    await inference.close()


async def test_each_version_answers_for_itself_and_answers_are_counted(own: Any) -> None:
    inference = Inference(own.recommenders)
    own.recommenders.load()
    said = {
        version: (await inference.ask(own.recommenders.find("intensity", version), question()))
        for version in ("1", "2")
    }
    assert {version: float(each["prescription"][0, 0]) for version, each in said.items()} == {
        "1": 45.0,
        "2": 55.0,
    }
    assert inference.outcomes == {("intensity", "answered"): 2}
    await inference.close()


async def test_a_client_may_have_less_patience_than_the_box(
    own: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inference = Inference(own.recommenders)
    own.recommenders.load()
    model = own.recommenders.find("intensity", None)
    gate = threading.Event()
    monkeypatch.setattr(type(model), "infer", lambda _model, _inputs: {"wait": gate.wait(10)})
    with pytest.raises(TooLate, match=r"0\.02 s"):
        await inference.ask(model, question(patience_s=0.02))
    gate.set()
    assert inference.outcomes == {("intensity", "failed"): 1}
    await inference.close()
