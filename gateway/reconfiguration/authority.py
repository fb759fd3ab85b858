"""Certificates of an authority of the gym's own, as somebody pastes them. Pure."""

import re
import ssl
from typing import Final

_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----")
_PRIVATE: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


class AuthorityRefused(ValueError):  # noqa: N818 - named by what happened
    """This is no certificate to trust; the text says why and what to give instead."""


def certificates_in(text: str) -> str:
    """Return the PEM certificates of a text, and nothing else of it.

    Raises:
        AuthorityRefused: there is none, one is damaged, or a private key stands beside them.
    """
    if _PRIVATE.search(text):
        raise AuthorityRefused(
            "This holds a private key, which belongs to the authority alone. "
            "Give its certificate, often ca.crt."
        )
    found = _CERTIFICATE.findall(text)
    if not found:
        raise AuthorityRefused(
            "This is no certificate in PEM form. Give the file that begins with -----BEGIN CERTIFICATE-----, "
            "often ca.crt or ca.pem."
        )
    pem = "\n".join(found) + "\n"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError) as error:
        raise AuthorityRefused("The certificate is damaged. Copy the whole file once more.") from error
    return pem
