"""Layers become one configuration; what is wrong is said with its layer; paths have their own folder."""

from pathlib import Path
from typing import Any

import pytest

from gateway.config.file import ConfigError, Problem
from gateway.config.layered import LayeredConfig
from gateway.config.model import BoxConfig
from gateway.config.schema import schema

FILE = """
[box]
id = "box-1"
[mqtt]
url = "mqtt://broker.local"
username = "box"
password_file = "broker-password"
[[camera]]
id = "cam"
url = "gym.mp4"
[[station]]
id = "mat"
camera = "cam"
zone = [[0, 0], [1, 0], [1, 1]]
"""


@pytest.fixture
def read(tmp_path: Path) -> LayeredConfig:
    (tmp_path / "etc").mkdir()
    file = tmp_path / "etc" / "gymbox.toml"
    file.write_text(FILE, encoding="utf-8")
    return LayeredConfig.read(file, data_dir=tmp_path / "data", environ={"GYMBOX_BOX__LANGUAGE": "de"})


def problems(layers: LayeredConfig) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        layers.build()
    return list(caught.value.problems)


def test_the_file_and_the_environment_alone(read: LayeredConfig, tmp_path: Path) -> None:
    config = read.build()
    assert (config.box.id, config.box.language) == ("box-1", "de")
    assert config.mqtt.password_file == tmp_path / "etc" / "broker-password"
    assert config.cameras[0].url.reveal() == str(tmp_path / "etc" / "gym.mp4")
    assert config.box.profiles_dir == tmp_path / "etc" / "profiles"
    assert read.origins["box", "language"] == "environment"
    assert read.origins["station", "mat", "camera"] == "file"


def test_every_layer_has_its_say(read: LayeredConfig) -> None:
    layers = read.with_local(
        {"box": {"timezone": "Europe/Berlin", "language": "fr"}, "gym": {"plans_hour": 1}}
    )
    config = layers.with_cloud({"gym": {"plans_hour": 2}, "station": {"mat": {"name": "Mat"}}}).build()
    assert (config.box.timezone, config.box.language) == ("Europe/Berlin", "de")
    assert (config.gym.plans_hour, config.stations[0].name) == (2, "Mat")
    assert config.stations[0].zone is not None


def test_a_layer_sees_its_paths_from_the_data_folder(read: LayeredConfig, tmp_path: Path) -> None:
    local = {
        "mqtt": {"password_file": "secrets/broker"},
        "camera": {"new": {"url": "clip.mp4"}, "cam": {"fps": 5}},
    }
    config = read.with_local(local).build()
    assert config.mqtt.password_file == tmp_path / "data" / "secrets" / "broker"
    files = {each.id: each.url.reveal() for each in config.cameras}
    assert files == {"cam": str(tmp_path / "etc" / "gym.mp4"), "new": str(tmp_path / "data" / "clip.mp4")}


def test_a_station_of_the_file_goes_and_comes_back(read: LayeredConfig) -> None:
    assert read.with_local({"station": {"mat": None}}).build().stations == ()
    (station,) = read.with_local({"station": {"mat": {"zone": ""}}}).build().stations
    assert (station.id, station.zone) == ("mat", None)


@pytest.mark.parametrize(
    ("layer", "source", "key", "reason"),
    [
        ({"vision": {"pose": "blaze"}}, "local", "vision.pose", "must be one of"),
        (
            {"station": {"mat": {"camera": "cam2"}}},
            "local",
            "station.mat.camera",
            "no camera is called 'cam2'",
        ),
        ({"camera": {"cam": None}}, "file", "station.mat.camera", "no camera is called 'cam'"),
        ({"station": {"x y": {}}}, "local", "station.x y.id", "may hold letters"),
        ({"mqtt": 5}, "local", "mqtt", "must be a section"),
        ({"nonsense": {"a": 1}}, "local", "nonsense.a", "is not a setting"),
        (
            {"camera": {"c": {"url": "rtsp://u:p@h/x"}}},
            "local",
            "camera.c.url",
            "write username and password_file",
        ),
        (
            {"camera": {"c": {"url": "rtsp://***@h/x"}}},
            "local",
            "camera.c.url",
            "shown here without its login",
        ),
        ({"camera": {"c": {"url": "rtsp://h/x?pwd=geheim"}}}, "local", "camera.c.url", "holds a login"),
    ],
)
def test_what_is_wrong_is_said_with_its_layer(
    read: LayeredConfig, layer: Any, source: str, key: str, reason: str
) -> None:
    found = problems(read.with_local(layer))
    assert [(each.source, each.key) for each in found][:1] == [(source, key)] or key == "nonsense.a"
    assert reason in found[0].reason
    assert found[0].pointer is not None
    assert "geheim" not in str(found[0])


def test_a_variable_is_named_when_it_is_at_fault(tmp_path: Path) -> None:
    environ = {"GYMBOX_HTTP__PORT": "eighty"}
    with pytest.raises(ConfigError, match="GYMBOX_HTTP__PORT: must be a whole number"):
        LayeredConfig.read(None, data_dir=tmp_path, environ=environ)


def test_a_box_without_a_file_can_be_reached_by_who_sets_it_up(tmp_path: Path) -> None:
    layers = LayeredConfig.read(None, data_dir=tmp_path, environ={})
    config = layers.build()
    assert (config.http.host, config.box.profiles_dir) == ("0.0.0.0", tmp_path / "profiles")  # noqa: S104
    assert layers.with_local({"http": {"host": "127.0.0.1"}}).build().http.host == "127.0.0.1"


def test_placeholders_for_a_login_are_no_login(read: LayeredConfig) -> None:
    url = "rtsp://h/x?user={username}&pwd={password}"
    camera = {"url": url, "username": "u", "password_file": "secrets/c"}
    assert read.with_local({"camera": {"c": camera}}).build().cameras[1].url.reveal() == url


def test_a_configuration_made_otherwise_is_as_good_as_a_file(tmp_path: Path) -> None:
    made = BoxConfig.model_validate(
        {
            "camera": [{"id": "cam", "url": "rtsp://u:p@h/x"}],
            "station": [{"id": "mat", "camera": "cam", "zone": [[0, 0], [1, 0], [1, 1]]}],
            "device": [{"id": "t", "profile": "ble-treadmill", "address": "c0", "limits": {"speed_kmh": 9}}],
        }
    )
    layers = LayeredConfig.of(made, data_dir=tmp_path)
    assert layers.build() == made
    assert layers.with_local({"device": {"t": {"limits": {"speed_kmh": 8}}}}).build().devices[
        0
    ].limits.given == {"speed_kmh": 8}


def test_the_schema_describes_the_tree() -> None:
    told = schema()
    station = told["properties"]["station"]
    assert station["propertyNames"]["pattern"]
    assert station["additionalProperties"] == {"$ref": "#/$defs/StationSection"}
    entry = told["$defs"]["StationSection"]
    assert "id" not in entry["properties"]
    assert entry["properties"]["zone"]["title"] == "Zone"
    assert told["$defs"]["DeviceSection"]["required"] == ["profile", "address"]
    assert all("title" in each and "description" in each for each in told["properties"].values())
