"""What a request must be and what each certificate says, as a strict reader of RFC 5280 sees them."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from ipaddress import ip_address
from typing import TypeVar

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provisioning.identity.messages import alternative_name_of, make_request, name_of
from sync.cloud.est.profile import (
    BOX_DAYS,
    ISSUING_DAYS,
    ROOT_DAYS,
    SERVER_DAYS,
    Revoked,
    alternative_names,
    box_certificate,
    checked_key,
    issuing_certificate,
    revocation_list,
    root_certificate,
    server_certificate,
)
from sync.cloud.est.refusal import EstRefusal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLACK = timedelta(minutes=10)
ROOT_KEY, ISSUING_KEY, BOX_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
ROOT = root_certificate("Gym", ROOT_KEY, now=NOW)
ISSUING = issuing_certificate("Gym", ISSUING_KEY.public_key(), root=ROOT, root_key=ROOT_KEY, now=NOW)


def box(now: datetime = NOW) -> x509.Certificate:
    return box_certificate("box-1", BOX_KEY.public_key(), issuer=ISSUING, issuer_key=ISSUING_KEY, now=now)


def server(*hosts: str) -> x509.Certificate:
    return server_certificate(hosts, BOX_KEY.public_key(), issuer=ISSUING, issuer_key=ISSUING_KEY, now=NOW)


def request(
    key: object = BOX_KEY, subject: x509.Name | None = None, *names: x509.GeneralName
) -> x509.CertificateSigningRequest:
    made = x509.CertificateSigningRequestBuilder().subject_name(
        name_of("box-1") if subject is None else subject
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signed_with = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return made.sign(key, signed_with)  # type: ignore[arg-type]


def common(*names: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names])


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_a_request_of_a_box_for_itself_is_taken(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    asked = x509.load_der_x509_csr(make_request(key, "box-1"))
    assert checked_key(asked, "box-1") == key.public_key()
    assert checked_key(request(key), "box-1") == key.public_key(), "also without another name"


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP521R1()),
        ec.generate_private_key(ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-521", "K-256", "Ed25519", "RSA"],
)
def test_any_other_key_is_not(key: object) -> None:
    with pytest.raises(EstRefusal) as refused:
        checked_key(request(key), "box-1")
    assert (refused.value.status, refused.value.text) == (
        HTTPStatus.BAD_REQUEST,
        "The key must be an elliptic one, P-256 or P-384.",
    )


def test_a_request_that_somebody_else_signed_proves_nothing() -> None:
    good = make_request(BOX_KEY, "box-1")
    forged = x509.load_der_x509_csr(good.replace(b"box-1", b"box-2"))
    with pytest.raises(EstRefusal) as refused:
        checked_key(forged, "box-2")
    assert refused.value.status == HTTPStatus.BAD_REQUEST
    assert "signed by the key that it names" in refused.value.text


@pytest.mark.parametrize(
    "subject", [common("box-2"), common("BOX-1"), common("box-1", "box-1"), x509.Name([]), common("box-1 ")]
)
def test_another_name_than_ones_own_is_forbidden(subject: x509.Name) -> None:
    with pytest.raises(EstRefusal) as refused:
        checked_key(request(BOX_KEY, subject), "box-1")
    assert refused.value.status == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "names",
    [
        (x509.DNSName("box-1"),),
        (x509.UniformResourceIdentifier("urn:gym:gateway:box-2"),),
        (x509.UniformResourceIdentifier("urn:gym:gateway:box-1"), x509.DNSName("cloud.example")),
    ],
)
def test_other_alternative_names_are_forbidden(names: tuple[x509.GeneralName, ...]) -> None:
    with pytest.raises(EstRefusal) as refused:
        checked_key(request(BOX_KEY, None, *names), "box-1")
    assert refused.value.status == HTTPStatus.FORBIDDEN
    assert "urn:gym:gateway:" in refused.value.text


def test_alternative_names_are_read_where_there_are_any() -> None:
    assert alternative_names(request()) is None
    assert alternative_names(ROOT) is None
    assert alternative_names(box()) == alternative_name_of("box-1")


Kind = TypeVar("Kind", bound=x509.ExtensionType)


def extension(of: x509.Certificate, kind: type[Kind]) -> tuple[Kind, bool]:
    found = of.extensions.get_extension_for_class(kind)
    return found.value, found.critical


def usages(of: x509.Certificate) -> set[str]:
    usage, critical = extension(of, x509.KeyUsage)
    assert critical
    names = ("digital_signature", "key_cert_sign", "crl_sign", "key_encipherment", "key_agreement")
    return {name for name in names if getattr(usage, name)}


@pytest.mark.parametrize(
    ("made", "usage"),
    [(box(), ExtendedKeyUsageOID.CLIENT_AUTH), (server("cloud.example"), ExtendedKeyUsageOID.SERVER_AUTH)],
    ids=["box", "server"],
)
def test_a_leaf_signs_for_itself_alone_and_for_one_side_of_tls(
    made: x509.Certificate, usage: x509.ObjectIdentifier
) -> None:
    basic, critical = extension(made, x509.BasicConstraints)
    assert (basic.ca, basic.path_length, critical) == (False, None, True)
    assert usages(made) == {"digital_signature"}
    assert list(extension(made, x509.ExtendedKeyUsage)[0]) == [usage]


@pytest.mark.parametrize(("made", "path"), [(ROOT, 1), (ISSUING, 0)], ids=["root", "issuing"])
def test_an_authority_signs_certificates_and_lists_and_nothing_else(
    made: x509.Certificate, path: int
) -> None:
    basic, critical = extension(made, x509.BasicConstraints)
    assert (basic.ca, basic.path_length, critical) == (True, path, True)
    assert usages(made) == {"key_cert_sign", "crl_sign"}
    with pytest.raises(x509.ExtensionNotFound):
        extension(made, x509.ExtendedKeyUsage)


def test_each_is_signed_by_the_one_above_and_says_by_which_key() -> None:
    for made, issuer in ((ROOT, ROOT), (ISSUING, ROOT), (box(), ISSUING), (server("x"), ISSUING)):
        made.verify_directly_issued_by(issuer)
        assert made.version is x509.Version.v3
        if made is not issuer:
            told = extension(made, x509.AuthorityKeyIdentifier)[0]
            assert told.key_identifier == extension(issuer, x509.SubjectKeyIdentifier)[0].digest
    with pytest.raises((ValueError, InvalidSignature)):
        box().verify_directly_issued_by(ROOT)


@pytest.mark.parametrize(
    ("made", "days"),
    [(box(), BOX_DAYS), (server("x"), SERVER_DAYS), (ISSUING, ISSUING_DAYS), (ROOT, ROOT_DAYS)],
)
def test_each_lasts_as_long_as_it_should_and_is_taken_by_a_clock_that_is_behind(
    made: x509.Certificate, days: int
) -> None:
    assert made.not_valid_before_utc == NOW - SLACK
    assert made.not_valid_after_utc == NOW + timedelta(days=days)


def test_nothing_outlives_its_issuer() -> None:
    late = NOW + timedelta(days=ISSUING_DAYS - 3)
    assert box(late).not_valid_after_utc == ISSUING.not_valid_after_utc
    assert box(late).not_valid_before_utc == late - SLACK


def test_serials_are_never_the_same_and_fit_into_twenty_octets() -> None:
    serials = {box().serial_number for _ in range(20)}
    assert len(serials) == 20
    assert all(0 < serial < 2**159 for serial in serials)


def test_a_server_is_named_by_hosts_and_addresses_each_as_what_it_is() -> None:
    made = server("cloud.example", "127.0.0.1", "::1")
    names, _ = extension(made, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == ["cloud.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("127.0.0.1"), ip_address("::1")]
    assert made.subject == name_of("cloud.example")
    long = "x" * 60 + ".example"
    assert server(long).subject == name_of(long[:64]), "a common name has 64 characters at most"


def test_a_revocation_list_tells_what_is_revoked_since_when_and_why() -> None:
    one = Revoked(7, NOW - timedelta(days=1), x509.ReasonFlags.key_compromise)
    two = Revoked(2**158, NOW, x509.ReasonFlags.cessation_of_operation)
    made = revocation_list(
        [one, two], number=12, issuer=ISSUING, issuer_key=ISSUING_KEY, now=NOW, lasts=timedelta(days=7)
    )
    assert made.is_signature_valid(ISSUING_KEY.public_key())
    assert not made.is_signature_valid(ROOT_KEY.public_key())
    assert (made.issuer, len(made)) == (ISSUING.subject, 2)
    assert made.last_update_utc == NOW - SLACK
    assert made.next_update_utc == NOW + timedelta(days=7)
    assert made.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 12
    for each in (one, two):
        found = made.get_revoked_certificate_by_serial_number(each.serial)
        assert found is not None
        assert found.revocation_date_utc == each.since
        assert found.extensions.get_extension_for_class(x509.CRLReason).value.reason is each.reason
    assert made.get_revoked_certificate_by_serial_number(8) is None


def test_a_list_of_nothing_is_one_too() -> None:
    made = revocation_list(
        [], number=1, issuer=ISSUING, issuer_key=ISSUING_KEY, now=NOW, lasts=timedelta(hours=1)
    )
    assert len(made) == 0
    assert made.is_signature_valid(ISSUING_KEY.public_key())
