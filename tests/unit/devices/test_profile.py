"""Profile files."""

from pathlib import Path

import pytest

from devices.codecs import CODECS
from devices.profile import ProfileInvalid, load_profiles, parse_profile

GOOD = """
name = "my-treadmill"
title = "Mine"
kind = "treadmill"
service = "1826"
characteristic = "2acd"
"""


def test_shipped_profiles() -> None:
    profiles = load_profiles()
    assert set(profiles) == {"ble-heart-rate", "ble-treadmill"}
    assert profiles["ble-treadmill"].kind == "treadmill"
    assert profiles["ble-heart-rate"].kind == "heart_rate"
    assert all(profile.stale_after_s == 4.0 for profile in profiles.values())


def test_every_shipped_profile_has_a_decoder_and_the_name_of_its_file() -> None:
    for name, profile in load_profiles().items():
        assert profile.name == name
        assert profile.characteristic in CODECS


def test_stale_after_four_seconds_unless_the_profile_says_otherwise() -> None:
    assert parse_profile(GOOD, "mine.toml").stale_after_s == 4.0
    assert parse_profile(GOOD + "stale_after_s = 2.5", "mine.toml").stale_after_s == 2.5


def test_a_file_of_the_integrator_replaces_a_shipped_one(tmp_path: Path) -> None:
    file = tmp_path / "ble-treadmill.toml"
    file.write_text(GOOD.replace("my-treadmill", "ble-treadmill") + "stale_after_s = 9.0")
    assert load_profiles([file])["ble-treadmill"].stale_after_s == 9.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name =", "not TOML"),
        (GOOD + "stale_after = 3", "stale_after: Extra inputs"),
        (GOOD + "stale_after_s = 0", "stale_after_s: "),
        (GOOD + "stale_after_s = 60", "lost_after_s must not be shorter"),
        (GOOD.replace("2acd", "2ACD"), "characteristic: "),
        (GOOD.replace("my-treadmill", "My Treadmill"), "name: "),
        (GOOD.replace("treadmill", "toaster"), "kind: "),
        ("", "name: Field required; title: Field required"),
    ],
)
def test_an_error_names_file_key_and_reason(text: str, words: str) -> None:
    with pytest.raises(ProfileInvalid) as caught:
        parse_profile(text, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert words in str(caught.value)
