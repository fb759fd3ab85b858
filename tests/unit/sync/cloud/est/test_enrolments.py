"""What operators do about enrolment: claims, and boxes that wait for a decision."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from sync.cloud import audit
from sync.cloud.est import claims
from sync.cloud.est.enrolments import CLAIM_DAYS, Enrolments, EnrolmentUnknown
from sync.cloud.est.tables import CertificateRow, Claim
from sync.cloud.gateway_rows import GatewayRefused
from tests.unit.sync.cloud.cloud_parts import NOON, CloudParts

ANN = "operator ann"


@pytest.fixture
def enrolments(sqlite_parts: CloudParts) -> Enrolments:
    return Enrolments(sqlite_parts.database, clock=sqlite_parts.clock)


def claimed(enrolments: Enrolments, box: str = "box", tenant: str = "one", **options: object) -> str:
    """A claim's secret."""
    text = enrolments.claim(box, gym_id=f"gym-of-{tenant}", tenant_id=tenant, **options)  # type: ignore[arg-type]
    name, _, secret = text.partition(":")
    assert name == box
    return secret


def row(parts: CloudParts, box: str = "box") -> Claim:
    with parts.database.read() as session:
        return session.scalars(select(Claim).where(Claim.gateway_id == box)).one()


def asks(parts: CloudParts, box: str = "box", key: str = "ab" * 32) -> None:
    """Have a box ask with its claim, so that it waits."""
    with parts.database.write() as session:
        found = session.get(Claim, box)
        assert found is not None
        found.key_sha256, found.asked_at = key, parts.clock.now


def actions(parts: CloudParts) -> list[str]:
    with parts.database.read() as session:
        assert audit.verify(session) is None
        return [line.action for _, line in audit.read(session)]


def test_a_claim_lets_a_box_in_that_has_no_token(enrolments: Enrolments, sqlite_parts: CloudParts) -> None:
    secret = claimed(enrolments, approval=True, by=ANN)
    kept = row(sqlite_parts)
    assert claims.hash_of(secret, kept.salt) == kept.secret_hash
    assert secret not in repr(vars(kept))
    assert (kept.approval, kept.created_at) == (True, NOON)
    assert kept.expires_at == NOON + timedelta(days=CLAIM_DAYS)
    (box,) = sqlite_parts.gateways.all()
    assert (box.id, box.gym_id, box.tenant_id, box.revoked_at) == ("box", "gym-of-one", "one", None)
    assert actions(sqlite_parts) == ["gateway.claim"]


def test_a_claim_lasts_as_long_as_is_asked(enrolments: Enrolments, sqlite_parts: CloudParts) -> None:
    for days in (0.5, 1, 365):
        claimed(enrolments, expires_days=days)
        assert row(sqlite_parts).expires_at == NOON + timedelta(days=days)


def test_a_newer_claim_takes_the_place_of_the_one_before_with_all_that_came_of_it(
    enrolments: Enrolments, sqlite_parts: CloudParts
) -> None:
    first = claimed(enrolments, approval=True)
    asks(sqlite_parts)
    enrolments.reject("box")
    second = claimed(enrolments)
    kept = row(sqlite_parts)
    assert first != second
    assert claims.hash_of(first, kept.salt) != kept.secret_hash == claims.hash_of(second, kept.salt)
    assert (kept.approval, kept.key_sha256, kept.asked_at, kept.decision) == (False, None, None, None)
    assert enrolments.pending() == []


def test_a_claim_that_is_refused_leaves_nothing(enrolments: Enrolments, sqlite_parts: CloudParts) -> None:
    for names in (("b ox", "gym", "one"), ("box", "gym/", "one"), ("box", "gym", "")):
        with pytest.raises(GatewayRefused):
            enrolments.claim(names[0], gym_id=names[1], tenant_id=names[2])
    assert sqlite_parts.gateways.all() == []
    assert actions(sqlite_parts) == []
    claimed(enrolments)
    sqlite_parts.gateways.decommission("box")
    with pytest.raises(GatewayRefused, match="decommissioned"):
        claimed(enrolments)


