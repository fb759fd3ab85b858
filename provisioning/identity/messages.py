"""What EST carries, as bytes and as objects: requests and certificates. Pure.

RFC 7030 wrote `Content-Transfer-Encoding: base64`; RFC 8951 has every body in base64 and that header ignored.
Line breaks are taken, none are written.
"""

import base64
import binascii
import hashlib
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs7
from cryptography.x509.oid import NameOID

from provisioning.identity.certs_only import certificates_in

WELL_KNOWN: Final = "/.well-known/est"
REQUEST_TYPE: Final = "application/pkcs10"
CERTIFICATES_TYPE: Final = "application/pkcs7-mime"
ATTRIBUTES_TYPE: Final = "application/csrattrs"
# CsrAttrs (RFC 8951, 3.3): the curve P-256 for the key and ecdsa-with-SHA256 for the signature.
ATTRIBUTES: Final = bytes.fromhex("3021301506072a8648ce3d0201310a06082a8648ce3d03010706082a8648ce3d040302")
_URN: Final = "urn:gym:gateway:"


class MessageBroken(ValueError):  # noqa: N818 - named by what happened
    """These bytes are not what they should be; the text says what they are not."""


def to_wire(der: bytes) -> bytes:
    """DER as the body of an EST message."""
    return base64.b64encode(der)


def from_wire(body: bytes) -> bytes:
    """The DER in the body of an EST message.

    Raises:
        MessageBroken: it is not base64.
    """
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MessageBroken("the body is not base64") from error


def name_of(gateway_id: str) -> x509.Name:
    """The subject of a box's certificate: its id as the one common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, gateway_id)])


def alternative_name_of(gateway_id: str) -> x509.SubjectAlternativeName:
    """Its other name, `urn:gym:gateway:<id>`."""
    return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(_URN + gateway_id)])


def common_name(subject: x509.Name) -> str | None:
    """The one common name of a subject; None when it has none, or several."""
    found = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if len(found) == 1 else None


def fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """What a person compares: the SHA-256 of a public key (SubjectPublicKeyInfo), 64 hex digits."""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def make_request(key: ec.EllipticCurvePrivateKey, gateway_id: str) -> bytes:
    """A certification request (PKCS#10, DER), signed by the key as proof that we have it."""
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(name_of(gateway_id))
        .add_extension(alternative_name_of(gateway_id), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def read_request(body: bytes) -> x509.CertificateSigningRequest:
    """The request in the body of a message; its signature is not looked at here.

    Raises:
        MessageBroken: it is none.
    """
    try:
        return x509.load_der_x509_csr(from_wire(body))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MessageBroken("the body is no certification request (PKCS#10)") from error


def write_certificates(certificates: list[x509.Certificate]) -> bytes:
    """Certificates as a certs-only message."""
    return to_wire(pkcs7.serialize_certificates(certificates, Encoding.DER))


def read_certificates(body: bytes) -> list[x509.Certificate]:
    """The certificates in the body of a message, in no order that means anything.

    Raises:
        MessageBroken: there are none.
    """
    try:
        return certificates_in(from_wire(body))
    except ValueError as error:
        raise MessageBroken("the answer is no certs-only message (PKCS#7) with a certificate") from error
