"""Profile files."""

from pathlib import Path

import pytest

from devices.codecs import CODECS
from devices.profile import ProfileInvalid, load_profiles, parse_profile

HEAD = """
name = "my-treadmill"
title = "Mine"
kind = "treadmill"
"""
BLE = """
[ble]
service = "1826"
characteristic = "2acd"
"""
GOOD = HEAD + BLE
MESSAGE = """
[[message]]
topic = "acme/{address}/telemetry"
"""


def test_shipped_profiles() -> None:
    profiles = load_profiles()
    assert set(profiles) == {
        *(f"ble-{kind}" for kind in ("bike", "cross-trainer", "heart-rate", "rower", "step-climber")),
        "ble-stair-climber",
        "ble-treadmill",
        "esphome",
        "home-assistant",
        "homie-5",
        "openmqttgateway",
    }
    assert profiles["ble-treadmill"].kind == "treadmill"
    assert profiles["ble-heart-rate"].kind == "heart_rate"


def test_every_shipped_profile_has_a_decoder_and_the_name_of_its_file() -> None:
    for name, profile in load_profiles().items():
        assert profile.name == name
        if profile.ble is not None:
            assert profile.ble.characteristic in CODECS
            assert profile.stale_after_s == 4.0


def test_what_only_listens_cannot_be_commanded() -> None:
    controlled = {name for name, profile in load_profiles().items() if profile.control is not None}
    assert controlled == {"ble-treadmill", "ble-bike", "ble-rower", "ble-cross-trainer"}
    control = load_profiles()["ble-treadmill"].control
    assert control is not None
    assert control.targets == {"speed_kmh", "incline_percent"}


def test_stale_after_four_seconds_unless_the_profile_says_otherwise() -> None:
    assert parse_profile(GOOD, "mine.toml").stale_after_s == 4.0
    assert parse_profile(HEAD + "stale_after_s = 2.5" + BLE, "mine.toml").stale_after_s == 2.5


def test_a_bare_path_is_a_rule() -> None:
    short = parse_profile(HEAD + MESSAGE + 'readings = { speed_kmh = "v" }', "mine.toml")
    long = parse_profile(HEAD + MESSAGE + 'readings = { speed_kmh = { path = "v", scale = 1 } }', "mine.toml")
    assert short == long


def test_a_file_of_the_integrator_replaces_a_shipped_one(tmp_path: Path) -> None:
    file = tmp_path / "ble-treadmill.toml"
    file.write_text(
        GOOD.replace("my-treadmill", "ble-treadmill").replace("[ble]", "stale_after_s = 9.0\n[ble]")
    )
    assert load_profiles([file])["ble-treadmill"].stale_after_s == 9.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name =", "not TOML"),
        (HEAD + "stale_after = 3" + BLE, "stale_after: is not a key of a profile"),
        (HEAD + "stale_after_s = 0" + BLE, "stale_after_s: "),
        (HEAD + "stale_after_s = 60" + BLE, "lost_after_s must not be shorter"),
        (GOOD.replace("2acd", "2ACD"), "ble.characteristic: "),
        (GOOD.replace("2acd", "2a63"), "ble: nobody decodes 2a63; there are 2a19, "),
        (GOOD.replace("my-treadmill", "My Treadmill"), "name: "),
        (GOOD.replace('kind = "treadmill"', 'kind = "tredmill"'), "(did you mean 'treadmill'?)"),
        ("", "name: is missing; title: is missing; kind: is missing"),
        (HEAD, "exactly one of [ble], [homie] and [[message]]"),
        (GOOD + "[homie]", "exactly one of"),
        (GOOD + '[availability]\ntopic = "x/{address}"', "availability belongs to [[message]]"),
        (HEAD + MESSAGE + '[control]\nvia = "ftms"\ntargets = ["speed_kmh"]', "control goes over"),
        (
            GOOD + '[control]\nvia = "ftms"\ntargets = ["speed"]',
            "control.targets[0]: must be one of 'speed_kmh'",
        ),
        (GOOD + "[ranges]\nspeed_kmh = [22, 0]", "ranges.speed_kmh: 22 is not less than 0"),
        (
            HEAD + MESSAGE.replace("{address}", "x"),
            "message[0].topic: 'acme/x/telemetry' must hold {address}",
        ),
        (
            HEAD + MESSAGE + 'readings = { speed = "v" }',
            "message[0].readings.speed: must be one of 'speed_kmh'",
        ),
        (HEAD + MESSAGE + 'readings = { speed_kmh = "a..b" }', "'a..b' is no JMESPath: "),
        (HEAD + MESSAGE + "readings = { speed_kmh = 3 }", "must be a JMESPath in quotes, or a table"),
        (
            HEAD + MESSAGE + 'readings = { speed_kmh = { path = "v", unit = "furlong" } }',
            "message[0]: speed_kmh is not given in 'furlong'",
        ),
        (
            HEAD + "discover = true" + MESSAGE.replace("{address}", "x-{address}"),
            "discover needs {address} to be a whole level",
        ),
    ],
)
def test_an_error_names_file_key_and_reason(text: str, words: str) -> None:
    with pytest.raises(ProfileInvalid) as caught:
        parse_profile(text, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert words in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ProfileInvalid, match=r"a\.toml: is not UTF-8"):
        load_profiles([tmp_path / "a.toml"])
    with pytest.raises(ProfileInvalid, match=r"b\.toml: cannot be read: No such file"):
        load_profiles([tmp_path / "b.toml"])
