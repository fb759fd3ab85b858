from itertools import permutations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given
from hypothesis import strategies as st

from provisioning.identity.certs_only import certificates_in
from tests.unit.provisioning.identity.issuer import Issuer, new_key

_ISSUER = Issuer()
CERTIFICATES = [_ISSUER.root, *(_ISSUER.issue(new_key().public_key()) for _ in range(2))]
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
# Version 1, no digests, nothing enclosed; after the certificates: no signers.
BEFORE, AFTER = bytes.fromhex("0201013100300b06092a864886f70d010701"), bytes.fromhex("3100")
OURS = pkcs7.serialize_certificates(CERTIFICATES, Encoding.DER)


def closed(tag: int, content: bytes) -> bytes:
    """An element whose length is told, in four bytes: more than DER would take."""
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content


def opened(tag: int, content: bytes) -> bytes:
    """An element that goes on until it ends, as BER allows."""
    return bytes([tag, 0x80]) + content + b"\0\0"


def message(wrap: list[bool], certificates: list[x509.Certificate]) -> bytes:
    """A certs-only message; `wrap` says for each of its four layers whether its length is open."""
    (inner, data, explicit, outer) = (opened if each else closed for each in wrap)
    given_in = inner(0xA0, b"".join(each.public_bytes(Encoding.DER) for each in certificates))
    return outer(0x30, SIGNED_DATA + explicit(0xA0, data(0x30, BEFORE + given_in + AFTER)))


def test_what_the_library_writes_is_read() -> None:
    assert set(certificates_in(OURS)) == set(CERTIFICATES)


def test_a_set_may_come_in_any_order() -> None:
    """DER wants it sorted; GlobalSign's server does not sort."""
    for certificates in permutations(CERTIFICATES):
        assert certificates_in(message([False] * 4, [*certificates])) == [*certificates]


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_lengths_may_be_open(wrap: list[bool]) -> None:
    assert certificates_in(message(wrap, CERTIFICATES)) == CERTIFICATES


@given(st.integers(0, len(OURS) - 1), st.binary(min_size=0, max_size=4), st.integers(0, 4))
def test_a_damaged_message_is_refused_or_read_but_never_more(at: int, put: bytes, left_out: int) -> None:
    damaged = OURS[:at] + put + OURS[at + left_out :]
    try:
        found = certificates_in(damaged)
    except ValueError:
        return
    assert found


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        OURS[:-1],
        OURS + b"\0\0",
        message([False] * 4, []),
        b"\x30\x80" * 100_000,
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x89" + b"\x01" * 9,
        b"\x04\x80\0\0",
        closed(0x30, SIGNED_DATA + closed(0xA0, closed(0x30, BEFORE + AFTER))),
        closed(0x30, b"\x06\x01\x2a" + closed(0xA0, closed(0x30, BEFORE + AFTER))),
    ],
)
def test_no_message_is_none(broken: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller tells the person, in words of its own
        certificates_in(broken)
