"""Accounts on a database of each kind, and the passwords that they may have."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.gateways import Gateways
from sync.cloud.operators.accounts import SETUP_WITHIN, Accounts, OperatorRefused, OperatorUnknown
from sync.cloud.operators.passwords import MOST_LENGTH, PasswordRefused, hash_password, is_right
from sync.cloud.operators.sessions import Sessions
from tests.unit.sync.cloud.desk import PASSWORD
from tests.unit.sync.cloud.rollout.rollouts import BEGIN

BY = "operator test"


class Clock:
    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(quick_hashes: None, database: Database, clock: Clock) -> Accounts:
    del quick_hashes
    Gateways(database).add("a", gym_id="north", tenant_id="t")
    return Accounts(database, clock=clock)


def test_an_account_is_made_changed_and_removed(accounts: Accounts, database: Database) -> None:
    code = accounts.add("ana", role="viewer", tenant_id="t", by=BY)
    assert code is not None
    assert accounts.verify("ana", "") is None
    assert accounts.set_up(code, PASSWORD) == "ana"
    found = accounts.verify("ana", PASSWORD)
    assert found is not None
    assert (found.label, found.role, found.tenant_id) == ("operator ana", "viewer", "t")
    accounts.set_role("ana", "admin", by=BY)
    sessions = Sessions(database)
    key = sessions.begin("ana")
    principal = sessions.find(key)
    assert principal is not None
    assert principal.may("operators")
    accounts.remove("ana", by=BY)
    assert sessions.find(key) is None
    assert accounts.all() == []
    with database.read() as session:
        told = [(line.action, line.subject) for _, line in audit.read(session, subject="operator ana")]
        assert audit.verify(session) is None
    deeds = ["operator.add", "operator.setup", "operator.role", "operator.remove"]
    assert told == [(deed, "operator ana") for deed in deeds]


def test_no_secret_is_kept(accounts: Accounts, database: Database) -> None:
    code = accounts.add("ana", role="viewer", tenant_id=None, by=BY)
    accounts.add("ben", role="viewer", tenant_id=None, by=BY, password=PASSWORD)
    key = Sessions(database).begin("ben")
    with database.read() as session:
        kept = [
            str(row)
            for table in ("operator", "operator_session", "audit")
            for row in session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - of this list
        ]
    for secret in (code, PASSWORD, key):
        assert secret is not None
        assert not any(secret in row for row in kept)


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "a" * 64, "a\n", "ä", "a\x00"])
def test_a_malformed_name_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(OperatorRefused, match="no name"):
        accounts.add(name, role="viewer", tenant_id=None, by=BY)


def test_what_is_there_or_has_no_tenant_is_refused(accounts: Accounts) -> None:
    accounts.add("ana", role="viewer", tenant_id=None, by=BY)
    with pytest.raises(OperatorRefused, match="already"):
        accounts.add("ana", role="admin", tenant_id=None, by=BY)
    with pytest.raises(OperatorRefused, match="no tenant"):
        accounts.add("ben", role="admin", tenant_id="nobody", by=BY)


def test_a_set_up_link_is_good_for_a_day(accounts: Accounts, clock: Clock) -> None:
    code = accounts.add("ana", role="viewer", tenant_id=None, by=BY)
    assert code is not None
    clock.now += SETUP_WITHIN
    with pytest.raises(OperatorUnknown, match="too old"):
        accounts.set_up(code, PASSWORD)
    fresh = accounts.renew("ana", by=BY)
    with pytest.raises(OperatorUnknown):
        accounts.set_up(code, PASSWORD)
    clock.now += SETUP_WITHIN - timedelta(seconds=1)
    assert accounts.set_up(fresh, PASSWORD) == "ana"


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * (MOST_LENGTH + 1), "Anastasia.Ivanova"])
def test_a_password_that_will_not_do(password: str) -> None:
    with pytest.raises(PasswordRefused):
        hash_password(password, name="anastasia.ivanova")


def test_a_hash_is_argon2id_with_its_own_salt() -> None:
    first, second = (hash_password(PASSWORD, name="ana") for _ in range(2))
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert is_right(first, PASSWORD)
    assert not is_right(first, PASSWORD + " ")
    assert not is_right(None, PASSWORD)
    assert not is_right("no hash", PASSWORD)
    assert not is_right(first, "\udcff")
