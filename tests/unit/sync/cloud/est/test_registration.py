"""Claims and certificates on both databases, and what happens when two ask at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.identity import messages
from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.est.authority import AuthorityUnavailable, AuthorityWaits
from sync.cloud.est.enrolments import Enrolments, EnrolmentUnknown
from sync.cloud.est.files import FileAuthority
from sync.cloud.est.refusal import EstRefusal
from sync.cloud.est.registration import Registration
from sync.cloud.est.revocation import RevocationLists
from sync.cloud.gateways import GatewayRevoked, Gateways, GatewayUnknown, Identity
from sync.cloud.server import peer_of
from tests.unit.sync.cloud.est.conftest import BEGIN


@dataclass
class Slow:
    """An authority during whose work something else happens, or that does not work."""

    authority: FileAuthority
    meanwhile: Callable[[], object] = lambda: None

    def anchors(self) -> Sequence[x509.Certificate]:
        return self.authority.anchors()

    def issue(self, request: x509.CertificateSigningRequest, now: datetime) -> Sequence[x509.Certificate]:
        self.meanwhile()
        return self.authority.issue(request, now)


class Parts:
    """Everything about identity between the routes and the database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.now = BEGIN
        self.database = database
        self.authority = Slow(FileAuthority(folder))
        self.enrolments = Enrolments(database, clock=self.clock)
        self.registration = Registration(database, self.authority, clock=self.clock)
        self.gateways = Gateways(database, clock=self.clock)
        self.lists = RevocationLists(database, self.authority.authority, clock=self.clock)

    def clock(self) -> datetime:
        return self.now

    def claim(self, box: str = "box", *, approval: bool = False) -> None:
        self.enrolments.claim(box, gym_id="gym", tenant_id="tenant", approval=approval)


def request(box: str = "box") -> x509.CertificateSigningRequest:
    key = ec.generate_private_key(ec.SECP256R1())
    return messages.read_request(messages.to_wire(messages.make_request(key, box)))


@pytest.fixture
def parts(database: Database, authority_folder: Path) -> Parts:
    return Parts(database, authority_folder)


@pytest.fixture
def on_sqlite(sqlite_database: Database, authority_folder: Path) -> Parts:
    return Parts(sqlite_database, authority_folder)


def test_a_whole_life(parts: Parts) -> None:
    parts.claim()
    first = peer_of(parts.registration.enrol("box", request())[0].public_bytes(Encoding.DER))
    assert first is not None
    assert parts.gateways.by_certificate(first) == Identity("box", "gym", "tenant")
    parts.now += timedelta(days=60)
    second = peer_of(parts.registration.renew(first, "box", request())[0].public_bytes(Encoding.DER))
    assert second is not None
    for shown in (first, second):
        assert parts.gateways.by_certificate(shown).gateway_id == "box"
    with pytest.raises(GatewayRevoked):
        parts.gateways.by_certificate(first)
    newest, oldest = parts.enrolments.certificates("box")
    assert (newest.serial, oldest.serial) == (second.serial, first.serial)
    assert (newest.superseded_at, oldest.superseded_at) == (None, parts.now)
    assert len(x509.load_der_x509_crl(parts.lists.newest())) == 0
    parts.gateways.revoke("box")
    with pytest.raises(GatewayRevoked):
        parts.gateways.by_certificate(second)
    assert {each.serial_number for each in x509.load_der_x509_crl(parts.lists.newest())} == {
        int(each.serial, 16) for each in (first, second)
    }
    with parts.database.read() as session:
        assert audit.verify(session) is None


def test_of_two_requests_at_once_one_is_issued(on_sqlite: Parts) -> None:
    on_sqlite.claim()
    wanted = request()
    inner: list[Sequence[x509.Certificate]] = []

    def the_same_again() -> None:
        on_sqlite.authority.meanwhile = lambda: None
        inner.append(on_sqlite.registration.enrol("box", wanted))

    on_sqlite.authority.meanwhile = the_same_again
    outer = on_sqlite.registration.enrol("box", wanted)
    assert outer[0] == inner[0][0]
    assert len(on_sqlite.enrolments.certificates("box")) == 1


def test_a_claim_that_is_replaced_while_it_is_used_gives_nothing(on_sqlite: Parts) -> None:
    on_sqlite.claim()
    on_sqlite.authority.meanwhile = on_sqlite.claim
    with pytest.raises(EstRefusal) as refused:
        on_sqlite.registration.enrol("box", request())
    assert refused.value.status == HTTPStatus.UNAUTHORIZED
    assert on_sqlite.enrolments.certificates("box") == []


@pytest.mark.parametrize(
    ("trouble", "status", "after_s"),
    [(AuthorityUnavailable("gone"), 503, 60), (AuthorityWaits(300), 202, 300)],
)
def test_an_authority_that_does_not_sign_now_costs_no_claim(
    on_sqlite: Parts, trouble: Exception, status: int, after_s: int
) -> None:
    """Error table: CA down."""

    def fails() -> None:
        raise trouble

    on_sqlite.claim()
    on_sqlite.authority.meanwhile = fails
    wanted = request()
    with pytest.raises(EstRefusal) as refused:
        on_sqlite.registration.enrol("box", wanted)
    assert (refused.value.status, refused.value.retry_after_s) == (status, after_s)
    on_sqlite.authority.meanwhile = lambda: None
    assert len(on_sqlite.registration.enrol("box", wanted)) == 2


def test_an_operator_decides_once_and_for_their_own_tenant(parts: Parts) -> None:
    parts.claim(approval=True)
    for decide in (parts.enrolments.approve, parts.enrolments.reject):
        with pytest.raises(EnrolmentUnknown):  # nobody has asked yet
            decide("box")
    with pytest.raises(EstRefusal):
        parts.registration.enrol("box", request())
    for decide in (parts.enrolments.approve, parts.enrolments.reject):
        with pytest.raises(EnrolmentUnknown):
            decide("box", tenant_id="other")
    parts.enrolments.approve("box", tenant_id="tenant")
    with pytest.raises(EnrolmentUnknown):
        parts.enrolments.reject("box")


@pytest.mark.parametrize("deed", ["revoke", "decommission"])
def test_who_is_another_tenants_is_unknown(on_sqlite: Parts, deed: str) -> None:
    on_sqlite.claim()
    with pytest.raises(GatewayUnknown):
        getattr(on_sqlite.gateways, deed)("box", tenant_id="other")
    getattr(on_sqlite.gateways, deed)("box", tenant_id="tenant")