def test_who_waits_is_listed_first_come_first_and_to_their_own_tenant(
    enrolments: Enrolments, sqlite_parts: CloudParts
) -> None:
    for box, tenant in (("c", "one"), ("a", "two"), ("b", "one"), ("quiet", "one")):
        claimed(enrolments, box, tenant, approval=True)
    for box in ("b", "c", "a"):
        asks(sqlite_parts, box, key=box * 64)
        sqlite_parts.clock.advance(minutes=1)
    assert [each.gateway_id for each in enrolments.pending()] == ["b", "c", "a"]
    first = enrolments.pending(tenant_id="one")[0]
    assert (first.gateway_id, first.gym_id, first.tenant_id) == ("b", "gym-of-one", "one")
    assert (first.key_fingerprint, first.asked_at) == ("b" * 64, NOON)
    assert [each.gateway_id for each in enrolments.pending(tenant_id="two")] == ["a"]
    assert enrolments.pending(tenant_id="three") == []


@pytest.mark.parametrize(("deed", "decision"), [("approve", "approved"), ("reject", "rejected")])
def test_who_was_decided_about_waits_no_more_and_the_audit_says_for_which_key(
    enrolments: Enrolments, sqlite_parts: CloudParts, deed: str, decision: str
) -> None:
    claimed(enrolments, approval=True)
    asks(sqlite_parts, key="cd" * 32)
    getattr(enrolments, deed)("box", by=ANN, tenant_id="one")
    assert row(sqlite_parts).decision == decision
    assert enrolments.pending() == []
    with sqlite_parts.database.read() as session:
        *_, (_, line) = audit.read(session)
    assert (line.action, line.actor, line.detail) == (f"gateway.{deed}", ANN, {"key": "cd" * 32})
    for again in (enrolments.approve, enrolments.reject):
        with pytest.raises(EnrolmentUnknown, match="gateways pending shows who does"):
            again("box")
    assert row(sqlite_parts).decision == decision


@pytest.mark.parametrize("deed", ["approve", "reject"])
def test_nobody_decides_about_who_does_not_wait_or_is_another_tenants(
    enrolments: Enrolments, sqlite_parts: CloudParts, deed: str
) -> None:
    claimed(enrolments, approval=True)
    for box, tenant in (("box", None), ("nobody", None)):
        with pytest.raises(EnrolmentUnknown, match=f"no box {box} waits"):
            getattr(enrolments, deed)(box, tenant_id=tenant)
    asks(sqlite_parts)
    with pytest.raises(EnrolmentUnknown, match="no box box waits"):
        getattr(enrolments, deed)("box", tenant_id="two")
    assert [each.gateway_id for each in enrolments.pending()] == ["box"]
    assert actions(sqlite_parts) == ["gateway.claim"]


def test_a_claim_that_was_used_waits_for_nothing(enrolments: Enrolments, sqlite_parts: CloudParts) -> None:
    claimed(enrolments)
    asks(sqlite_parts)
    with sqlite_parts.database.write() as session:
        found = session.get(Claim, "box")
        assert found is not None
        found.used_at = NOON
    assert enrolments.pending() == []


def test_all_certificates_of_a_box_newest_first_and_of_no_other(
    enrolments: Enrolments, sqlite_parts: CloudParts
) -> None:
    for box in ("box", "other"):
        claimed(enrolments, box)
    with sqlite_parts.database.write() as session:
        for number, box in enumerate(("box", "other", "box", "box")):
            session.add(
                CertificateRow(
                    issuer="CN=ours",
                    serial=f"{number:x}",
                    gateway_id=box,
                    key_sha256="ab" * 32,
                    chain="-----BEGIN",
                    not_before=NOON,
                    not_after=NOON + timedelta(days=90),
                    issued_at=NOON + timedelta(days=number),
                    revoked_at=NOON if number == 2 else None,
                    reason="superseded" if number == 2 else None,
                )
            )
    found = enrolments.certificates("box")
    assert [each.serial for each in found] == ["3", "2", "0"]
    assert [each.reason for each in found] == [None, "superseded", None]
    assert found[0].issued_at == NOON + timedelta(days=3)
    assert enrolments.certificates("nobody") == []
