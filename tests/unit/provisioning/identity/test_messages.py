import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from provisioning.identity import messages
from tests.unit.provisioning.identity.issuer import Issuer, new_key

# SignedData without signers and without certificates.
EMPTY = "302306092a864886f70d010702a01630140201013100300b06092a864886f70d0107013100"


@given(st.binary(max_size=300), st.integers(1, 80))
def test_a_body_is_read_however_its_lines_are_broken(der: bytes, width: int) -> None:
    """RFC 8951, 3.1: line breaks are taken, none are written."""
    wire = messages.to_wire(der)
    assert b"\n" not in wire
    broken = b"\r\n".join(wire[start : start + width] for start in range(0, len(wire), width))
    assert messages.from_wire(broken + b"\n") == der


@given(st.binary(max_size=200))
def test_no_body_does_more_than_be_refused(body: bytes) -> None:
    for read in (messages.from_wire, messages.read_request, messages.read_certificates):
        try:
            read(body)
        except messages.MessageBroken:
            continue


def test_a_request_proves_the_key_and_names_the_box() -> None:
    key = new_key()
    request = messages.read_request(messages.to_wire(messages.make_request(key, "box-1")))
    assert request.is_signature_valid
    assert messages.common_name(request.subject) == "box-1"
    (names,) = request.extensions
    assert names.value == messages.alternative_name_of("box-1")
    assert names.value.get_values_for_type(x509.UniformResourceIdentifier) == ["urn:gym:gateway:box-1"]


def test_certificates_come_back() -> None:
    issuer = Issuer()
    sent = [issuer.root, issuer.issue(new_key().public_key())]
    assert set(messages.read_certificates(messages.write_certificates(sent))) == set(sent)


def test_a_message_without_certificates_is_none() -> None:
    with pytest.raises(messages.MessageBroken, match="certs-only"):
        messages.read_certificates(messages.to_wire(bytes.fromhex(EMPTY)))


def test_a_name_is_one_or_none() -> None:
    twice = x509.Name([*messages.name_of("a"), *messages.name_of("b")])
    found = [messages.common_name(each) for each in (messages.name_of("a"), twice, x509.Name([]))]
    assert found == ["a", None, None]


def test_the_fingerprint_is_of_the_key_alone() -> None:
    key = new_key().public_key()
    again = Issuer().issue(key).public_key()
    assert isinstance(again, ec.EllipticCurvePublicKey)
    assert messages.fingerprint(key) == messages.fingerprint(again)
    assert len(messages.fingerprint(key)) == 64
