"""Which version works, how another takes its place, and what is refused while the old one goes on."""

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.health import Health
from gateway.inference import recommenders as module
from gateway.inference.errors import NotServed
from gateway.inference.recommenders import Recommenders, VersionRefused
from provisioning.rollback import previous_path
from recommender.features import FEATURES

ONE = np.array([[feature.usual for feature in FEATURES]], np.float32)
NOTHING = np.zeros_like(ONE)


def minutes(recommenders: Recommenders) -> float:
    assert recommenders.intensity is not None
    return float(recommenders.intensity.predict(ONE, NOTHING)[0, 0])


def test_the_gyms_own_models_work_and_the_version_before_can_be_asked(own: Any) -> None:
    own.recommenders.load()
    assert own.recommenders.running() == {"intensity": ("2", "onnx"), "effect": ("2", "onnx")}
    assert [each.version for each in own.recommenders.serving("intensity")] == ["2", "1"]
    assert [each.version for each in own.recommenders.serving("effect")] == ["2"]
    assert minutes(own.recommenders) == 55.0
    assert own.health_of("intensity") == own.health_of("effect") == ("ok", "")


def test_served_and_planned_with_are_the_same_object(own: Any) -> None:
    own.recommenders.load()
    for name, used in (("intensity", own.recommenders.intensity), ("effect", own.recommenders.effect)):
        assert own.recommenders.find(name, None).model is used
    said = own.recommenders.find("intensity", "1").infer({"features": ONE, "imputed": NOTHING})
    assert said["prescription"].tolist() == [[45.0, pytest.approx(4.2)]]


def test_the_effect_model_answers_by_its_contract(own: Any) -> None:
    own.recommenders.load()
    said = own.recommenders.find("effect", "2").infer(
        {
            "features": ONE,
            "imputed": NOTHING,
            "workout_type": np.array([3]),
            "prescription": np.array([[40.0, 2.5]], np.float32),
        }
    )
    assert said["outcome"].tolist() == [[23.0, pytest.approx(0.04), 5.0]]


