"""What a gym's configuration means for plans."""

from typing import Any

import pytest

from devices.profile import Profile, load_profiles
from gateway.config.model import BoxConfig
from gateway.planning.floor import Floor
from recommender.gym import EQUIPMENT

PROFILES = load_profiles()


def floor(*devices: dict[str, Any], **gym: Any) -> Floor:
    stations = [{"id": f"s-{each['id']}", "treadmill": each["id"]} for each in devices]
    stations.append({"id": "mat", "treadmill": None})
    config = BoxConfig.model_validate({"gym": gym, "station": stations, "device": devices})
    return Floor(config, PROFILES)


def device(name: str, number: int, profile: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "profile": profile, "address": f"aa:00:00:00:00:0{number}", **more}


def test_machines_come_with_the_operators_limits_and_are_free_or_not() -> None:
    found = floor(device("t1", 1, "ble-treadmill", limits={"speed_kmh": 10}), device("t2", 2, "homie-5"))
    first, second = found.now({"s-t2", "mat"}).machines
    assert (first.station_id, first.kind, first.free) == ("s-t1", "treadmill", True)
    assert (first.max_speed_kmh, first.max_incline_percent) == (10.0, None)
    assert (second.station_id, second.kind, second.free) == ("s-t2", "treadmill", False)
    assert (found.kind_at("s-t1"), found.kind_at("mat"), found.kind_at("nowhere")) == (
        "treadmill",
        None,
        None,
    )


@pytest.mark.parametrize("kind", ["treadmill", "bike", "rower", "cross_trainer", "stair_climber"])
def test_every_kind_of_machine_that_plans_know_is_one(kind: str) -> None:
    profile = Profile.model_validate(
        {**PROFILES["ble-treadmill"].model_dump(by_alias=True), "kind": kind, "control": None}
    )
    config = BoxConfig.model_validate(
        {
            "station": [{"id": "s", "treadmill": "m"}],
            "device": [device("m", 1, "ble-treadmill")],
        }
    )
    assert Floor(config, {"ble-treadmill": profile}).kind_at("s") == kind


def test_equipment_is_the_configured_or_a_usual_small_set() -> None:
    assert floor(equipment=["rope", "mat", "rope"]).now(()).equipment == {"rope", "mat"}
    assert floor(equipment=[]).now(()).equipment == frozenset()
    usual = floor().now(()).equipment
    assert usual
    assert usual < set(EQUIPMENT)
