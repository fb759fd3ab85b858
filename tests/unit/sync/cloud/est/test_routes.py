"""Every row of what an EST server answers when something is wrong, and what it answers when nothing is."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.identity import messages
from sync.cloud.est.registration import WAIT_S
from sync.cloud.gateways import GatewayInfo
from tests.unit.sync.cloud.tls import Authority

from .conftest import Box, Service, leaf

Connect = Callable[..., Any]


async def test_a_claim_becomes_a_certificate_with_the_whole_profile(service: Service, box: Box) -> None:
    answer = await box.enroll(service.claim())
    made = leaf(answer)
    assert answer.headers["content-type"] == "application/pkcs7-mime; smime-type=certs-only"
    assert b"\n" not in answer.content
    assert made.public_key() == box.key.public_key()
    extensions = {each.oid._name: each for each in made.extensions}
    assert extensions["subjectAltName"].value == messages.alternative_name_of("box-1")
    assert extensions["basicConstraints"].value == x509.BasicConstraints(ca=False, path_length=None)
    assert extensions["keyUsage"].value.digital_signature
    assert [each._name for each in extensions["extendedKeyUsage"].value] == ["clientAuth"]
    assert "authorityKeyIdentifier" in extensions
    assert made.serial_number.bit_length() > 64
    assert (made.not_valid_after_utc - service.now).days == 90
    assert service.audited() == ["gateway.claim", "gateway.enrol"]


async def test_whom_to_trust_and_what_to_send_is_public(box: Box) -> None:
    answer = await box.client.get(f"{messages.WELL_KNOWN}/cacerts")
    names = {each.subject.rfc4514_string() for each in messages.read_certificates(answer.content)}
    assert names == {"CN=Test root,O=Test", "CN=Test issuing,O=Test"}
    asked = await box.client.get(f"{messages.WELL_KNOWN}/csrattrs")
    assert asked.headers["content-type"] == "application/csrattrs"
    assert messages.from_wire(asked.content) == messages.ATTRIBUTES


@pytest.mark.parametrize(
    "login", [None, ("box-1", "wrong"), ("box-2", None), ("nobody", "x"), ("", ""), ("box-1", "\ud800ä")]
)
async def test_no_credential_or_a_bad_claim_is_401(
    service: Service, box: Box, login: tuple[str, str | None] | None
) -> None:
    """Error table: no credential, bad claim."""
    secret = service.claim()[1]
    shown = None if login is None else (login[0], secret if login[1] is None else login[1])
    if shown is not None and not shown[1].isascii():
        answer = await box.enroll(None, Authorization="Basic " + "//4=")
    else:
        answer = await box.enroll(shown)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="est"'
    assert service.audited() == ["gateway.claim"]


async def test_a_claim_is_good_once_but_its_own_key_gets_its_answer_again(
    service: Service, connect: Connect
) -> None:
    """Error table: claim replay."""
    login, first, thief = service.claim(), await connect(), await connect()
    made = leaf(await first.enroll(login))
    assert leaf(await first.enroll(login)) == made
    assert (await thief.enroll(login)).status_code == 401
    assert service.audited()[-1] == "enrolment.second_key"


async def test_a_claim_expires(service: Service, box: Box) -> None:
    login = service.claim(expires_days=30)
    service.wait(days=30)
    assert (await box.enroll(login)).status_code == 401


async def test_a_newer_claim_ends_the_one_before(service: Service, box: Box) -> None:
    old, new = service.claim(), service.claim()
    assert (await box.enroll(old)).status_code == 401
    assert (await box.enroll(new)).status_code == 200


async def test_a_secret_may_be_typed_as_people_type(service: Service, box: Box) -> None:
    gateway_id, secret = service.claim()
    assert (await box.enroll((gateway_id, f" {secret.upper().replace('-', ' ')} "))).status_code == 200


async def test_another_name_than_the_claims_is_403(service: Service, box: Box) -> None:
    """Error table: CSR CN is not the claim's."""
    answer = await box.enroll(service.claim(), name="box-2")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/plain; charset=utf-8")


