"""Bundles of settings: how they are read, whether two say the same, and what they say together."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.config_bundle import OWN, Bundle, BundleRefused, read_bundle, together
from provisioning.twin import change_to, merge

_fields = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.text(max_size=2), st.lists(st.integers(), max_size=2)),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
_documents = st.dictionaries(st.sampled_from("abc"), _fields, max_size=3)


@given(before=_documents, after=_documents)
def test_a_change_makes_one_document_of_another(before: Any, after: Any) -> None:
    assert merge(before, change_to(before, after)) == after
    assert change_to(after, after) == {}


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ({"version": "1", "values": {"a": 1}}, [{"a": 1}]),
        ({"version": "1", "values": [{"a": 1}, {"a": None}]}, [{"a": 1}, {"a": None}]),
        ({"values": {}}, [{}]),
        ({"version": "original"}, []),
        ({"version": "3", "rollout": "r", "mode": "active", "later": True}, []),
    ],
)
def test_a_bundle_is_read(said: Any, values: Any) -> None:
    assert read_bundle(said).values == values


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (5, "it: "),
        ({"values": 5}, "values: "),
        ({"values": [5]}, "values.0: "),
        ({"version": 7}, "version: "),
        ({"mode": "shadow"}, "mode: "),
    ],
)
def test_what_is_no_bundle_is_said(said: Any, reason: str) -> None:
    with pytest.raises(BundleRefused, match=f"no bundle of settings: {reason}"):
        read_bundle(said)


def bundle(*values: Any, version: str = "1") -> Bundle:
    return Bundle(version=version, values=list(values))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (bundle({"a": 1}), bundle({"a": 1}, version="2"), True),
        (bundle({"a": 1}), bundle({"a": 2}), False),
        (bundle(), None, True),
        (bundle({}), None, True),
        (bundle({"a": 1}, version="original"), bundle(), True),
        (bundle({"a": 1}), None, False),
    ],
)
def test_two_bundles_say_the_same(one: Bundle, other: Bundle | None, *, same: bool) -> None:
    assert one.says_as(other) is same


def test_bundles_lie_over_one_another_by_name_and_the_boxs_own_over_all() -> None:
    bundles = {
        OWN: bundle({"gym": {"hour": 1}}),
        "zz": bundle({"gym": {"hour": 2, "x": 2}, "box": {"id": 1}}),
        "aa": bundle({"gym": {"hour": 3, "y": [1]}}, {"gym": {"y": [2]}}),
        "old": bundle({"gym": {"hour": 9}}, version="original"),
    }
    assert together(bundles) == {"gym": {"hour": 1, "x": 2, "y": [2]}, "box": {"id": 1}}


def test_a_null_in_a_bundle_stays_to_take_away_what_lies_beneath() -> None:
    assert together({"a": bundle({"station": {"mat": None}})}) == {"station": {"mat": None}}
