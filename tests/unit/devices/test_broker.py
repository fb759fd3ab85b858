"""The files and the command line of the built-in broker; the running broker is an integration test."""

import base64
import hashlib
import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from devices import broker
from devices.broker import HOST, BrokerFailed, EmbeddedBroker, Program, mosquitto_hash, prepare
from devices.mqtt.broker_settings import BrokerSettings


@pytest.fixture(params=["mosquitto", "amqtt"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setattr(broker, "_mosquitto", lambda: "/usr/sbin/mosquitto")
    chosen: Program = request.param
    return chosen


def test_mosquitto_is_taken_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "_mosquitto", lambda: "/usr/sbin/mosquitto")
    assert prepare(tmp_path).program == "mosquitto"
    monkeypatch.setattr(broker, "_mosquitto", lambda: None)
    assert prepare(tmp_path).program == "amqtt"
    with pytest.raises(BrokerFailed, match="mosquitto is not installed"):
        prepare(tmp_path, program="mosquitto")


def test_only_the_owner_may_read_anything(tmp_path: Path, program: Program) -> None:
    directory = tmp_path / "deep" / "broker"
    prepare(directory, program=program)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    files = list(directory.iterdir())
    assert files
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_the_password_is_on_no_command_line_and_in_no_words(tmp_path: Path, program: Program) -> None:
    command = prepare(tmp_path, program=program)
    assert len(command.password) >= 32
    assert not any(command.password in word for word in command.argv)
    assert command.password not in repr(command)


def test_the_broker_keeps_only_a_hash(tmp_path: Path, program: Program) -> None:
    command = prepare(tmp_path, program=program)
    for name in ("passwords", "passwords.amqtt", "mosquitto.conf", "amqtt.json"):
        if (tmp_path / name).exists():
            assert command.password not in (tmp_path / name).read_text()


def test_login_and_port_stay(tmp_path: Path, program: Program) -> None:
    first, second = prepare(tmp_path, program=program), prepare(tmp_path, program=program)
    assert (first.password, first.port, first.url) == (second.password, second.port, second.url)


def test_a_remembered_port_that_somebody_took_is_replaced(tmp_path: Path, program: Program) -> None:
    first = prepare(tmp_path, program=program)
    with socket.socket() as other:
        other.bind((HOST, first.port))
        other.listen()
        second = prepare(tmp_path, program=program)
    assert second.port != first.port
    assert second.password == first.password


def test_a_remembered_port_that_is_about_to_be_released_is_waited_for(tmp_path: Path) -> None:
    first = prepare(tmp_path)
    other = socket.create_server((HOST, first.port))
    closing = threading.Timer(0.3, other.close)
    closing.start()
    assert prepare(tmp_path).port == first.port
    closing.join(5)


def test_a_wanted_port_in_use_is_an_error(tmp_path: Path, program: Program) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BrokerFailed, match=f"port {port} on 127.0.0.1 is in use"):
            prepare(tmp_path, port=port, program=program)


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"password": "x", "port": "y"}'])
def test_a_damaged_login_file_is_replaced(tmp_path: Path, damage: str) -> None:
    (tmp_path / "login.json").write_text(damage)
    assert len(prepare(tmp_path).password) >= 32


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokerFailed, match="cannot write the broker's files"):
        prepare(tmp_path / "file" / "broker")


def test_the_address_is_on_loopback_and_fits_the_session(tmp_path: Path) -> None:
    command = prepare(tmp_path)
    settings = BrokerSettings(command.url, command.username, command.password)
    assert (settings.host, settings.port, settings.tls) == ("127.0.0.1", command.port, False)


def test_mosquittos_own_hash() -> None:
    _, kind, rounds, salt, digest = mosquitto_hash("hush").split("$")
    expected = hashlib.pbkdf2_hmac("sha512", b"hush", base64.b64decode(salt), int(rounds), dklen=64)
    assert (kind, base64.b64decode(digest)) == ("7", expected)


def test_mosquitto_stays_who_we_are_when_we_are_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "_mosquitto", lambda: "/usr/sbin/mosquitto")
    for uid, expected in ((0, True), (1000, False)):
        monkeypatch.setattr(os, "geteuid", lambda uid=uid: uid)
        prepare(tmp_path)
        assert ("user root" in (tmp_path / "mosquitto.conf").read_text()) is expected


def test_before_the_start(tmp_path: Path) -> None:
    idle = EmbeddedBroker(tmp_path)
    assert (idle.poll(), idle.pid) == (None, None)
    idle.stop()
    assert list(tmp_path.iterdir()) == []