async def test_other_alternative_names_are_403(service: Service, box: Box) -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("cloud.test")])
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(messages.name_of("box-1"))
        .add_extension(names, critical=False)
        .sign(box.key, hashes.SHA256())
    )
    body = messages.to_wire(request.public_bytes(Encoding.DER))
    assert (await box.enroll(service.claim(), body=body)).status_code == 403


async def test_a_disabled_tenant_is_403(service: Service, box: Box) -> None:
    """Error table: tenant disabled."""
    login = service.claim()
    service.cloud.gateways.disable_tenant("tenant", disabled=True)
    assert (await box.enroll(login)).status_code == 403
    service.cloud.gateways.disable_tenant("tenant", disabled=False)
    assert (await box.enroll(login)).status_code == 200
    assert service.audited()[1:3] == ["tenant.disable", "tenant.enable"]


@pytest.mark.parametrize("kind", ["", "application/x-pem-file", "text/plain", "application/pkcs10x"])
async def test_another_content_type_is_415(service: Service, box: Box, kind: str) -> None:
    """Error table: wrong content type."""
    headers: dict[str, Any] = {"Content-Type": kind}
    assert (await box.enroll(service.claim(), **headers)).status_code == 415


@pytest.mark.parametrize("body", [b"", b"no base64!", b"AAAA", messages.to_wire(b"\x30\x03\x02\x01\x01")])
async def test_a_body_that_is_no_request_is_400(service: Service, box: Box, body: bytes) -> None:
    """Error table: CSR unparsable."""
    assert (await box.enroll(service.claim(), body=body)).status_code == 400


async def test_a_body_without_end_is_413(service: Service, box: Box) -> None:
    assert (await box.enroll(service.claim(), body=b"A" * 100_000)).status_code == 413


async def test_a_request_that_its_key_has_not_signed_is_400(service: Service, box: Box) -> None:
    """Error table: bad proof of possession."""
    der = bytearray(messages.make_request(box.key, "box-1"))
    der[-1] ^= 1
    assert (await box.enroll(service.claim(), body=messages.to_wire(bytes(der)))).status_code == 400


@pytest.mark.parametrize("kind", ["rsa", "p224"])
async def test_a_weak_key_is_400(service: Service, box: Box, kind: str) -> None:
    """Error table: weak key."""
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP224R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(messages.name_of("box-1"))
    der = request.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    assert (await box.enroll(service.claim(), body=messages.to_wire(der))).status_code == 400


async def test_who_needs_an_operator_waits_with_202_and_then_has_it(service: Service, box: Box) -> None:
    """Error table: waiting for an operator."""
    login = service.claim(approval=True)
    for _ in range(2):
        answer = await box.enroll(login)
        assert (answer.status_code, answer.headers["retry-after"]) == (202, str(WAIT_S))
    (waits,) = service.cloud.enrolments.pending()
    assert waits.key_fingerprint == messages.fingerprint(box.key.public_key())
    assert service.cloud.enrolments.pending(tenant_id="other") == []
    service.cloud.enrolments.approve("box-1", by="operator ana")
    assert leaf(await box.enroll(login)).public_key() == box.key.public_key()
    assert service.cloud.enrolments.pending() == []
    told = ["gateway.claim", "gateway.enrolment-waits", "gateway.approve", "gateway.enrol"]
    assert service.audited() == told


async def test_a_second_key_while_one_waits_is_409_and_told(service: Service, connect: Connect) -> None:
    login, first, second = service.claim(approval=True), await connect(), await connect()
    assert (await first.enroll(login)).status_code == 202
    assert (await second.enroll(login)).status_code == 409
    service.cloud.enrolments.approve("box-1")
    assert (await second.enroll(login)).status_code == 409
    assert (await first.enroll(login)).status_code == 200
    assert service.audited().count("enrolment.second_key") == 2


async def test_a_rejected_box_is_403(service: Service, box: Box) -> None:
    login = service.claim(approval=True)
    await box.enroll(login)
    service.cloud.enrolments.reject("box-1")
    assert (await box.enroll(login)).status_code == 403


