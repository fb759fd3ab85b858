"""Where the cloud is, and how the box shows who it is. Verification of the service cannot be turned off."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_MOST_TOKEN_OCTETS: Final = 1024


class CredentialsUnusable(Exception):  # noqa: N818 - named by what happened
    """The address or a file cannot be used; the text says which, why, and never what it holds."""


@dataclass(frozen=True, slots=True)
class CloudAddress:
    """The service, and the files that are read anew for every connection: they may be renewed meanwhile.

    Attributes:
        url: `https://host[:port][/path]`.
        ca: PEM file of the authority that signed the service's certificate; None trusts the system's.
        cert: PEM file of the box's own certificate.
        key: PEM file of its key.
        token_file: File whose first line is the box's token, where it has no certificate.

    Raises:
        CredentialsUnusable: The url is none, or cert and key do not come together.
    """

    url: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    token_file: Path | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" or not parts.hostname or parts.username is not None:
            raise CredentialsUnusable(
                "the cloud's url must begin with https://, name a host, and hold no login"
            )
        if (self.cert is None) != (self.key is None):
            raise CredentialsUnusable("the cloud's cert and key belong together")

    @property
    def root(self) -> str:
        """The url without a slash at its end."""
        return self.url.rstrip("/")

    def stamp(self) -> tuple[tuple[int, int] | None, ...]:
        """Another one when a file is another one: then a connection that is open shows an old identity."""
        return tuple(
            None if path is None else _file_stamp(path)
            for path in (self.ca, self.cert, self.key, self.token_file)
        )

    def tls(self) -> ssl.SSLContext:
        """Verify the service's certificate and name, and show ours.

        Raises:
            CredentialsUnusable: A file is missing or is not what it should be.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except OSError as error:  # includes ssl.SSLError
            raise CredentialsUnusable(
                f"[cloud] ca: {self.ca} cannot be used: {error.strerror or error}"
            ) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert and self.key:
            try:
                # An encrypted key would make OpenSSL ask on the terminal; there is nobody to answer.
                context.load_cert_chain(self.cert, self.key, password="")
            except OSError as error:
                raise CredentialsUnusable(
                    f"[cloud] cert {self.cert} with key {self.key} cannot be used: {error.strerror or error}"
                ) from error
        return context

    def headers(self) -> dict[str, str]:
        """What tells the service who asks.

        Raises:
            CredentialsUnusable: The token file cannot be read or holds no token.
        """
        if self.token_file is None:
            return {}
        try:
            with self.token_file.open("rb") as file:
                token = file.read(_MOST_TOKEN_OCTETS).split(b"\n", 1)[0].strip()
        except OSError as error:
            raise CredentialsUnusable(
                f"[cloud] token_file: {self.token_file} cannot be read: {error.strerror or error}"
            ) from error
        if not token or not token.isascii() or not token.decode("ascii").isprintable() or b" " in token:
            raise CredentialsUnusable(
                f"[cloud] token_file: {self.token_file} holds no token in its first line"
            )
        return {"Authorization": f"Bearer {token.decode('ascii')}"}


def _file_stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:  # whoever reads it says why
        return None
    return found.st_ino, found.st_mtime_ns
