"""How the broker is reached, and as whom."""

from pathlib import Path

import pytest

from devices.broker import prepare
from gateway.broker_login import FOLDER, PasswordFileError, broker_beside, broker_settings, read_password
from gateway.config.model import BoxConfig
from gateway.config.sections.mqtt import MqttSection


def test_a_command_beside_the_box_reaches_its_broker(tmp_path: Path) -> None:
    with pytest.raises(PasswordFileError, match="has not run yet"):
        broker_beside(BoxConfig(), tmp_path, client_id="beside")
    command = prepare(tmp_path / FOLDER)
    beside = broker_beside(BoxConfig(), tmp_path, client_id="beside")
    assert (beside.url, beside.username, beside.password) == (command.url, command.username, command.password)
    own = BoxConfig.model_validate({"mqtt": {"url": "mqtt://broker.gym.lan"}})
    assert broker_beside(own, tmp_path, client_id="beside").host == "broker.gym.lan"


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"secret", "secret"),
        (b"secret\n", "secret"),
        (b"with blank \r\nnext", "with blank "),
        ("ü".encode(), "ü"),
    ],
)
def test_the_first_line_is_the_password(tmp_path: Path, content: bytes, password: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    assert read_password(file) == password


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "is empty"), (b"\nsecret", "is empty"), (b"MARKER\xff", "not UTF-8")]
)
def test_a_useless_password_file_says_why_and_not_what(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(PasswordFileError, match=reason) as caught:
        read_password(file)
    assert "MARKER" not in str(caught.value)
    with pytest.raises(PasswordFileError, match="Is a directory"):
        read_password(tmp_path)


def test_settings_of_the_gyms_own_broker(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("p", encoding="utf-8")
    section = MqttSection(
        url="mqtts://broker:8884", username="u", password_file=secret, ca=tmp_path / "ca.pem"
    )
    settings = broker_settings(section, client_id="box-1")
    assert (settings.host, settings.port, settings.username) == ("broker", 8884, "u")
    assert (settings.password, settings.ca, settings.client_id) == ("p", tmp_path / "ca.pem", "box-1")
