"""Tokens: with a role, of a tenant, for a time, until they are revoked."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from sync.cloud import audit
from sync.cloud.operators.accounts import OperatorRefused, OperatorUnknown
from sync.cloud.operators.keys import TOKEN
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.roles import ROLES
from sync.cloud.operators.tables import OperatorToken
from sync.cloud.operators.tokens import LONGEST, Tokens
from tests.unit.sync.cloud.cloud_parts import CloudParts

DAY = timedelta(days=1)
ANN = "operator ann"


@pytest.fixture
def parts(sqlite_parts: CloudParts) -> CloudParts:
    sqlite_parts.gateway("a", "north", "one")
    sqlite_parts.gateway("b", "south", "two")
    return sqlite_parts


@pytest.fixture
def tokens(parts: CloudParts) -> Tokens:
    return Tokens(parts.database, clock=parts.clock)


def audited(parts: CloudParts) -> list[tuple[str, str, str | None]]:
    with parts.database.read() as session:
        assert audit.verify(session) is None
        lines = [line for _, line in audit.read(session) if line.action.startswith("token")]
        return [(line.action, line.subject, line.tenant_id) for line in lines]


def test_a_token_stands_for_its_role_and_tenant(tokens: Tokens) -> None:
    for role, tenant in product(ROLES, (None, "one")):
        name, token = tokens.create("ci", role=role, tenant_id=tenant, lasts=DAY, by=ANN)
        assert token.startswith(TOKEN)
        assert tokens.find(token) == Principal(kind="token", name=name, role=role, tenant_id=tenant)


def test_no_two_are_alike_and_none_is_kept(tokens: Tokens, parts: CloudParts) -> None:
    made = [tokens.create("ci", role="viewer", tenant_id=None, lasts=DAY, by=ANN) for _ in range(20)]
    assert len({name for name, _ in made}) == len({token for _, token in made}) == 20
    with parts.database.read() as session:
        kept = repr([vars(row) for row in session.scalars(select(OperatorToken))])
    for _, token in made:
        assert token not in kept
        assert token.removeprefix(TOKEN) not in kept
        assert token not in repr(tokens.all())


def test_one_that_lasts_no_time_or_too_long_is_refused(tokens: Tokens, parts: CloudParts) -> None:
    tick = timedelta(microseconds=1)
    for lasts in (timedelta(), -tick, LONGEST + tick, -DAY):
        with pytest.raises(OperatorRefused, match="366 days at most"):
            tokens.create("ci", role="viewer", tenant_id=None, lasts=lasts, by=ANN)
    assert (tokens.all(), audited(parts)) == ([], [])


def test_the_longest_and_the_shortest_are_taken_and_end_to_the_microsecond(
    tokens: Tokens, parts: CloudParts
) -> None:
    for lasts in (LONGEST, timedelta(microseconds=1)):
        begun = parts.clock.now
        _, token = tokens.create("ci", role="viewer", tenant_id=None, lasts=lasts, by=ANN)
        parts.clock.now = begun + lasts - timedelta(microseconds=1)
        assert tokens.find(token) is not None
        parts.clock.now = begun + lasts
        assert tokens.find(token) is None


def test_a_tenant_that_is_not_there_gets_none_and_is_told_how_one_comes(tokens: Tokens) -> None:
    with pytest.raises(OperatorRefused, match="no tenant three; it comes with its first gateway"):
        tokens.create("ci", role="viewer", tenant_id="three", lasts=DAY, by=ANN)
    assert tokens.all() == []


def test_any_other_text_is_nobodys(tokens: Tokens) -> None:
    _, token = tokens.create("ci", role="admin", tenant_id=None, lasts=DAY, by=ANN)
    others = ["", TOKEN, "gfs_x", "\ud800", "x" * 10_000, token.upper(), token + " ", token[:-1]]
    assert [tokens.find(each) for each in others] == [None] * len(others)


def test_lists_show_a_tenant_its_own_newest_first(tokens: Tokens, parts: CloudParts) -> None:
    made = []
    for tenant in (None, "one", "two", "one"):
        made.append(tokens.create(f"of {tenant}", role="operator", tenant_id=tenant, lasts=DAY, by=ANN)[0])
        parts.clock.advance(seconds=1)
    assert [each.id for each in tokens.all()] == made[::-1]
    assert [each.id for each in tokens.all(tenant_id="one")] == [made[3], made[1]]
    assert tokens.all(tenant_id="three") == []
    newest = tokens.all()[0]
    assert (newest.note, newest.role, newest.tenant_id, newest.created_by) == (
        "of one",
        "operator",
        "one",
        ANN,
    )
    assert newest.expires_at - newest.created_at == DAY


def test_a_revoked_token_is_useless_at_once_and_stays_on_the_list(tokens: Tokens, parts: CloudParts) -> None:
    name, token = tokens.create("ci", role="admin", tenant_id="one", lasts=DAY, by=ANN)
    _, other = tokens.create("ci", role="admin", tenant_id="one", lasts=DAY, by=ANN)
    at = parts.clock.now
    tokens.revoke(name, by="operator bob")
    assert tokens.find(token) is None
    assert tokens.find(other) is not None
    parts.clock.advance(hours=1)
    tokens.revoke(name, by="operator bob")
    revoked = {each.id: each.revoked_at for each in tokens.all()}
    assert revoked[name] == at, "again changes nothing"
    assert audited(parts)[-1] == ("token.revoke", f"token {name}", "one")
    assert [action for action, _, _ in audited(parts)].count("token.revoke") == 1


def test_what_is_another_tenants_cannot_be_revoked(tokens: Tokens, parts: CloudParts) -> None:
    name, token = tokens.create("ci", role="admin", tenant_id="one", lasts=DAY, by=ANN)
    service, _ = tokens.create("ci", role="admin", tenant_id=None, lasts=DAY, by=ANN)
    for which, tenant in ((name, "two"), (service, "one"), ("00000000", None), ("", "one")):
        with pytest.raises(OperatorUnknown, match="there is no token"):
            tokens.revoke(which, by=ANN, tenant_id=tenant)
    assert tokens.find(token) is not None
    tokens.revoke(name, by=ANN, tenant_id="one")
    assert tokens.find(token) is None
    assert len(audited(parts)) == 3


def test_the_audit_names_the_token_and_never_shows_it(tokens: Tokens, parts: CloudParts) -> None:
    name, token = tokens.create("ci", role="release-manager", tenant_id="two", lasts=DAY, by=ANN)
    with parts.database.read() as session:
        line = next(line for _, line in audit.read(session) if line.action == "token.create")
    assert (line.actor, line.subject, line.detail) == (ANN, f"token {name}", {"role": "release-manager"})
    assert token not in repr(line)
