"""Why there is no connection, in a kind for the policy and words for people."""

import socket
import ssl

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from devices.mqtt.broker_settings import BrokerSettings
from devices.mqtt.ending import not_connected, why_refused

SETTINGS = BrokerSettings("mqtt://broker:1884")


def verification_error() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "certificate has expired"
    return error


@pytest.mark.parametrize(
    ("error", "failure", "words"),
    [
        (verification_error(), "refused", "its certificate is not trusted: certificate has expired"),
        (ssl.SSLError(1, "wrong version number"), "unreachable", "no TLS connection"),
        (socket.gaierror(-2, "Name or service not known"), "unreachable", "the name cannot be resolved"),
        (TimeoutError("timed out"), "unreachable", "no connection within 5 s"),
        (ConnectionRefusedError(111, "Connection refused"), "unreachable", "Connection refused"),
        (OSError("odd"), "unreachable", "odd"),
        (ValueError("Invalid host."), "refused", "Invalid host."),
    ],
)
def test_why_there_is_no_connection(error: Exception, failure: str, words: str) -> None:
    ended = not_connected(SETTINGS, error, 5.0)
    assert ended.failure == failure
    assert ended.reason.startswith("broker broker:1884")
    assert words in ended.reason
    assert ended.connected_s == 0.0


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        ("Not authorized", "refused"),
        ("Bad user name or password", "refused"),
        ("Client identifier not valid", "refused"),
        ("Server unavailable", "unreachable"),
        ("Server busy", "unreachable"),
        ("Connection rate exceeded", "unreachable"),
        ("Unsupported protocol version", "version"),
    ],
)
def test_what_a_refusal_means(said: str, failure: str) -> None:
    assert why_refused(ReasonCode(PacketTypes.CONNACK, said)) == failure
