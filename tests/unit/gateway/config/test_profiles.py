"""The gym's own profiles of devices."""

from pathlib import Path

import pytest

from gateway.config.file import ConfigError, load
from gateway.config.profiles import faults_of, profiles_of

ACME = """
name = "acme"
title = "Acme"
kind = "treadmill"
[[message]]
topic = "acme/{address}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "acme.toml").write_text(ACME)
    (tmp_path / "profiles" / "notes.txt").write_text("not a profile")
    return tmp_path / "profiles"


def problems(folder: Path, text: str) -> list[str]:
    file = folder.parent / "gymbox.toml"
    file.write_text(text)
    try:
        load(file, environ={})
    except ConfigError as error:
        return [f"{each.key}: {each.reason}" for each in error.problems]
    return []


def test_the_gyms_own_stand_beside_the_shipped_ones(folder: Path) -> None:
    assert faults_of(folder) == []
    assert {"acme", "ble-treadmill"} <= set(profiles_of(folder))
    assert "acme" not in profiles_of(folder / "nowhere")
    assert faults_of(folder / "nowhere") == []


def test_a_configuration_finds_them_beside_it(folder: Path) -> None:
    device = '[[device]]\nid = "mill"\nprofile = "acme"\naddress = "T1"\n'
    assert problems(folder, device) == []
    assert problems(folder, device.replace('"acme"', '"acne"'))[0].startswith(
        "device[0].profile: no profile is called 'acne'; there are acme, "
    )


def test_or_where_it_says(folder: Path) -> None:
    folder.rename(folder.with_name("brands"))
    device = '[[device]]\nid = "mill"\nprofile = "acme"\naddress = "T1"\n'
    assert problems(folder, '[box]\nprofiles_dir = "brands"\n' + device) == []
    (missing, *_) = problems(folder, '[box]\nprofiles_dir = "brand"\n')
    assert missing.startswith("box.profiles_dir: there is no folder ")


def test_every_fault_is_told_with_its_file_even_when_no_device_needs_it(folder: Path) -> None:
    (folder / "a.toml").write_text(ACME.replace("{address}", "x"))
    (folder / "b.toml").write_text("name =")
    (folder / "c.toml").write_text(ACME)
    found = problems(folder, "")
    assert len(found) == 3
    assert found[0].startswith("box.profiles_dir: profiles/a.toml: message[0].topic: ")
    assert found[1].startswith("box.profiles_dir: profiles/b.toml: not TOML: ")
    assert found[2] == "box.profiles_dir: profiles/c.toml: name: acme.toml describes 'acme' already"