async def test_wrong_claims_have_to_wait(service: Service, box: Box) -> None:
    login = service.claim()
    for _ in range(10):
        assert (await box.enroll(("box-1", "wrong"))).status_code == 401
    answer = await box.enroll(login)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("service", [{"IDENTITY__CA": "nowhere"}], indirect=True)
async def test_without_an_authority_it_is_503(service: Service, box: Box) -> None:
    """Error table: CA down."""
    answer = await box.enroll(service.claim())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert (await box.client.get(f"{messages.WELL_KNOWN}/cacerts")).status_code == 503
    assert (await box.client.get("/api/v1/crl")).status_code == 404


async def test_a_certificate_is_renewed_with_a_new_key(service: Service, connect: Connect, box: Box) -> None:
    first = leaf(await box.enroll(service.claim()))
    service.wait(days=60)
    renewing = await connect(first)
    wire = messages.to_wire(messages.make_request(renewing.key, "box-1"))
    second = leaf(await renewing.reenroll(wire))
    assert leaf(await renewing.reenroll(wire)) == second  # an answer may get lost
    assert (second.subject, second.public_key()) == (first.subject, renewing.key.public_key())
    assert second.not_valid_after_utc > first.not_valid_after_utc
    # The old one lets in until the new one was used.
    assert (await renewing.client.get("/api/v1/identity")).json()["gateway_id"] == "box-1"
    renewed = await connect(second)
    assert (await renewed.client.get("/api/v1/identity")).status_code == 200
    assert (await renewing.client.get("/api/v1/identity")).status_code == 403
    assert service.audited()[-1] == "gateway.renew"


async def test_what_is_renewed_keeps_its_name(service: Service, connect: Connect, box: Box) -> None:
    """Error table: subject change on re-enrol; and the key must be another one."""
    renewing = await connect(leaf(await box.enroll(service.claim())))
    other = messages.make_request(renewing.key, "box-2")
    plain = x509.CertificateSigningRequestBuilder().subject_name(messages.name_of("box-1"))
    nameless = plain.sign(renewing.key, hashes.SHA256()).public_bytes(Encoding.DER)
    same_key = messages.make_request(box.key, "box-1")
    answers = [await renewing.reenroll(messages.to_wire(der)) for der in (other, nameless, same_key)]
    assert [each.status_code for each in answers] == [403, 403, 400]


async def test_without_a_certificate_nothing_is_renewed(service: Service, box: Box) -> None:
    service.claim()
    answer = await box.reenroll(messages.to_wire(messages.make_request(box.key, "box-1")))
    assert answer.status_code == 401


@pytest.mark.parametrize("deed", ["revoke", "decommission"])
async def test_a_revoked_box_is_403_everywhere_on_a_kept_connection_too(
    service: Service, connect: Connect, box: Box, deed: str
) -> None:
    """Error table: cert revoked."""
    known = await connect(leaf(await box.enroll(service.claim())))
    assert (await known.client.get("/api/v1/identity")).status_code == 200
    getattr(service.cloud.gateways, deed)("box-1", by="operator ana")
    renewal = messages.to_wire(messages.make_request(known.key, "box-1"))
    assert (await known.reenroll(renewal)).status_code == 403
    assert (await known.client.get("/api/v1/identity")).status_code == 403
    reason = "key_compromise" if deed == "revoke" else "cessation_of_operation"
    assert [each.reason for each in service.cloud.enrolments.certificates("box-1")] == [reason]
    assert service.audited()[-1] == f"gateway.{deed}"


async def test_a_new_claim_lets_a_box_in_again_and_revokes_what_it_had(
    service: Service, connect: Connect, box: Box
) -> None:
    lost = await connect(leaf(await box.enroll(service.claim())))
    service.wait(days=1)
    again = await connect()
    found = await connect(leaf(await again.enroll(service.claim())))
    assert (await lost.client.get("/api/v1/identity")).status_code == 403
    assert (await found.client.get("/api/v1/identity")).status_code == 200
    assert [each.reason for each in service.cloud.enrolments.certificates("box-1")] == [None, "superseded"]


