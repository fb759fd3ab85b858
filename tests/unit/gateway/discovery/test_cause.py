"""Kinds of trouble with a broker, told from what links really say."""

import socket
import ssl
from collections.abc import Iterator

import pytest

from devices.mqtt.broker_settings import BrokerSettings
from devices.mqtt.ending import not_connected
from gateway.discovery.cause import BrokerCause, cause_of

SETTINGS = BrokerSettings("mqtts://broker.lan")


def untrusted(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, message)
    error.verify_message = message
    return error


def troubles() -> Iterator[tuple[Exception, BrokerCause]]:
    yield socket.gaierror(-2, "Name or service not known"), "name"
    yield TimeoutError(), "unreachable"
    yield ConnectionRefusedError(111, "Connection refused"), "unreachable"
    yield OSError(113, "No route to host"), "unreachable"
    yield ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "not-encrypted"
    yield untrusted("unable to get local issuer certificate"), "not-trusted"
    yield untrusted("self-signed certificate in certificate chain"), "not-trusted"
    yield untrusted("certificate has expired"), "expired"
    yield untrusted("Hostname mismatch, certificate is not valid for 'broker.lan'."), "other-name"
    yield untrusted("IP address mismatch, certificate is not valid for '192.0.2.1'."), "other-name"
    yield OSError(5, "Input/output error"), "other"


@pytest.mark.parametrize(("error", "cause"), list(troubles()), ids=str)
def test_what_a_connection_dies_of(error: Exception, cause: BrokerCause) -> None:
    assert cause_of(not_connected(SETTINGS, error, 5.0).reason) == cause


def test_a_login_that_is_refused() -> None:
    assert cause_of("broker broker.lan:8883 refused the login: not authorized") == "login"
