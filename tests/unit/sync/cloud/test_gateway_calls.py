"""Which box is calling: every certificate with every token, and what each of them is let in as."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from sync.cloud.est.tables import CertificateRow
from sync.cloud.gateway_calls import Called, Identity, Peer, Shown, note_first_use, who_calls
from sync.cloud.gateway_rows import CredentialsDiffer, GatewayRevoked, GatewayUnknown
from tests.unit.sync.cloud.cloud_parts import NOON, CloudParts

OURS, THEIRS = "CN=ours", "CN=gym"
BOX = Identity("box", "gym", "tenant")
OTHER = Identity("other", "gym", "tenant")


@dataclass
class Doors:
    """A service with boxes, and everything that somebody might show at its door."""

    parts: CloudParts
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, tenant in (
            ("box", "tenant"),
            ("other", "tenant"),
            ("revoked", "tenant"),
            ("away", "closed"),
        ):
            gym = "gym" if tenant == "tenant" else "elsewhere"
            self.tokens[name] = self.parts.gateways.add(name, gym_id=gym, tenant_id=tenant)
        self.certificate("box", "1")
        self.certificate("box", "used", first_used_at=NOON)
        self.certificate("box", "replaced", superseded_at=NOON)
        self.certificate("box", "ended", revoked_at=NOON)
        self.certificate("other", "2")
        self.certificate("revoked", "3")
        self.certificate("away", "4")
        self.parts.gateways.revoke("revoked")
        self.parts.gateways.disable_tenant("closed", disabled=True)

    def certificate(self, box: str, serial: str, **facts: object) -> None:
        with self.parts.database.write() as session:
            kept = {
                "issuer": OURS,
                "serial": serial,
                "gateway_id": box,
                "key_sha256": serial,
                "chain": "",
                "not_before": NOON,
                "not_after": NOON + timedelta(days=90),
                "issued_at": NOON,
            }
            session.add(CertificateRow(**{**kept, **facts}))

    def ask(
        self, peer: Peer | None = None, token: str | None = None, named_by: frozenset[str] | None = None
    ) -> Called:
        with self.parts.database.columns() as connection:
            return who_calls(connection, Shown(peer=peer, token=token), named_by=named_by)

    def answer(self, peer: Peer | None, token: str | None) -> object:
        """Who it is, or why nobody."""
        try:
            return self.ask(peer, token).identity
        except (GatewayUnknown, GatewayRevoked, CredentialsDiffer) as error:
            return type(error)


@pytest.fixture
def doors(sqlite_parts: CloudParts) -> Doors:
    return Doors(sqlite_parts)


BY_CERTIFICATE: dict[Peer | None, object] = {
    None: None,
    Peer("box", OURS, "1"): BOX,
    Peer("box", OURS, "used"): BOX,
    Peer("box", OURS, "replaced"): GatewayRevoked,
    Peer("box", OURS, "ended"): GatewayRevoked,
    Peer("other", OURS, "2"): OTHER,
    Peer("revoked", OURS, "3"): GatewayRevoked,
    Peer("away", OURS, "4"): GatewayRevoked,
    # Of an issuer that signs for us, but none that we know: forged, or its row is lost.
    Peer("box", OURS, "99"): GatewayUnknown,
    # Of somebody else's name, whoever signed it.
    Peer("other", OURS, "1"): GatewayUnknown,
    Peer("nobody", OURS, "1"): GatewayUnknown,
    Peer("nobody", THEIRS, "7"): GatewayUnknown,
    Peer("", THEIRS, "7"): GatewayUnknown,
    Peer("b" * 64, THEIRS, "7"): GatewayUnknown,
    # Of an authority of the operator's own: by its name alone.
    Peer("box", THEIRS, "7"): BOX,
    Peer("other", THEIRS, "1"): OTHER,
    Peer("revoked", THEIRS, "7"): GatewayRevoked,
    Peer("away", THEIRS, "7"): GatewayRevoked,
}
BY_TOKEN: dict[str | None, object] = {
    None: None,
    "box": BOX,
    "other": OTHER,
    "revoked": GatewayRevoked,
    "away": GatewayRevoked,
    "forged": GatewayUnknown,
}


def expected(by_certificate: object, by_token: object) -> object:
    """What comes of both: each must hold by itself, and both must be of the same box."""
    for found in (by_certificate, by_token):
        if isinstance(found, type):
            return found
    if by_certificate is None or by_token is None:
        return by_certificate or by_token or GatewayUnknown
    return by_certificate if by_certificate == by_token else CredentialsDiffer


def test_every_certificate_with_every_token(doors: Doors) -> None:
    told, wanted = {}, {}
    for peer, token in product(BY_CERTIFICATE, BY_TOKEN):
        shown = None if token is None else doors.tokens.get(token, "ggt_forged")
        told[peer, token] = doors.answer(peer, shown)
        wanted[peer, token] = expected(BY_CERTIFICATE[peer], BY_TOKEN[token])
    assert told == wanted


def test_who_was_sent_away_is_told_what_was(doors: Doors) -> None:
    for box, said in (("revoked", "gateway was revoked"), ("away", "tenant was disabled")):
        with pytest.raises(GatewayRevoked, match=said):
            doors.ask(token=doors.tokens[box])
        with pytest.raises(GatewayRevoked, match=said):
            doors.ask(Peer(box, THEIRS, "7"))


def test_a_certificate_that_ended_says_so_before_anything_of_its_box(doors: Doors) -> None:
    doors.parts.gateways.revoke("box")
    for serial in ("replaced", "ended"):
        with pytest.raises(GatewayRevoked, match="certificate was revoked"):
            doors.ask(Peer("box", OURS, serial))


def test_only_named_issuers_go_by_a_name_alone(doors: Doors) -> None:
    stranger = Peer("box", THEIRS, "7")
    assert doors.ask(stranger, named_by=None).identity == BOX
    assert doors.ask(stranger, named_by=frozenset({THEIRS})).identity == BOX
    for named_by in (frozenset[str](), frozenset({OURS}), frozenset({THEIRS.lower()})):
        with pytest.raises(GatewayUnknown):
            doors.ask(stranger, named_by=named_by)
        assert doors.ask(Peer("box", OURS, "1"), named_by=named_by).identity == BOX, "known by its row"


def test_an_issuer_that_signs_for_us_never_goes_by_a_name_alone(doors: Doors) -> None:
    assert doors.ask(Peer("other", THEIRS, "8")).identity == OTHER
    doors.certificate("box", "8", issuer=THEIRS)
    with pytest.raises(GatewayUnknown):
        doors.ask(Peer("other", THEIRS, "9"), named_by=frozenset({THEIRS}))


def test_a_certificate_is_new_until_it_was_noted_as_used(doors: Doors) -> None:
    newest = Peer("box", OURS, "1")
    assert doors.ask(newest).is_new
    assert doors.ask(newest, doors.tokens["box"]).is_new, "also beside a token"
    assert not doors.ask(Peer("box", OURS, "used")).is_new
    assert not doors.ask(Peer("box", THEIRS, "7")).is_new
    assert not doors.ask(token=doors.tokens["box"]).is_new
    with doors.parts.database.write() as session:
        note_first_use(session, newest, now=NOON)
    assert not doors.ask(newest).is_new


def test_the_first_use_of_a_certificate_ends_those_before_it_and_no_others(doors: Doors) -> None:
    for number in range(4):
        doors.certificate("box", f"n{number}", issued_at=NOON + timedelta(days=number + 1))
    doors.certificate("other", "n2-of-other", issued_at=NOON)
    now = NOON + timedelta(days=10)
    with doors.parts.database.write() as session:
        note_first_use(session, Peer("box", OURS, "n2"), now=now)
    with doors.parts.database.read() as session:
        rows = {row.serial: row for row in session.scalars(select(CertificateRow))}
    done = {serial for serial, row in rows.items() if row.superseded_at == now}
    assert done == {"1", "used", "ended", "n0", "n1"}
    assert rows["replaced"].superseded_at == NOON, "as it was"
    assert rows["n2"].first_used_at == now
    assert rows["n3"].superseded_at is rows["n2-of-other"].superseded_at is None


def test_nothing_shown_is_nobody(doors: Doors) -> None:
    with pytest.raises(GatewayUnknown):
        doors.ask()
    with pytest.raises(GatewayUnknown):
        doors.ask(token="")