async def test_a_certificate_of_our_own_that_is_not_in_our_list_is_nobodys(
    service: Service, connect: Connect, box: Box
) -> None:
    made = leaf(await box.enroll(service.claim()))
    known = await connect(made)
    forged = type(known.peer)("box-1", known.peer.issuer, "1234", known.peer.der)
    assert (await (await connect(forged)).client.get("/api/v1/identity")).status_code == 401
    renamed = type(known.peer)("box-2", known.peer.issuer, known.peer.serial, known.peer.der)
    service.claim("box-2")
    assert (await (await connect(renamed)).client.get("/api/v1/identity")).status_code == 401


async def test_the_revocation_list_tells_who_was_sent_away_and_why(service: Service, box: Box) -> None:
    made = leaf(await box.enroll(service.claim()))

    async def fetched() -> x509.CertificateRevocationList:
        answer = await box.client.get("/api/v1/crl")
        assert answer.headers["content-type"] == "application/pkix-crl"
        return x509.load_der_x509_crl(answer.content)

    def number(found: x509.CertificateRevocationList) -> int:
        return found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number

    before = await fetched()
    assert (len(before), number(before)) == (0, 1)
    assert number(await fetched()) == 1
    service.cloud.gateways.revoke("box-1")
    after = await fetched()
    (revoked,) = after
    assert (revoked.serial_number, number(after)) == (made.serial_number, 2)
    reason = revoked.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.key_compromise
    issuing = next(
        each
        for each in messages.read_certificates(
            (await box.client.get(f"{messages.WELL_KNOWN}/cacerts")).content
        )
        if each.subject == after.issuer
    )
    key = issuing.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert after.is_signature_valid(key)
    service.wait(days=1)
    assert number(await fetched()) == 3
    service.wait(days=100)
    assert len(await fetched()) == 0  # it has ended by itself


async def test_a_decommissioned_box_never_comes_back(service: Service) -> None:
    service.claim()
    service.cloud.gateways.decommission("box-1")
    (listed,) = service.cloud.gateways.all()
    assert isinstance(listed, GatewayInfo)
    assert listed.decommissioned_at == listed.revoked_at == service.now
    with pytest.raises(Exception, match="decommissioned"):
        service.claim()


async def factory_box(connect: Connect, made: Authority, name: str) -> Box:
    """A box that shows what it brought from its factory."""
    box: Box = await connect(x509.load_pem_x509_certificate(made.issue(name)[0].read_bytes()))
    return box


@pytest.mark.parametrize("service", [{"IDENTITY__FACTORY_CA": "factory.pem"}], indirect=True)
async def test_a_certificate_of_the_factory_stands_for_the_secret(
    service: Service, connect: Connect, factory: Authority
) -> None:
    """RFC 7030, 3.3.2: TLS client authentication; an operator has made a claim for this id all the same."""
    made = await factory_box(connect, factory, "box-1")
    assert (await made.enroll()).status_code == 401
    service.claim()
    assert leaf(await made.enroll()).public_key() == made.key.public_key()
    assert (await made.client.get("/api/v1/identity")).status_code == 401  # good for enrolling alone
    again = await factory_box(connect, factory, "box-1")
    assert (await again.enroll()).status_code == 401  # once
    service.claim("box-2")
    assert (await again.enroll(name="box-2")).status_code == 403  # its own name alone
    stranger = Authority(factory.certificate.parent, "stranger")
    assert (await (await factory_box(connect, stranger, "box-2")).enroll(name="box-2")).status_code == 401


@pytest.mark.parametrize(
    "service",
    [
        {
            "IDENTITY__FACTORY_CA": "factory.pem",
            "SERVICE__CLIENT_CA": "gym.pem",
            "SERVICE__CERT": "ca/server.pem",
            "SERVICE__KEY": "ca/server.pem",
        }
    ],
    indirect=True,
)
async def test_beside_a_factory_an_authority_of_the_gym_still_names_boxes(
    service: Service, connect: Connect, factory: Authority, gym: Authority
) -> None:
    service.claim()
    answers = [
        (await (await factory_box(connect, made, "box-1")).client.get("/api/v1/identity")).status_code
        for made in (gym, factory)
    ]
    assert answers == [200, 401]
