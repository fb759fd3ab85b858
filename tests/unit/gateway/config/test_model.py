"""What a configuration may say, and that it keeps secrets and tells its fields."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config.model import BoxConfig

MARK = "MARKERpassword"


def a_gym() -> dict[str, Any]:
    return {
        "box": {"id": "box-1", "gym_id": "gym-1", "timezone": "Europe/Berlin", "language": "de"},
        "station": [{"id": "s1", "name": "Left", "treadmill": "t1", "camera": "cam1"}],
        "camera": [{"id": "cam1", "url": f"rtsp://admin:{MARK}@10.0.0.7/stream", "fps": 10}],
        "device": [
            {"id": "t1", "profile": "ble-treadmill", "address": "c0:00:00:00:00:01"},
            {"id": "b1", "profile": "ble-heart-rate", "address": "c0:00:00:00:00:02"},
        ],
    }


def reasons(data: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        BoxConfig.model_validate(data)
    return str(caught.value)


def with_station(**changes: Any) -> dict[str, Any]:
    gym = a_gym()
    gym["station"][0].update(changes)
    return gym


def test_an_empty_file_is_a_box() -> None:
    config = BoxConfig.model_validate({})
    assert config.mqtt.embedded
    assert (config.http.host, config.http.port) == ("127.0.0.1", 8080)
    assert (config.stations, config.cameras, config.devices) == ((), (), ())
    assert config.box.data_dir is None


def test_a_whole_gym() -> None:
    config = BoxConfig.model_validate(a_gym())
    station = config.station("s1")
    assert station is not None
    assert (station.label, station.zone, station.exercises) == ("Left", None, ("pushup", "squat"))
    camera, device = config.camera("cam1"), config.device("t1")
    assert camera is not None
    assert device is not None
    assert camera.url.reveal() == f"rtsp://admin:{MARK}@10.0.0.7/stream"
    assert not device.control
    assert (config.station("x"), config.camera("x"), config.device("x")) == (None, None, None)


def test_nothing_shows_the_password_of_a_camera() -> None:
    config = BoxConfig.model_validate(a_gym())
    shown = [
        repr(config),
        str(config),
        f"{config.cameras[0].url}",
        repr(config.cameras[0].url),
        config.model_dump_json(by_alias=True),
        json.dumps(config.model_dump(mode="json")),
        str(config.model_dump()),
    ]
    assert not [text for text in shown if MARK in text or "admin" in text]
    assert str(config.cameras[0].url) == "rtsp://***@10.0.0.7/stream"


@pytest.mark.parametrize(
    "url",
    [
        f"rtsp://admin:{MARK}@10.0.0.7:x/stream",
        f"rtsp://admin:{MARK}[@10.0.0.7/stream",
        f"http://admin:{MARK}@10.0.0.7/stream",
        f"rtsp://admin:{MARK}@",
    ],
)
def test_an_error_about_a_camera_does_not_show_its_password(url: str) -> None:
    gym = a_gym()
    gym["camera"][0]["url"] = url
    assert MARK not in reasons(gym)


def test_an_error_elsewhere_does_not_show_it_either() -> None:
    assert MARK not in reasons(with_station(camera="nobody"))


def test_paths_are_seen_from_the_file(tmp_path: Path) -> None:
    data = {
        "box": {"data_dir": "data"},
        "mqtt": {"url": "mqtts://broker", "username": "u", "password_file": "secret", "ca": "/etc/ca.pem"},
        "camera": [{"id": "c", "url": "gym.mp4"}],
    }
    config = BoxConfig.model_validate(data, context={"folder": tmp_path})
    assert config.box.data_dir == tmp_path / "data"
    assert config.mqtt.password_file == tmp_path / "secret"
    assert config.mqtt.ca == Path("/etc/ca.pem")
    assert config.cameras[0].url.reveal() == str(tmp_path / "gym.mp4")


@pytest.mark.parametrize(
    ("section", "changes", "reason"),
    [
        ("box", {"timezone": "Europe/Berln"}, "no time zone is called 'Europe/Berln'"),
        ("box", {"timezone": "../../etc/passwd"}, "no time zone"),
        ("box", {"timezone": ""}, "no time zone"),
        ("box", {"language": "german"}, "language"),
        ("box", {"id": "two words"}, "box.id"),
        ("mqtt", {"url": "tcp://broker"}, 'must be mqtt://host, mqtts://host or "embedded"'),
        ("mqtt", {"url": "mqtt://"}, "must be mqtt://host"),
        ("mqtt", {"url": "mqtt://broker:port"}, "not a valid URL"),
        ("mqtt", {"url": f"mqtt://u:{MARK}@broker"}, "write username and password_file instead"),
        ("mqtt", {"url": "mqtts://b", "cert": "c.pem"}, "cert and key belong together"),
        ("mqtt", {"url": "mqtt://b", "ca": "c.pem"}, "need a url that starts with mqtts://"),
        ("mqtt", {"url": "mqtt://b", "password_file": "p"}, "password_file needs a username"),
        ("mqtt", {"username": "u"}, "makes its own login"),
        ("cloud", {"url": "http://cloud"}, "must start with https://"),
        ("cloud", {"url": f"https://u:{MARK}@cloud"}, "gymbox enrol"),
        ("cloud", {"upload": "everything"}, "'all', 'summaries' or 'nothing'"),
        ("storage", {"budget_mb": 1}, "greater than or equal to 64"),
        ("storage", {"telemetry_days": 0}, "greater than or equal to 1"),
        ("http", {"port": 65536}, "less than or equal to 65535"),
        ("http", {"host": ""}, "http.host"),
        ("vision", {"pose": "openpose"}, "'blazepose' or 'movenet'"),
        ("vision", {"thresholds": {"person_score": 1.1}}, "less than or equal to 1"),
        ("vision", {"thresholds": {"person": 0.5}}, "Extra inputs"),
        ("vision", {"thresholds": {"person_score": float("nan")}}, "finite"),
    ],
)
def test_what_a_section_may_not_say(section: str, changes: dict[str, Any], reason: str) -> None:
    text = reasons({section: changes})
    assert reason in text
    assert MARK not in text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"camera": "cam2"}, "station[0].camera: no camera is called 'cam2'; there are cam1"),
        ({"treadmill": "t2"}, "station[0].treadmill: no device is called 't2'; there are t1, b1"),
        ({"treadmill": "b1"}, "'b1' is no treadmill: its profile is ble-heart-rate"),
        ({"zone": [[0, 0], [1, 0], [1, 1]], "camera": None}, "a zone but no camera"),
    ],
)
def test_what_a_station_may_not_refer_to(changes: dict[str, Any], reason: str) -> None:
    assert reason in reasons(with_station(**changes))


def test_doubles_are_named() -> None:
    gym = a_gym()
    gym["station"].append({"id": "s1", "treadmill": "t1"})
    gym["camera"].append({"id": "cam1", "url": 0})
    gym["device"].append({"id": "t1", "profile": "ble-treadmill", "address": "C0-00-00-00-00-01"})
    text = reasons(gym)
    for key in ("station[1].id", "station[1].treadmill", "camera[1].id", "device[2].id", "device[2].address"):
        assert key in text


def test_a_profile_must_exist_and_control_must_have_limits() -> None:
    gym = a_gym()
    gym["device"][0]["profile"] = "ble-tredmill"
    assert "device[0].profile: no profile is called 'ble-tredmill'" in reasons(gym)
    gym = a_gym()
    gym["device"][0]["control"] = True
    assert "control needs limits, for example limits = { speed_kmh = 12" in reasons(gym)
    gym["device"][0]["limits"] = {"speed_kmh": 12, "incline_percent": 10}
    assert BoxConfig.model_validate(gym).devices[0].control


@pytest.mark.parametrize("address", ["", "a b", "a/+/b", "a/#"])
def test_an_address_is_part_of_a_topic(address: str) -> None:
    gym = a_gym()
    gym["device"][0]["address"] = address
    assert "device.0.address" in reasons(gym)


def test_the_schema_for_the_settings_page_can_be_made() -> None:
    schema = BoxConfig.model_json_schema()
    assert set(schema["properties"]) >= {"box", "mqtt", "station", "camera", "device", "vision", "http"}


def test_a_gym_says_what_plans_may_count_on() -> None:
    gym = BoxConfig.model_validate({"gym": {"equipment": ["rope", "mat", "rope"], "plans_hour": 0}}).gym
    assert (gym.equipment, gym.plans_hour) == (("rope", "mat"), 0)
    assert BoxConfig().gym.equipment, "a usual set"
    assert BoxConfig.model_validate({"gym": {"equipment": []}}).gym.equipment == ()


@pytest.mark.parametrize("wrong", [{"equipment": ["trampoline"]}, {"plans_hour": 24}, {"plans_hour": -1}])
def test_what_a_gym_cannot_have(wrong: dict[str, Any]) -> None:
    assert f"gym.{next(iter(wrong))}" in reasons({"gym": wrong})
