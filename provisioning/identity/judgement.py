"""What an answer of an EST server means for the box, and when it asks again. Pure: no clock, no files.

answer                                    what the box does
200, a certificate that is ours and holds takes it
202 (an operator has to decide)           asks again with the same key and request, when it is told to
401 (claim unknown, used, expired)        asks a few times more, then stops: a person has to act
403, 404, 409                             stops: asking again will not help
400, 413, 415                             stops: one of the two programs has a fault
429, 5xx, silence                         comes again later, and later still
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from provisioning.identity.messages import (
    MessageBroken,
    common_name,
    fingerprint,
    from_wire,
    read_certificates,
)

MOST_WRONG: Final = 5
"""So often a claim may be called wrong before the box stops asking."""
WAIT_S: Final = 60.0
_LONGEST_WAIT_S: Final = 6 * 3600.0
_SHORTEST_WAIT_S: Final = 2.0
_MOST_TEXT: Final = 300
_MOST_STEPS: Final = 8
_SKEW: Final = timedelta(minutes=10)
_FAULTS: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
_SECP384R1: Final = bytes.fromhex("06052b81040022")
_SECP256R1: Final = bytes.fromhex("06082a8648ce3d030107")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, body, when to come again if it says so, and what is the time there."""

    status: int
    body: bytes
    retry_after_s: float | None = None
    server_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """Ours, and it holds: the certificate, then what leads to an anchor."""

    chain: list[x509.Certificate]


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again; `for_person` says whether somebody has to decide first."""

    after_s: float
    reason: str
    for_person: bool = False


@dataclass(frozen=True, slots=True)
class Wrong:
    """The credential does not hold."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Asking again will not help; a person has to act."""

    reason: str


Verdict = Issued | Wait | Wrong | Refused


def judge(
    answer: Answer,
    key: ec.EllipticCurvePublicKey,
    gateway_id: str,
    anchors: Sequence[x509.Certificate],
    *,
    now: datetime | None,
    backoff_s: float,
) -> Verdict:
    """Say what an answer to a request for a certificate means.

    Args:
        answer: to `simpleenroll` or `simplereenroll`.
        key: that the certificate must be for.
        gateway_id: that it must name.
        anchors: one of which it must lead to.
        now: None when no clock can be believed; then nothing is judged by time.
        backoff_s: how long to wait where the answer does not say.
    """
    said = _text(answer.body)
    if answer.status == HTTPStatus.OK:
        return _certificate(answer.body, key, gateway_id, anchors, now)
    if answer.status == HTTPStatus.ACCEPTED:
        after_s = _bounded(answer.retry_after_s, WAIT_S)
        return Wait(after_s, said or "an operator has to let this box in", for_person=True)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return Wrong(said or "the service does not take this claim")
    if answer.status in _FAULTS:
        return Refused(f"the service cannot read the request ({answer.status}): {said}")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        why = f"the service cannot answer now ({answer.status}): {said}"
        return Wait(max(_bounded(answer.retry_after_s, 0.0), backoff_s), why)
    return Refused(f"the service refuses ({answer.status}): {said}")


def anchors_of(answer: Answer) -> list[x509.Certificate]:
    """Whom the service says to trust.

    Raises:
        MessageBroken: it does not say.
    """
    if answer.status != HTTPStatus.OK:
        raise MessageBroken(f"no EST service answers here ({answer.status}); check the address")
    return read_certificates(answer.body)


def wanted_curve(answer: Answer) -> ec.EllipticCurve:
    """The curve that the service asks for among those that we have; P-256 when it does not mind."""
    if answer.status == HTTPStatus.OK:
        try:
            attributes = from_wire(answer.body)
        except MessageBroken:
            attributes = b""
        if _SECP384R1 in attributes and _SECP256R1 not in attributes:
            return ec.SECP384R1()
    return ec.SECP256R1()


def renewal_at(certificate: x509.Certificate) -> datetime:
    """When to ask for the next certificate: after two thirds of its life, and up to a thirtieth later.

    How much later comes from the key, so that a fleet that was set up on one day does not come on one day.
    """
    begins, life = certificate.not_valid_before_utc, _life(certificate)
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)  # noqa: S101 - `judge` takes no other
    share = int(fingerprint(key)[:8], 16) / 2**32
    return begins + life * 2 / 3 + life / 30 * share


def is_believable(now: datetime, certificate: x509.Certificate, *, built_at: datetime) -> bool:
    """Whether a clock can be right: it may not be before this program, nor before the box was enrolled."""
    return now >= built_at and now + _SKEW >= certificate.not_valid_before_utc


def _certificate(
    body: bytes,
    key: ec.EllipticCurvePublicKey,
    gateway_id: str,
    anchors: Sequence[x509.Certificate],
    now: datetime | None,
) -> Issued | Refused:
    try:
        found = read_certificates(body)
        ours = next((each for each in found if each.public_key() == key), None)
    except (MessageBroken, ValueError, UnsupportedAlgorithm) as error:
        return Refused(f"the service sent no certificate: {error}")
    if ours is None:
        return Refused("the certificate that the service sent is for another key")
    chain = _chain(ours, found, anchors)
    holds = now is None or ours.not_valid_before_utc - _SKEW <= now < ours.not_valid_after_utc
    faults = {
        "has another name": common_name(ours.subject) != gateway_id,
        "is not for clients (extended key usage)": not _is_for_clients(ours),
        "does not hold at this time; check the clock": _life(ours) <= timedelta(0) or not holds,
        "does not lead to the service's own authority": chain is None,
    }
    if fault := next((text for text, is_so in faults.items() if is_so), None):
        return Refused(f"the certificate that the service sent {fault}")
    return Issued(chain or [])


def _chain(
    leaf: x509.Certificate, between: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]
) -> list[x509.Certificate] | None:
    """The leaf and what leads to an anchor that signed itself; None when nothing does."""
    chain = [leaf]
    for _ in range(_MOST_STEPS):
        last = chain[-1]
        if last in anchors and last.issuer == last.subject:
            return chain[:-1]
        above = next(
            (each for each in (*anchors, *between) if each not in chain and _signed(last, each)), None
        )
        if above is None:  # an anchor need not have signed itself
            return chain if last in anchors else None
        chain.append(above)
    return None


def _signed(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
        constraints = above.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return constraints.ca


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage


def _life(certificate: x509.Certificate) -> timedelta:
    return certificate.not_valid_after_utc - certificate.not_valid_before_utc


def _bounded(seconds: float | None, otherwise_s: float) -> float:
    return otherwise_s if seconds is None else min(max(seconds, _SHORTEST_WAIT_S), _LONGEST_WAIT_S)


def _text(body: bytes) -> str:
    """What the server says, if it says it in words; without the full stop, as our own words go on."""
    text = " ".join(body[: 4 * _MOST_TEXT].decode(errors="replace").split())
    return "".join(letter for letter in text if letter.isprintable())[:_MOST_TEXT].rstrip(".")