def test_what_is_no_number_is_no_answer(own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own.recommenders.load()
    served = own.recommenders.find("intensity", None)
    monkeypatch.setattr(type(served.model), "predict", lambda *_: np.array([[np.nan, 1.0]]))
    with pytest.raises(FloatingPointError, match="intensity 2 says what is no number"):
        served.infer({"features": ONE, "imputed": NOTHING})


def test_what_is_not_there_is_told_with_what_is(own: Any) -> None:
    with pytest.raises(NotServed, match="model intensity cannot be used: it is being loaded"):
        own.recommenders.find("intensity", None)
    own.recommenders.load()
    with pytest.raises(NotServed, match="no version 9, only 2, 1"):
        own.recommenders.find("intensity", "9")
    with pytest.raises(NotServed, match="no model phase, only intensity, effect"):
        own.recommenders.serving("phase")


def test_another_version_takes_over_and_who_holds_the_old_one_goes_on(own: Any) -> None:
    own.recommenders.load()
    held = own.recommenders.intensity
    own.write("intensity", version="3", base=40.0)
    assert minutes(own.recommenders) == 55.0, "nothing changes before it is asked for"
    assert own.recommenders.take("intensity") == "3"
    assert minutes(own.recommenders) == 65.0
    assert held.predict(ONE, NOTHING)[0, 0] == 55.0
    assert own.recommenders.effect.version == "2", "the other model is left alone"


DAMAGE = {
    "a changed file": (
        lambda own: (own.folder / "intensity" / "cpu.onnx").write_bytes(b"x"),
        "is damaged",
    ),
    "no network": (lambda own: own.write("intensity", version="3", nan=True), "no number"),
    "other inputs": (lambda own: own.write("intensity", version="3", inputs=1), "has the inputs"),
    "other features": (lambda own: own.write("intensity", version="3", features="age"), "other features"),
    "no manifest": (lambda own: (own.folder / "intensity" / "model.toml").unlink(), "cannot be read"),
    "another model": (
        lambda own: shutil.copytree(own.folder / "effect", own.folder / "intensity", dirs_exist_ok=True),
        "task effect, not intensity",
    ),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGE.values(), ids=DAMAGE)
def test_what_cannot_be_used_is_refused_and_the_old_version_stays(own: Any, damage: Any, reason: str) -> None:
    own.recommenders.load()
    before = own.recommenders.serving("intensity")
    damage(own)
    with pytest.raises(VersionRefused, match=reason):
        own.recommenders.take("intensity")
    assert own.recommenders.serving("intensity") is before
    assert minutes(own.recommenders) == 55.0
    assert own.health_of("intensity") == ("ok", "")


def test_a_broken_model_of_the_gym_gives_way_to_the_packaged_one(
    own: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PACKAGED", tmp_path / "packaged")
    own.models.write(tmp_path / "packaged" / "intensity", version="of the program", base=10.0)
    (own.folder / "intensity" / "cpu.onnx").write_bytes(b"x")
    own.recommenders.load()
    assert own.recommenders.running()["intensity"] == ("of the program", "onnx")
    state, reason = own.health_of("intensity")
    assert state == "degraded"
    assert "is damaged" in reason
    assert reason.endswith("the packaged intensity model is used instead")
    assert own.recommenders.trouble("intensity") == reason
    own.write("intensity", version="3")
    own.recommenders.take("intensity")
    assert own.health_of("intensity") == ("ok", "")


def test_without_any_model_the_rules_alone_are_followed_and_it_is_told(
    own: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PACKAGED", tmp_path / "nowhere")
    (own.folder / "intensity" / "cpu.onnx").write_bytes(b"x")
    shutil.rmtree(own.folder / "effect")
    own.recommenders.load()
    assert (own.recommenders.intensity, own.recommenders.effect) == (None, None)
    without = {"intensity": "plans follow the rules alone", "effect": "workout that is most overdue"}
    for name, words in without.items():
        state, reason = own.health_of(name)
        assert state == "degraded", "plans can still be made"
        assert reason.endswith(words)
    with pytest.raises(NotServed, match=r"model effect cannot be used: model model\.toml: cannot be read"):
        own.recommenders.find("effect", None)


def test_without_a_runtime_there_are_still_the_rules(own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    own.recommenders.load()
    assert own.recommenders.running() == {}
    assert "onnxruntime" in own.health_of("intensity")[1]


def test_the_same_version_kept_twice_is_served_once(own: Any) -> None:
    own.models.write(previous_path(own.folder / "intensity"), version="2", base=20.0)
    own.recommenders.load()
    assert [each.version for each in own.recommenders.serving("intensity")] == ["2"]
    assert minutes(own.recommenders) == 55.0


def test_a_version_before_that_is_damaged_is_not_served_and_harms_nothing(own: Any) -> None:
    (previous_path(own.folder / "intensity") / "cpu.onnx").unlink()
    own.recommenders.load()
    assert [each.version for each in own.recommenders.serving("intensity")] == ["2"]
    assert own.health_of("intensity") == ("ok", "")


def test_loading_and_asking_are_measured_whoever_asks(own: Any) -> None:
    own.recommenders.load()
    assert own.recommenders.load_times.tallies()["intensity"].number == 2, "and the version before"
    asked = own.recommenders.inference_times.tallies
    assert asked() == {}, "the trial at loading is no inference"
    minutes(own.recommenders)
    own.recommenders.find("intensity", "1").infer({"features": ONE, "imputed": NOTHING})
    assert (asked()["intensity"].number, asked()["intensity"].total_s > 0.0) == (2, True)


def test_the_packaged_models_are_whole(tmp_path: Path) -> None:
    recommenders = Recommenders(models_dir=tmp_path, health=Health())
    recommenders.load()
    assert [recommenders.trouble(name) for name in recommenders.names] == ["", ""]
