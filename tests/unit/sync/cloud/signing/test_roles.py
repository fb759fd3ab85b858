from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuf.api.metadata import TOP_LEVEL_ROLE_NAMES, DelegatedRole

from sync.cloud.signing.roles import DELEGATIONS, ROLES

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_the_roles_are_those_of_the_framework_and_four_kinds() -> None:
    assert set(ROLES) == TOP_LEVEL_ROLE_NAMES | {"models", "plans", "config", "software"}
    assert (ROLES["root"].keys, ROLES["root"].threshold) == (3, 2)
    assert {name for name, terms in ROLES.items() if terms.place == "offline"} == {
        "root", "targets", "software",
    }  # fmt: skip
    assert {name: terms.lifetime_days for name, terms in ROLES.items()} == {
        "root": 365, "targets": 90, "models": 30, "plans": 30, "config": 30, "software": 60, "snapshot": 7,
        "timestamp": 1,
    }  # fmt: skip


def test_who_vouches_signs_for_longer_than_whom_it_vouches_for() -> None:
    chain = ["root", "targets", "models", "snapshot", "timestamp"]
    assert all(ROLES[one].lifetime_days > ROLES[next_].lifetime_days for one, next_ in pairwise(chain))


@given(name=st.sampled_from(sorted(ROLES)), share=st.floats(min_value=0, max_value=1))
def test_a_role_is_due_from_half_of_its_time_on(name: str, share: float) -> None:
    terms = ROLES[name]
    expires = terms.expiry(NOW)
    moment = NOW + timedelta(days=terms.lifetime_days) * share
    if abs(share - 0.5) > 1e-6:
        assert terms.half_over(expires, moment) == (share > 0.5)


@pytest.mark.parametrize("kind", DELEGATIONS)
@pytest.mark.parametrize("other", DELEGATIONS)
def test_each_kind_speaks_for_its_own_paths_alone(kind: str, other: str) -> None:
    role = DelegatedRole(kind, [], 1, terminating=True, paths=list(ROLES[kind].paths))
    for path in (f"{other}/intensity/7/model.toml", f"{other}/gym/7.toml"):
        assert role.is_delegated_path(path) == (kind == other)
    for path in (kind, f"{kind}/x", f"x/{kind}/7/model.toml", f"{kind}/a/b/c/d", f"/{kind}/a/b"):
        assert not role.is_delegated_path(path)
