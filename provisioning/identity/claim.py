"""What a person types to enrol a box: a claim and an address. Pure."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_MOST_SECRET: Final = 256


class ClaimInvalid(ValueError):  # noqa: N818 - named by what happened
    """This cannot be used to enrol; the text says what is wrong and what it should be."""


@dataclass(frozen=True, slots=True)
class Claim:
    """As whom a box enrols, and the one-time secret that lets it."""

    gateway_id: str
    secret: str

    def __repr__(self) -> str:
        """Says nothing of the secret: this ends up in logs."""
        return f"Claim({self.gateway_id}, secret hidden)"


def read_claim(text: str) -> Claim:
    """Read `ID:SECRET`.

    Raises:
        ClaimInvalid: it is none.
    """
    gateway_id, colon, secret = text.strip().partition(":")
    secret = secret.strip()
    if not colon or not _ID.fullmatch(gateway_id):
        raise ClaimInvalid("a claim is ID:SECRET, as `gymbox cloud gateways claim` prints it")
    if not secret or len(secret) > _MOST_SECRET or not secret.isascii() or not secret.isprintable():
        raise ClaimInvalid("the part of the claim after the colon is no secret; copy the whole line")
    return Claim(gateway_id, secret)


def read_url(text: str) -> str:
    """Read the address of a service; without a slash at its end.

    Raises:
        ClaimInvalid: it is none.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise ClaimInvalid("the address is none; it begins with https:// and names a host") from error
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or parts.query:
        raise ClaimInvalid("the address must begin with https://, name a host, and hold no login")
    return text.rstrip("/")


def read_ca(text: bytes) -> bytes:
    """Read the certificates of authorities, PEM; without anything else that stood beside them.

    Raises:
        ClaimInvalid: there is none.
    """
    try:
        found = x509.load_pem_x509_certificates(text)
    except ValueError as error:
        raise ClaimInvalid(
            "the authority must be a certificate in PEM: -----BEGIN CERTIFICATE-----"
        ) from error
    return b"".join(each.public_bytes(Encoding.PEM) for each in found)
