"""How to reach the broker, and as whom: the gym's own, or the box's built-in one."""

from pathlib import Path
from typing import Final

from devices.broker import remembered
from devices.mqtt.broker_settings import BrokerSettings
from gateway.config.model import BoxConfig
from gateway.config.sections.mqtt import MqttSection

FOLDER: Final = "broker"
"""Where in the data folder the built-in broker keeps its files."""

_MOST_PASSWORD_OCTETS: Final = 4096


class PasswordFileError(Exception):
    """A password file cannot be used; the text says which and why, never what it holds."""


def read_password(path: Path) -> str:
    """Return the first line of a password file.

    Raises:
        PasswordFileError: it cannot be read, is empty, or is not text.
    """
    try:
        with path.open("rb") as file:
            line = file.read(_MOST_PASSWORD_OCTETS).split(b"\n", 1)[0].rstrip(b"\r")
        password = line.decode("utf-8")
    except UnicodeDecodeError:
        raise PasswordFileError(f"the password file {path} is not UTF-8 text") from None
    except OSError as error:
        raise PasswordFileError(f"the password file {path} cannot be read: {error.strerror}") from error
    if not password:
        raise PasswordFileError(f"the password file {path} is empty; write the password into its first line")
    return password


def broker_settings(mqtt: MqttSection, *, client_id: str) -> BrokerSettings:
    """Return how to reach the gym's own broker.

    Raises:
        PasswordFileError: the password file cannot be used.
        BrokerSettingsInvalid: the settings contradict themselves.
    """
    password = None if mqtt.password_file is None else read_password(mqtt.password_file)
    return BrokerSettings(
        url=mqtt.url,
        username=mqtt.username,
        password=password,
        ca=mqtt.ca,
        cert=mqtt.cert,
        key=mqtt.key,
        client_id=client_id,
    )


def broker_beside(config: BoxConfig, data_dir: Path, *, client_id: str) -> BrokerSettings:
    """Return how a command reaches the broker of a box that runs.

    Raises:
        PasswordFileError: the password file cannot be used, or the built-in broker never ran.
        BrokerSettingsInvalid: the settings contradict themselves.
    """
    if not config.mqtt.embedded:
        return broker_settings(config.mqtt, client_id=client_id)
    login = remembered(data_dir / FOLDER)
    if login is None:
        raise PasswordFileError(f"the built-in broker has not run yet in {data_dir}; start gymbox run first")
    url, username, password = login
    return BrokerSettings(url=url, username=username, password=password, client_id=client_id)
