"""A configuration on trial answers for the parts that it touches, and for no others."""

from typing import Any

from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.health import PartState
from gateway.reconfiguration.proof import concerned, not_well, worse

CAMERA = {"camera": [{"id": "cam", "url": "a.mp4"}]}
PARTS = {
    "mqtt": PartState("failed", "no broker"),
    "store": PartState("ok"),
    "camera:cam": PartState("degraded", "starting"),
    "model:blazepose": PartState("ok"),
}


def touched(old: Any, new: Any) -> frozenset[str]:
    change = between(BoxConfig.model_validate(old), BoxConfig.model_validate(new))
    return concerned(change, PARTS)


def test_what_a_change_answers_for() -> None:
    assert touched({}, {}) == {"config"}
    assert touched({}, {"box": {"language": "de"}}) == {"config"}
    assert touched({}, {"mqtt": {"url": "mqtt://x"}}) == {"config", "mqtt", "broker"}
    assert touched({}, CAMERA) == {"config", "camera:cam", "vision", "model:blazepose"}
    assert touched(CAMERA, {}) == {"config", "vision", "model:blazepose"}
    assert "vision" in touched({}, {"vision": {"pose": "movenet"}})


def test_what_is_worse_than_before() -> None:
    assert worse({"mqtt", "store", "broker"}, PARTS, excused=()) == "mqtt: no broker"
    assert worse({"mqtt", "camera:cam"}, PARTS, excused=("mqtt",)) == "camera:cam: starting"
    assert worse(PARTS, PARTS, excused=not_well(PARTS)) == ""
    assert not_well(PARTS) == {"mqtt", "camera:cam"}
