"""Whatever secret is planted in a file, the environment or an address, no text that is told has it."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.file import build
from gateway.config.model import BoxConfig
from gateway.diagnostics.allowed import SET, allowed
from gateway.diagnostics.secrets import Secrets, secrets_of
from gateway.redaction import MASK

# Distinct enough not to stand in an ordinary text by chance.
passwords = st.text(
    st.characters(categories=("L", "N", "P", "S"), exclude_characters="\r\n\t *"), min_size=8, max_size=30
).filter(lambda text: MASK not in text and text.strip() == text)


def config_of(**sections: object) -> BoxConfig:
    return build(dict(sections), environ={})


@settings(max_examples=50)
@given(passwords, st.text(max_size=30), st.text(max_size=30))
def test_a_known_secret_is_masked_wherever_it_stands(secret: str, before: str, after: str) -> None:
    secrets = Secrets(secrets=[secret])
    assert secret not in secrets.text(f"{before}{secret}{after}")
    told = json.dumps(secrets.value({"a": [{secret: secret}], "b": f"x{secret}"}), ensure_ascii=False)
    assert secret not in told


@settings(max_examples=50)
@given(passwords)
def test_a_secret_is_masked_as_json_and_repr_write_it(secret: str) -> None:
    secrets = Secrets(secrets=[secret])
    assert secret.encode("unicode_escape").decode() not in secrets.text(ascii(secret))


@settings(max_examples=20)
@given(passwords)
def test_what_files_of_the_box_hold_is_found(secret: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "secrets" / "deeper"
        folder.mkdir(parents=True)
        (folder / "camera").write_text(f"{secret}\n", encoding="utf-8")
        (Path(name) / "password").write_text(secret, encoding="utf-8")
        config = config_of(
            mqtt={"url": "mqtt://broker", "username": "box", "password_file": str(Path(name) / "password")}
        )
        for found in (secrets_of(config, [], environ={}), secrets_of(BoxConfig(), [Path(name)], environ={})):
            assert secret not in Secrets(secrets=found).text(f"the broker refused {secret}!")


@given(st.text("abcDEF123-_.~", min_size=8, max_size=20))
def test_what_addresses_hold_is_found_and_never_told(secret: str) -> None:
    config = config_of(
        camera=[{"id": "front", "url": f"rtsp://admin:{secret}@cam.lan:554/live?token={secret}x"}]
    )
    found = secrets_of(config, [], environ={})
    assert {secret, f"{secret}x"} <= found
    assert allowed(config)["cameras"][0]["url"] == "rtsp://cam.lan:554"


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("GYMBOX_MQTT__PASSWORD", "hunter22", "hunter22"),
        ("GYMBOX_CLOUD_TOKEN", "ggt_abc", "ggt_abc"),
        ("ANYTHING", "https://user:hunter22@proxy", "hunter22"),
        ("GYMBOX_CAMERA__0__URL", "rtsp://u:hunter22@cam/1", "hunter22"),
    ],
)
def test_what_the_environment_holds_is_found(name: str, value: str, secret: str) -> None:
    assert secret in secrets_of(BoxConfig(), [], environ={name: value})
    assert secrets_of(BoxConfig(), [], environ={"GYMBOX_BOX__ID": "front"}) == set()


def test_the_lines_of_a_key_are_secrets_and_its_frame_is_not(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n")
    found = secrets_of(BoxConfig(), [key], environ={})
    assert "MIGHAgEAMBMGByqGSM49" in found
    assert not any(each.startswith("-----") for each in found)


def test_a_raw_key_is_masked_in_hex(tmp_path: Path) -> None:
    key = tmp_path / "pseudonym.key"
    key.write_bytes(bytes(range(32)))
    found = secrets_of(BoxConfig(), [key], environ={})
    assert Secrets(secrets=found).text(f"key {bytes(range(32)).hex()}") == f"key {MASK}"


def test_of_a_json_file_only_what_is_named_a_secret_is_masked(tmp_path: Path) -> None:
    login = {
        "password": "l0gin-Pa55",
        "port": 1883,
        "user": "gymbox",
        "url": "https://cloud",
        "secret": "x7x7",
    }
    (tmp_path / "login.json").write_text(json.dumps(login))
    (tmp_path / "broker.log").write_text("mosquitto starting\n")
    assert secrets_of(BoxConfig(), [tmp_path], environ={}) == {"l0gin-Pa55", "x7x7"}


def test_members_are_masked_as_words() -> None:
    secrets = Secrets(members=["anna", "m-17", "1"])
    text = "anna and m-17 at mat-1: joanna stays, 11 stays, 1 goes"
    assert secrets.text(text) == f"{MASK} and {MASK} at mat-{MASK}: joanna stays, 11 stays, {MASK} goes"


def test_nothing_that_is_not_known_to_be_harmless_is_told_of_a_configuration() -> None:
    config = config_of(
        box={"id": "box-7", "timezone": "Europe/Berlin"},
        station=[{"id": "mat-1", "name": "Anna's corner", "camera": "front"}],
        camera=[{"id": "front", "url": "/home/anna/video.mp4"}],
        cloud={"url": "https://cloud.example/secret-path", "token_file": "/etc/gymbox/token"},
    )
    told = allowed(config)
    assert told["box"]["id"] == "box-7"
    assert told["stations"][0] | {"id": "mat-1", "camera": "front", "name": SET} == told["stations"][0]
    assert told["cameras"][0]["url"] == "a file"
    assert (told["cloud"]["url"], told["cloud"]["token_file"]) == ("https://cloud.example", SET)
    assert "anna" not in json.dumps(told).lower()
