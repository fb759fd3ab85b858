"""What a version must know before it may take over."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.health import Health
from gateway.inference.recommenders import Recommenders, ServedModel
from gateway.inference.tensors import Tensors
from gateway.updates.probe import FORMS, ProbeFailed, clamped_share, prove, questions, raw, read_golden
from recommender.features import FEATURES
from recommender.prescription import WORKOUT_TYPES


class Versions:
    """Loads small models."""

    def __init__(self, folder: Path, models: Any) -> None:
        self._folder = folder
        self._models = models
        self._recommenders = Recommenders(models_dir=folder, health=Health())

    def __call__(self, name: str = "intensity", version: str = "1", **how: Any) -> ServedModel:
        folder = self._models.write(self._folder / version / name, version=version, **how)
        return self._recommenders.load_beside(name, folder)


@pytest.fixture
def versions(tmp_path: Path, recommender_models: Any) -> Versions:
    return Versions(tmp_path, recommender_models)


@pytest.mark.parametrize("name", ["intensity", "effect"])
def test_made_up_questions_are_what_the_model_takes(versions: Versions, name: str) -> None:
    model = versions(name)
    asked = questions(model, rows=500)
    assert raw(model, asked).shape == (500, len(FORMS[name].names))
    features = asked["features"]
    lows, highs = (np.array([getattr(each, side) for each in FEATURES]) for side in ("low", "high"))
    assert (features >= lows - 1e-4).all()
    assert (features <= highs + 1e-4).all()
    assert set(np.unique(asked["imputed"])) == {0.0, 1.0}
    assert (features[:, -1] == np.rint(features[:, -1])).all()
    if name == "effect":
        assert set(asked["workout_type"].tolist()) == set(range(len(WORKOUT_TYPES)))
    again = questions(model, rows=500)
    assert all((again[key] == asked[key]).all() for key in asked)
    assert (questions(model, rows=500, seed=1)["features"] != features).any()


@pytest.mark.parametrize("name", ["intensity", "effect"])
def test_a_version_like_the_one_before_stands(versions: Versions, name: str) -> None:
    prove(versions(name, "2"), versions(name, "1"), None)
    prove(versions(name, "2"), None, None)


def test_the_packaged_models_stand(tmp_path: Path) -> None:
    recommenders = Recommenders(models_dir=tmp_path, health=Health())
    recommenders.load()
    for name in recommenders.names:
        packaged = recommenders.find(name, None)
        prove(packaged, packaged, None)
        assert clamped_share(packaged, questions(packaged)) < 0.75


def test_who_always_says_what_cannot_be_falls(versions: Versions) -> None:
    with pytest.raises(ProbeFailed, match="100% of its answers are at the limits"):
        prove(versions(version="2", base=1e4), versions(), None)


class Deaf:
    """A network that says the same whatever it is asked, as one that has come to grief does."""

    def __init__(self, answer: tuple[float, float]) -> None:
        self._answer = np.array([answer], np.float32)

    def run(self, inputs: Tensors) -> Any:
        return self._answer.repeat(len(inputs["features"]), axis=0)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((120.0, 5.0), "100% of its answers are at the limits"), ((45.0, 3.0), "nearly the same for everybody")],
)
def test_who_says_the_same_to_everybody_falls(
    versions: Versions, answer: tuple[float, float], reason: str
) -> None:
    """The packaged network cuts off by itself: nothing that it says lies beyond what can be."""
    old = versions()
    deaf: Any = Deaf(answer)
    new = replace(old, model=replace(old.model, model=deaf))
    with pytest.raises(ProbeFailed, match=reason):
        prove(new, old, None)


def test_who_is_much_slower_falls(versions: Versions) -> None:
    new, old = versions(version="2"), versions()
    clock = iter(np.cumsum([0, 0.05, 1, 0.01] * 15))
    with pytest.raises(ProbeFailed, match="times as long"):
        prove(new, old, None, now_s=lambda: float(next(clock)))
    quick = iter(np.cumsum([0, 0.0005, 1, 0.0001] * 15))
    prove(new, old, None, now_s=lambda: float(next(quick)))


ONE: list[float] = [feature.usual for feature in FEATURES]
BMI, COMPLETION = 1, 5


def golden(**changes: Any) -> dict[str, Any]:
    said = [[20.0 + ONE[BMI], 1.0 + 4.0 * ONE[COMPLETION]]]
    return {"golden": {"inputs": {"features": [ONE], "imputed": [[0] * 10]}, "output": said, **changes}}


def test_golden_answers_are_known(versions: Versions) -> None:
    prove(versions(), None, read_golden(golden()))


@pytest.mark.parametrize(
    ("custom", "reason"),
    [
        (golden(output=[[46.0, 1.0]]), "answers its golden inputs otherwise"),
        (golden(output=[[1.0]]), "not of the form"),
        (golden(inputs={"features": [ONE]}), "not what it takes"),
        (golden(inputs={"features": [ONE[:3]], "imputed": [[0] * 10]}), "fails on a question"),
        (golden(inputs={"features": [["x"]], "imputed": [[0] * 10]}), "not what it takes"),
        (golden(inputs={}), "cannot be read"),
        (golden(tolerance=0), "cannot be read"),
        ({"golden": 3}, "cannot be read"),
    ],
)
def test_who_does_not_know_them_falls(versions: Versions, custom: dict[str, Any], reason: str) -> None:
    with pytest.raises(ProbeFailed, match=reason):
        prove(versions(), None, read_golden(custom))


def test_no_golden_answers_are_no_fault() -> None:
    assert read_golden({"metrics": {}}) is None
