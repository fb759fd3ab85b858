"""The rows of gateways, gyms and tenants: what may become one, and what happens to it."""

import hashlib
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from sync.cloud import audit
from sync.cloud.database.tables import Gateway, Gym, Tenant
from sync.cloud.est.tables import CertificateRow
from sync.cloud.gateway_rows import (
    ID,
    GatewayRefused,
    GatewayUnknown,
    find_gateway,
    hash_of,
    let_in,
    revoke_certificates,
    tell,
)
from tests.unit.sync.cloud.cloud_parts import NOON, CloudParts

LATER = NOON + timedelta(days=1)
GOOD = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\Z")


def put(parts: CloudParts, gateway: str = "box", gym: str = "gym", tenant: str = "tenant") -> str:
    """Let one in; returns what is kept of its token."""
    with parts.database.write() as session:
        return let_in(session, gateway, gym_id=gym, tenant_id=tenant, now=parts.clock.now).token_hash


def rows(parts: CloudParts) -> tuple[int, int, int]:
    """How many tenants, gyms, gateways there are."""
    with parts.database.read() as session:
        one, two, three = (
            session.scalar(select(func.count()).select_from(each)) or 0 for each in (Tenant, Gym, Gateway)
        )
        return one, two, three


@settings(max_examples=50)
@given(st.text(max_size=70))
def test_an_id_is_one_word_that_is_safe_in_names_of_files_and_urls(text: str) -> None:
    plain = text.isascii() and text.replace("_", "").replace(".", "").replace("-", "").isalnum()
    starts = text[:1].isascii() and text[:1].isalnum()
    assert bool(ID.fullmatch(text)) == (plain and starts and len(text) <= 63)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gateway=GOOD, gym=GOOD, tenant=GOOD)
def test_who_is_let_in_is_found_with_their_tenant(
    sqlite_parts: CloudParts, gateway: str, gym: str, tenant: str
) -> None:
    with sqlite_parts.database.write() as session:
        made = let_in(session, gateway, gym_id=gym, tenant_id=tenant, now=NOON)
        found, owner = find_gateway(session, gateway, tenant)
        assert (found, owner, found.gym_id) == (made, tenant, gym)
        session.rollback()


def test_a_second_box_of_a_gym_makes_no_second_gym_or_tenant(sqlite_parts: CloudParts) -> None:
    put(sqlite_parts, "a")
    put(sqlite_parts, "b")
    put(sqlite_parts, "c", gym="gym-2")
    assert rows(sqlite_parts) == (1, 2, 3)


def test_a_malformed_id_is_told_by_what_it_is_of_and_leaves_nothing(sqlite_parts: CloudParts) -> None:
    for what in ("gateway", "gym", "tenant"):
        for bad in ("", ".", "-a", "_a", "a b", "a/b", "ä", "a\n", "x" * 64):
            names = {"gateway": "box", "gym": "gym", "tenant": "tenant", what: bad}
            with pytest.raises(GatewayRefused, match=f"^{what} .*letters, digits, dot, dash and underscore"):
                put(sqlite_parts, **names)
    assert rows(sqlite_parts) == (0, 0, 0)


def test_what_is_somebody_elses_is_refused_and_leaves_nothing(sqlite_parts: CloudParts) -> None:
    put(sqlite_parts)
    for names, said in (
        ({"gateway": "new", "tenant": "other"}, "gym gym belongs to another tenant"),
        ({"gym": "gym-2"}, "gateway box belonged to another gym, gym"),
        ({"gym": "gym-2", "tenant": "other"}, "belonged to another gym"),
    ):
        with pytest.raises(GatewayRefused, match=said):
            put(sqlite_parts, **names)
    assert rows(sqlite_parts) == (1, 1, 1)


def test_who_is_valid_keeps_their_token_and_who_was_revoked_does_not(sqlite_parts: CloudParts) -> None:
    first = put(sqlite_parts)
    assert put(sqlite_parts) == first
    sqlite_parts.gateways.revoke("box")
    second = put(sqlite_parts)
    assert second != first
    with sqlite_parts.database.read() as session:
        assert find_gateway(session, "box", None)[0].revoked_at is None
    sqlite_parts.gateways.decommission("box")
    with pytest.raises(GatewayRefused, match="decommissioned; choose another id"):
        put(sqlite_parts)


def test_whatever_a_new_box_has_for_a_token_nobody_has_it(sqlite_parts: CloudParts) -> None:
    hashes = {put(sqlite_parts, name) for name in ("a", "b", "c")}
    assert len(hashes) == 3
    assert not hashes & {hash_of(guess) for guess in ("", "a", "None", "ggt_")}


def test_a_box_is_found_by_everybody_or_by_its_own_tenant(sqlite_parts: CloudParts) -> None:
    put(sqlite_parts)
    with sqlite_parts.database.read() as session:
        for tenant in (None, "tenant"):
            assert find_gateway(session, "box", tenant)[1] == "tenant"
        for name, tenant in (("box", "other"), ("box", ""), ("nobody", None), ("BOX", None)):
            with pytest.raises(GatewayUnknown, match=f"no gateway {name}; gymbox cloud gateways list"):
                find_gateway(session, name, tenant)


def test_certificates_are_revoked_once_with_the_reason_of_that_time(sqlite_parts: CloudParts) -> None:
    for box, serials in (("box", "ab"), ("other", "c")):
        put(sqlite_parts, box)
        with sqlite_parts.database.write() as session:
            for serial in serials:
                session.add(
                    CertificateRow(
                        issuer="CN=ours",
                        serial=serial,
                        gateway_id=box,
                        key_sha256="",
                        chain="",
                        not_before=NOON,
                        not_after=LATER,
                        issued_at=NOON,
                        revoked_at=NOON if serial == "b" else None,
                        reason="superseded" if serial == "b" else None,
                    )
                )
    with sqlite_parts.database.write() as session:
        revoke_certificates(session, "box", reason="key_compromise", now=LATER)
    with sqlite_parts.database.read() as session:
        told = {row.serial: (row.revoked_at, row.reason) for row in session.scalars(select(CertificateRow))}
    assert told == {"a": (LATER, "key_compromise"), "b": (NOON, "superseded"), "c": (None, None)}


def test_a_line_of_the_audit_has_its_details(sqlite_parts: CloudParts) -> None:
    put(sqlite_parts)
    with sqlite_parts.database.write() as session:
        tell(session, "box", "tenant", "gateway.claim", by="operator ann", at=NOON, key="ab")
    with sqlite_parts.database.read() as session:
        ((_, line),) = audit.read(session)
        assert audit.verify(session) is None
    assert (line.subject, line.actor, line.action, line.detail) == (
        "box",
        "operator ann",
        "gateway.claim",
        {"key": "ab"},
    )


@settings(max_examples=30)
@given(st.text())
def test_a_hash_is_of_every_text_that_a_header_can_hold(text: str) -> None:
    assert hash_of(text) == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    assert hash_of(text + "x") != hash_of(text)


def test_a_hash_of_half_a_character_is_one_too() -> None:
    assert len(hash_of("\ud800")) == 64
