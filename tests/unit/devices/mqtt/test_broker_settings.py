"""Where the broker is and how to prove who we are."""

from pathlib import Path
from typing import Any

import pytest

from devices.mqtt.broker_settings import BrokerSettings, BrokerSettingsInvalid


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("mqtt://broker", "broker", 1883, False),
        ("mqtt://broker:11883/", "broker", 11883, False),
        ("mqtts://broker.example", "broker.example", 8883, True),
        ("mqtt://[::1]:1884", "::1", 1884, False),
    ],
)
def test_url(url: str, host: str, port: int, *, tls: bool) -> None:
    settings = BrokerSettings(url)
    assert (settings.host, settings.port, settings.tls) == (host, port, tls)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://broker"}, "must begin with mqtt:// or mqtts://"),
        ({"url": "broker:1883"}, "must begin with"),
        ({"url": "mqtt://"}, "names no host"),
        ({"url": "mqtt://broker:0"}, "port 0"),
        ({"url": "mqtt://broker:99999"}, "not a number from 1 to 65535"),
        ({"url": "mqtt://broker/base"}, "must end after host and port"),
        ({"url": "mqtt://joe:hush@broker"}, "holds a login"),
        ({"ca": Path("ca.pem")}, "for mqtts:// only"),
        ({"url": "mqtts://broker", "key": Path("key.pem")}, "a key needs its cert"),
        ({"password": "hush"}, "a password needs a username"),
        ({"client_id": "box/7"}, "client_id must be"),
        ({"client_id": ""}, "client_id must be"),
    ],
)
def test_contradictions_are_refused_without_repeating_a_secret(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BrokerSettingsInvalid) as caught:
        BrokerSettings(**({"url": "mqtt://broker"} | changes))
    assert words in str(caught.value)
    assert "hush" not in str(caught.value)


def test_the_password_is_not_shown() -> None:
    assert "hush" not in repr(BrokerSettings("mqtt://broker", "joe", "hush"))


def test_tls_verifies_certificate_and_name() -> None:
    context = BrokerSettings("mqtts://broker").tls_context()
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("rubbish")
    with pytest.raises(BrokerSettingsInvalid, match=r"CA file .*missing\.pem: No such file"):
        BrokerSettings("mqtts://broker", ca=tmp_path / "missing.pem").tls_context()
    with pytest.raises(BrokerSettingsInvalid, match=r"CA file .*rubbish\.pem"):
        BrokerSettings("mqtts://broker", ca=rubbish).tls_context()
    with pytest.raises(
        BrokerSettingsInvalid, match=r"certificate .*rubbish\.pem with the key .*rubbish\.pem"
    ):
        BrokerSettings("mqtts://broker", cert=rubbish).tls_context()
