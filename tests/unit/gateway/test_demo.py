from pathlib import Path

import pytest

from devices.simulate import simulated_devices
from gateway import demo
from gateway.config.file import ConfigError
from gateway.demo import BANDS, TRAINEES, TREADMILLS, demo_config


def test_everyone_has_a_station_and_a_band_of_their_own() -> None:
    config = demo_config(camera="clip.mp4", host="127.0.0.1", port=0)
    assert {each.station_id for each in TRAINEES} == {each.id for each in config.stations}
    bands = {each.id for each in config.devices if each.profile == "ble-heart-rate"}
    assert {each.band_id for each in TRAINEES} == bands
    assert len(TRAINEES) == BANDS == TREADMILLS + 1


def test_the_machines_are_those_that_are_simulated() -> None:
    config = demo_config(camera="clip.mp4", host="127.0.0.1", port=0)
    simulated = {(each.id, each.profile, each.address) for each in simulated_devices(TREADMILLS, BANDS)}
    assert {(each.id, each.profile, each.address) for each in config.devices} == simulated


@pytest.mark.parametrize("camera", ["rtsp://user:secret@camera.lan/1", "0", "clip.mp4"])
def test_any_kind_of_camera_can_be_put_in(camera: str) -> None:
    config = demo_config(camera=camera, host="127.0.0.1", port=0)
    assert config.cameras[0].url.reveal().endswith(camera)
    assert "secret" not in str(config.cameras[0].url)


def test_a_camera_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"camera\[0\]\.url"):
        demo_config(camera="https://camera.lan", host="127.0.0.1", port=0)


def test_the_password_is_not_on_the_command_line() -> None:
    arguments = demo.simulator_arguments("mqtt://127.0.0.1:1883", "gymbox", Path("secret-file"))
    assert "--password-file" in arguments
