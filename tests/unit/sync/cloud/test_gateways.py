from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.cloud.database.database import Database, DatabaseUnavailable
from sync.cloud.database.tables import Gateway
from sync.cloud.gateways import (
    CredentialsDiffer,
    GatewayRefused,
    GatewayRevoked,
    Gateways,
    GatewayUnknown,
    Identity,
    Peer,
    Shown,
)
from sync.cloud.shadows.store import change, versions_of

from .cloud_parts import CloudParts


def test_a_box_is_known_by_its_token_and_by_its_name(parts: CloudParts) -> None:
    token = parts.gateways.add("box", gym_id="gym", tenant_id="tenant")
    assert token.startswith("ggt_")
    assert len(token) > 40
    box = Identity("box", "gym", "tenant")
    assert parts.gateways.by_token(token) == parts.gateways.by_certificate(Peer("box")) == box


def test_the_token_is_nowhere(sqlite_parts: CloudParts) -> None:
    token = sqlite_parts.gateways.add("box", gym_id="gym", tenant_id="tenant")
    with sqlite_parts.database.read() as session:
        kept = session.scalars(select(Gateway)).one()
    assert token not in str(vars(kept))
    path = sqlite_parts.database.url.database
    assert path is not None
    assert token not in repr(sqlite_parts.gateways.all())


@pytest.mark.parametrize("token", ["", "ggt_", "ggt_" + "x" * 43, "\ud800", "x" * 10_000])
def test_any_other_token_is_nobodys(sqlite_parts: CloudParts, token: str) -> None:
    sqlite_parts.gateway()
    with pytest.raises(GatewayUnknown):
        sqlite_parts.gateways.by_token(token)


def test_any_other_name_is_nobodys(parts: CloudParts) -> None:
    parts.gateway("box")
    for name in ("", "BOX", "other", "box\x00", "%", "x" * 100):
        with pytest.raises(GatewayUnknown):
            parts.gateways.by_certificate(Peer(name))


def test_a_revoked_box_is_told_so_at_once_and_may_come_back_with_another_token(parts: CloudParts) -> None:
    first = parts.gateways.add("box", gym_id="gym", tenant_id="tenant")
    for _ in range(2):
        parts.gateways.revoke("box")
    with pytest.raises(GatewayRevoked):
        parts.gateways.by_token(first)
    with pytest.raises(GatewayRevoked):
        parts.gateways.by_certificate(Peer("box"))
    second = parts.gateways.add("box", gym_id="gym", tenant_id="tenant")
    assert parts.gateways.by_token(second).gateway_id == "box"
    with pytest.raises(GatewayUnknown):
        parts.gateways.by_token(first)


def test_what_cannot_be_a_gateway_is_refused_and_changes_nothing(parts: CloudParts) -> None:
    add, revoke = parts.gateways.add, parts.gateways.revoke
    add("box", gym_id="gym", tenant_id="tenant")
    with pytest.raises(GatewayRefused, match="there already"):
        add("box", gym_id="gym", tenant_id="tenant")
    with pytest.raises(GatewayRefused, match="another tenant"):
        add("box-2", gym_id="gym", tenant_id="other")
    revoke("box")
    with pytest.raises(GatewayRefused, match="another gym, gym"):
        add("box", gym_id="gym-2", tenant_id="tenant")
    for bad in ("", "a/b", "..", "ä", "x" * 64, "-x", "a b"):
        with pytest.raises(GatewayRefused, match="gateway"):
            add(bad, gym_id="gym", tenant_id="tenant")
        with pytest.raises(GatewayRefused, match="gym"):
            add("box-3", gym_id=bad, tenant_id="tenant")
        with pytest.raises(GatewayRefused, match="tenant"):
            add("box-3", gym_id="gym-3", tenant_id=bad)
    with pytest.raises(GatewayUnknown, match="gateways list"):
        revoke("nobody")
    assert [each.id for each in parts.gateways.all()] == ["box"]


def test_lists_show_a_tenant_its_own(parts: CloudParts) -> None:
    parts.gateway("b", "gym-1", "one")
    parts.gateway("a", "gym-2", "two")
    assert [(each.id, each.gym_id, each.tenant_id) for each in parts.gateways.all()] == [
        ("a", "gym-2", "two"),
        ("b", "gym-1", "one"),
    ]
    assert [each.id for each in parts.gateways.all(tenant_id="one")] == ["b"]
    assert parts.gateways.all(tenant_id="nobody") == []


def test_when_boxes_were_seen_is_written_down_together(parts: CloudParts) -> None:
    tokens = [parts.gateways.add(name, gym_id="gym", tenant_id="tenant") for name in ("a", "b", "c")]
    parts.gateways.by_token(tokens[0])
    parts.clock.advance(minutes=1)
    parts.gateways.by_certificate(Peer("a"))
    parts.gateways.by_token(tokens[1])
    assert {each.last_seen_at for each in parts.gateways.all()} == {None}
    for _ in range(2):
        parts.gateways.note_seen()
        seen = {each.id: each.last_seen_at for each in parts.gateways.all()}
        assert seen == {"a": parts.clock.now, "b": parts.clock.now, "c": None}


def test_who_calls_and_what_they_ask_for_are_read_in_one_transaction(parts: CloudParts) -> None:
    token = parts.gateways.add("box", gym_id="gym", tenant_id="tenant")
    with parts.database.write() as session:
        change(session, "box", "models", "desired", {"m": {"version": "1"}}, now=parts.clock())
    for shown in (Shown(token=token), Shown(peer=Peer("box")), Shown(peer=Peer("box"), token=token)):
        with parts.gateways.calling(shown) as (caller, connection):
            assert caller == Identity("box", "gym", "tenant")
            assert versions_of(connection, caller.gateway_id) == {"models": 1}


def test_who_shows_nothing_or_two_names_is_nobody(sqlite_parts: CloudParts) -> None:
    sqlite_parts.gateway("a")
    token = sqlite_parts.gateways.add("b", gym_id="gym", tenant_id="tenant")
    with pytest.raises(GatewayUnknown), sqlite_parts.gateways.calling(Shown()):
        pass
    shown = Shown(peer=Peer("a"), token=token)
    with pytest.raises(CredentialsDiffer), sqlite_parts.gateways.calling(shown):
        pass
    sqlite_parts.gateways.close()
    assert {each.last_seen_at for each in sqlite_parts.gateways.all()} == {None}


class Away(Database):
    """A database that can be read, and not be written until it is back."""

    is_back = False

    @contextmanager
    def write(self) -> Iterator[Session]:
        if not self.is_back:
            raise DatabaseUnavailable("it is away")
        with super().write() as session:
            yield session


def test_when_boxes_were_seen_waits_for_the_database_and_is_written_at_the_end(
    sqlite_parts: CloudParts,
) -> None:
    tokens = [sqlite_parts.gateways.add(name, gym_id="gym", tenant_id="tenant") for name in ("a", "b")]
    database = Away(sqlite_parts.database.url)
    gateways = Gateways(database, clock=sqlite_parts.clock)
    first = sqlite_parts.clock.now
    for token in tokens:
        gateways.by_token(token)
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            gateways.note_seen()
    gateways.close()
    sqlite_parts.clock.advance(minutes=1)
    gateways.by_token(tokens[1])
    database.is_back = True
    gateways.close()
    seen = {each.id: each.last_seen_at for each in gateways.all()}
    database.close()
    assert seen == {"a": first, "b": sqlite_parts.clock.now}
