"""What a request must be, and what each certificate says (RFC 5280). Pure: keys and times are arguments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provisioning.identity.messages import alternative_name_of, common_name, name_of
from sync.cloud.est.refusal import EstRefusal, forbidden

BOX_DAYS: Final = 90
SERVER_DAYS: Final = 90
ROOT_DAYS: Final = 20 * 365
ISSUING_DAYS: Final = 10 * 365
# So that a clock that is a little behind takes it at once.
_BACKDATED: Final = timedelta(minutes=10)
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1)


def checked_key(request: x509.CertificateSigningRequest, gateway_id: str) -> ec.EllipticCurvePublicKey:
    """The key that a request is for, when it may have a certificate of this name.

    Raises:
        EstRefusal: 400 for a key that is none we take or a signature that does not prove it; 403 for
            another name.
    """
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
        raise EstRefusal(HTTPStatus.BAD_REQUEST, "The key must be an elliptic one, P-256 or P-384.")
    if not request.is_signature_valid:
        raise EstRefusal(HTTPStatus.BAD_REQUEST, "The request is not signed by the key that it names.")
    if common_name(request.subject) != gateway_id:
        raise forbidden("The request's common name is not who you are.")
    names = alternative_names(request)
    if names is not None and names != alternative_name_of(gateway_id):
        raise forbidden("The request has other names than urn:gym:gateway:<common name>.")
    return key


def alternative_names(
    what: x509.CertificateSigningRequest | x509.Certificate,
) -> x509.SubjectAlternativeName | None:
    """The other names in a request or a certificate; None without any.

    Raises:
        EstRefusal: 400 when the extensions cannot be read.
    """
    try:
        return what.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    except (ValueError, x509.DuplicateExtension) as error:
        raise EstRefusal(HTTPStatus.BAD_REQUEST, "The request's extensions cannot be read.") from error


def box_certificate(
    gateway_id: str,
    key: ec.EllipticCurvePublicKey,
    *,
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    """A box's certificate for `BOX_DAYS`, but never longer than the issuer's own."""
    names = alternative_name_of(gateway_id)
    made = _described(name_of(gateway_id), key, issuer, now, BOX_DAYS)
    made = made.add_extension(names, critical=False)
    return _leaf(made, ExtendedKeyUsageOID.CLIENT_AUTH).sign(issuer_key, hashes.SHA256())


def server_certificate(
    hosts: Iterable[str],
    key: ec.EllipticCurvePublicKey,
    *,
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    """The service's own certificate, for these names and addresses."""
    hosts = list(hosts)
    made = _described(name_of(hosts[0][:64]), key, issuer, now, SERVER_DAYS)
    made = made.add_extension(x509.SubjectAlternativeName([_host(each) for each in hosts]), critical=False)
    return _leaf(made, ExtendedKeyUsageOID.SERVER_AUTH).sign(issuer_key, hashes.SHA256())


def root_certificate(name: str, key: ec.EllipticCurvePrivateKey, *, now: datetime) -> x509.Certificate:
    """The root of an authority: what boxes are pinned to."""
    made = _named(_authority_name(name, "root"), None, key.public_key(), now, ROOT_DAYS)
    return _authority(made, path_length=1).sign(key, hashes.SHA256())


def issuing_certificate(
    name: str,
    key: ec.EllipticCurvePublicKey,
    *,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    """The certificate of the key that the service signs with; the root's key can then lie in a safe."""
    made = _described(_authority_name(name, "issuing"), key, root, now, ISSUING_DAYS)
    return _authority(made, path_length=0).sign(root_key, hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Revoked:
    """A certificate that no longer holds, since when, and why."""

    serial: int
    since: datetime
    reason: x509.ReasonFlags


def revocation_list(
    revoked: Iterable[Revoked],
    *,
    number: int,
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateRevocationList:
    """What is revoked, signed."""
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now - _BACKDATED)
        .next_update(now + lasts)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_key_identifier_of(issuer), critical=False)
    )
    for each in revoked:
        one = x509.RevokedCertificateBuilder().serial_number(each.serial).revocation_date(each.since)
        made = made.add_revoked_certificate(
            one.add_extension(x509.CRLReason(each.reason), critical=False).build()
        )
    return made.sign(issuer_key, hashes.SHA256())


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _authority_name(name: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{name} {role}"),
        ]
    )


def _described(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Certificate, now: datetime, days: int
) -> x509.CertificateBuilder:
    return _named(subject, issuer, key, now, days).add_extension(_key_identifier_of(issuer), critical=False)


def _named(
    subject: x509.Name,
    issuer: x509.Certificate | None,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    until = now + timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(until if issuer is None else min(until, issuer.not_valid_after_utc))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _leaf(made: x509.CertificateBuilder, usage: x509.ObjectIdentifier) -> x509.CertificateBuilder:
    return (
        made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    )


def _authority(made: x509.CertificateBuilder, *, path_length: int) -> x509.CertificateBuilder:
    return made.add_extension(
        x509.BasicConstraints(ca=True, path_length=path_length), critical=True
    ).add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_identifier_of(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    found = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found)
