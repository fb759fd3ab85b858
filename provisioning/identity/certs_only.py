"""Certificates out of a certs-only message (PKCS#7 SignedData, RFC 5652), as other servers write it. Pure.

Ours are written by the library. It reads DER alone and warns that it will soon take nothing else; servers of
others leave the set of certificates as it was given (GlobalSign's) or open lengths (Bouncy Castle's).
The certificates within are signed and therefore DER.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from cryptography import x509

_SEQUENCE: Final = 0x30
_FIRST_CONTEXT: Final = 0xA0
_CONSTRUCTED: Final = 0x20
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_END: Final = b"\0\0"
_OPEN: Final = 0x80
_MOST_LENGTH_BYTES: Final = 4
_MOST_NESTED: Final = 32


class _Element(NamedTuple):
    tag: int
    whole: bytes
    content: bytes


def certificates_in(message: bytes) -> list[x509.Certificate]:
    """The certificates of a message, in its order.

    Raises:
        ValueError: it is no such message, or holds none.
    """
    kind, wrapped = _children(_only(message, _SEQUENCE), 2)
    if kind.whole != _SIGNED_DATA or wrapped.tag != _FIRST_CONTEXT:
        raise ValueError("no SignedData")
    fields = list(_elements(_only(wrapped.content, _SEQUENCE)))
    given = next((each for each in fields if each.tag == _FIRST_CONTEXT), None)
    if given is None:
        raise ValueError("no certificates")
    found = [
        x509.load_der_x509_certificate(each.whole)
        for each in _elements(given.content)
        if each.tag == _SEQUENCE
    ]
    if not found:
        raise ValueError("no certificates")
    return found


def _only(data: bytes, tag: int) -> bytes:
    (found,) = _children(data, 1)
    if found.tag != tag:
        raise ValueError("another element was expected")
    return found.content


def _children(data: bytes, count: int) -> list[_Element]:
    found = list(_elements(data))
    if len(found) != count:
        raise ValueError("more or fewer elements than expected")
    return found


def _elements(data: bytes) -> Iterator[_Element]:
    at = 0
    while at < len(data):
        element, at = _element(data, at, _MOST_NESTED)
        yield element


def _element(data: bytes, at: int, nested: int) -> tuple[_Element, int]:
    """The element at a place, and where the next one begins. Tags of several bytes stand nowhere here."""
    if at + 2 > len(data) or nested == 0:
        raise ValueError("the message ends too early, or never")
    tag, length, begins = data[at], data[at + 1], at + 2
    if length == _OPEN:
        if not tag & _CONSTRUCTED:
            raise ValueError("only what is made of others has an open length")
        ends = _end_of_open(data, begins, nested)
        return _Element(tag, data[at : ends + len(_END)], data[begins:ends]), ends + len(_END)
    if length > _OPEN:
        count = length - _OPEN
        if count > _MOST_LENGTH_BYTES:
            raise ValueError("an element is too long")
        length = int.from_bytes(data[begins : begins + count], "big")
        begins += count
    ends = begins + length
    if ends > len(data):
        raise ValueError("the message ends too early")
    return _Element(tag, data[at:ends], data[begins:ends]), ends


def _end_of_open(data: bytes, at: int, nested: int) -> int:
    while data[at : at + len(_END)] != _END:
        _, at = _element(data, at, nested - 1)
    return at
