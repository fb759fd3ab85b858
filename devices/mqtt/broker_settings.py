"""Where the broker is and how to prove who we are."""

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class BrokerSettingsInvalid(ValueError):  # noqa: N818 - reads as what it says
    """The settings contradict themselves or name files that cannot be used."""


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """One broker.

    `url`: `mqtt://host[:port]` or `mqtts://host[:port]`. `ca`, `cert`, `key`: PEM files, for mqtts
    only; without `ca` the system's authorities are trusted. A password is never part of the URL.

    Raises:
        BrokerSettingsInvalid: says which setting and why.
    """

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    client_id: str = "gymbox"

    def __post_init__(self) -> None:
        _check_url(self._parts)
        if not self.tls and (self.ca or self.cert or self.key):
            raise BrokerSettingsInvalid(
                "ca, cert and key are for mqtts:// only; this url is mqtt://, unencrypted"
            )
        if self.key and not self.cert:
            raise BrokerSettingsInvalid("a key needs its cert")
        if self.password is not None and self.username is None:
            raise BrokerSettingsInvalid("a password needs a username")
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", self.client_id):
            raise BrokerSettingsInvalid(
                "client_id must be 1 to 64 letters, digits, '.', '_' or '-', because it is part of a topic"
            )

    @property
    def host(self) -> str:
        """Name or address of the broker."""
        return self._parts.hostname or ""

    @property
    def port(self) -> int:
        """TCP port: 1883, or 8883 with TLS, unless the URL says otherwise."""
        return self._parts.port or _PORTS[self._parts.scheme]

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted; there is no way back from yes."""
        return self._parts.scheme == "mqtts"

    def tls_context(self) -> ssl.SSLContext:
        """Verify the broker's certificate and name, and show ours.

        Raises:
            BrokerSettingsInvalid: a file is missing or is not what it should be.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except OSError as error:  # includes ssl.SSLError
            raise BrokerSettingsInvalid(
                f"cannot use the CA file {self.ca}: {error.strerror or error}"
            ) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert:
            try:
                # An encrypted key would make OpenSSL ask on the terminal; there is nobody to answer.
                context.load_cert_chain(self.cert, self.key, password="")
            except OSError as error:
                raise BrokerSettingsInvalid(
                    f"cannot use the certificate {self.cert} with the key {self.key or self.cert}: "
                    f"{error.strerror or error}"
                ) from error
        return context

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)


def _check_url(parts: SplitResult) -> None:
    # The URL itself is not repeated in an error: it may hold the password that it must not hold.
    if parts.username is not None or parts.password is not None:
        raise BrokerSettingsInvalid("the url holds a login; give username and password apart from it")
    if parts.scheme not in _PORTS:
        raise BrokerSettingsInvalid("the url must begin with mqtt:// or mqtts://")
    try:
        port = parts.port
    except ValueError as error:
        raise BrokerSettingsInvalid("the url's port is not a number from 1 to 65535") from error
    if not parts.hostname or port == 0:
        raise BrokerSettingsInvalid("the url names no host, or port 0")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise BrokerSettingsInvalid("the url must end after host and port")
