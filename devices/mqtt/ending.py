"""Why a connection to the broker ended or never came about, in a kind for the policy and words for people."""

import socket
import ssl
from dataclasses import dataclass
from typing import Final

from paho.mqtt.reasoncodes import ReasonCode

from devices.mqtt.broker_settings import BrokerSettings
from devices.mqtt.reconnect import Failure

# As paho calls what a broker may say for now; what else it refuses, only a person can change.
_FOR_NOW: Final = frozenset(
    {"Server unavailable", "Server busy", "Connection rate exceeded", "Quota exceeded"}
)
_NOT_THIS_VERSION: Final = "Unsupported protocol version"


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a connection ended or never came about, and how long it was fit for use."""

    failure: Failure
    reason: str
    connected_s: float = 0.0


def why_refused(code: ReasonCode) -> Failure:
    """What kind of failure a CONNACK that is no success means."""
    if code.getName() == _NOT_THIS_VERSION:
        return "version"
    return "unreachable" if code.getName() in _FOR_NOW else "refused"


def where(settings: BrokerSettings) -> str:
    """The broker, as people are told of it."""
    return f"broker {settings.host}:{settings.port}"


def not_connected(settings: BrokerSettings, error: Exception, timeout_s: float) -> Ended:
    """What became of a connection that raised before it came about."""
    place = where(settings)
    match error:
        case ssl.SSLCertVerificationError():
            return Ended("refused", f"{place}: its certificate is not trusted: {error.verify_message}")
        case ssl.SSLError():
            return Ended(
                "unreachable", f"{place}: no TLS connection: {getattr(error, 'reason', None) or error}"
            )
        case socket.gaierror():
            return Ended("unreachable", f"{place}: the name cannot be resolved")
        case TimeoutError():
            return Ended("unreachable", f"{place}: no connection within {timeout_s:g} s")
        case OSError():
            return Ended("unreachable", f"{place}: {error.strerror or error}")
        case _:
            return Ended("refused", f"{place}: {error}")
