"""What kind of trouble there is with a broker, so that a page can say what to do about it. Pure."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

BrokerCause = Literal[
    "address",
    "name",
    "unreachable",
    "not-encrypted",
    "other-name",
    "expired",
    "not-trusted",
    "login",
    "other",
]
CAUSES: Final[tuple[BrokerCause, ...]] = get_args(BrokerCause)

# By what the reason of a link says; the first that fits.
_SAID: Final[Mapping[str, BrokerCause]] = {
    "cannot be resolved": "name",
    "mismatch": "other-name",
    "certificate has expired": "expired",
    "its certificate is not trusted": "not-trusted",
    "no TLS connection": "not-encrypted",
    "refused the login": "login",
    "no connection within": "unreachable",
    "did not answer": "unreachable",
    "Connection refused": "unreachable",
    "No route to host": "unreachable",
    "Network is unreachable": "unreachable",
}


def cause_of(reason: str) -> BrokerCause:
    """Return what kind of trouble a link's reason tells of; `other` when it is none of those."""
    return next((cause for said, cause in _SAID.items() if said in reason), "other")
