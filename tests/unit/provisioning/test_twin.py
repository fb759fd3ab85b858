"""The rules of a shadow: merging, deleting, conflicts, and what differs."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.twin import (
    MAX_BYTES,
    MAX_DEPTH,
    DocumentRefused,
    Section,
    Shadow,
    VersionConflict,
    delta,
    encode,
    merge,
    same,
    update,
)

keys = st.sampled_from("abcd")
leaves = st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0]) | st.sampled_from(["", "x"])
values: st.SearchStrategy[Any] = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
)
documents = st.dictionaries(keys, values, max_size=4)
changes: st.SearchStrategy[Any] = st.recursive(
    st.none() | leaves, lambda inner: st.dictionaries(keys, inner, max_size=3), max_leaves=6
).filter(lambda value: isinstance(value, dict))


def test_a_change_touches_what_it_names_and_nothing_else() -> None:
    before = {"intensity": {"version": "1", "mode": "active"}, "effect": {"version": "7"}}
    after = merge(before, {"intensity": {"version": "2", "mode": None}, "phase": {"version": "3"}})
    assert after == {"intensity": {"version": "2"}, "effect": {"version": "7"}, "phase": {"version": "3"}}
    assert before["intensity"] == {"version": "1", "mode": "active"}


def test_what_is_no_object_is_replaced_whole() -> None:
    assert merge({"a": [1, 2], "b": {"c": 1}}, {"a": [3], "b": 4}) == {"a": [3], "b": 4}
    assert merge({"a": 1}, {"a": {"b": 2, "c": None}}) == {"a": {"b": 2}}


@settings(max_examples=40)
@given(documents, documents)
def test_the_delta_is_what_closes_the_gap(desired: dict[str, Any], reported: dict[str, Any]) -> None:
    assert delta(desired, merge(reported, delta(desired, reported))) == {}


@settings(max_examples=40)
@given(documents)
def test_who_reports_what_is_desired_has_no_delta(desired: dict[str, Any]) -> None:
    assert delta(desired, desired) == {}
    assert delta(desired, {}) == desired


@settings(max_examples=40)
@given(documents, changes)
def test_a_change_made_twice_is_made_once(document: dict[str, Any], change: dict[str, Any]) -> None:
    once = update(Shadow(desired=document), "desired", change)
    twice = update(once, "desired", change)
    assert twice == once
    assert once.version == (0 if same(once.desired, document) else 1)


@settings(max_examples=40)
@given(documents, changes)
def test_a_null_leaves_no_key_behind(document: dict[str, Any], change: dict[str, Any]) -> None:
    merged = merge(document, change)
    for key, value in change.items():
        assert (key in merged) == (value is not None)
    assert set(merged) <= set(document) | set(change)


@settings(max_examples=50)
@given(values, values)
def test_same_is_the_equality_of_json(one: Any, other: Any) -> None:
    def typed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: typed(inner) for key, inner in value.items()}
        return [typed(inner) for inner in value] if isinstance(value, list) else (type(value) is bool, value)

    assert same(one, other) == (typed(one) == typed(other))
    assert same(one, json.loads(encode({"value": one}))["value"])


def test_true_is_not_one() -> None:
    assert delta({"on": True}, {"on": 1}) == {"on": True}
    assert update(Shadow(reported={"on": 1}), "reported", {"on": True}).version == 1


@given(st.integers(0, 5), st.integers(0, 5), st.sampled_from(["desired", "reported"]))
def test_only_the_version_that_is_there_can_be_changed(asked: int, current: int, section: Section) -> None:
    shadow = Shadow(version=current)
    if asked == current:
        assert update(shadow, section, {"a": 1}, version=asked).version == current + 1
    else:
        with pytest.raises(VersionConflict, match=f"version {asked}.*version {current}"):
            update(shadow, section, {"a": 1}, version=asked)


def test_the_two_sides_are_written_apart() -> None:
    shadow = update(update(Shadow(), "desired", {"a": 1}), "reported", {"b": 2})
    assert (shadow.desired, shadow.reported, shadow.version) == ({"a": 1}, {"b": 2}, 2)
    assert shadow.delta == {"a": 1}


def nested(levels: int) -> Any:
    return {} if levels == 1 else {"a": nested(levels - 1)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"a": float("nan")}, "no JSON"),
        ({"a": [float("inf")]}, "no JSON"),
        ({"a": {1, 2}}, "no JSON"),
        ({"a": "\ud800"}, "no JSON"),
        (nested(MAX_DEPTH + 1), "levels"),
        ({"a": [nested(MAX_DEPTH)]}, "levels"),
        ({"a": "x" * MAX_BYTES}, "bytes"),
    ],
)
def test_what_cannot_be_stored_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(DocumentRefused, match=reason):
        update(Shadow(), "reported", change)


def test_a_document_of_the_deepest_and_longest_kind_is_taken() -> None:
    assert update(Shadow(), "desired", nested(MAX_DEPTH)).desired == nested(MAX_DEPTH)
    most = {"a": "x" * (MAX_BYTES - len(encode({"a": ""})))}
    assert update(Shadow(), "desired", most).version == 1


def test_a_section_fills_up_over_several_changes_and_leaves_the_other_its_room() -> None:
    half = "x" * (MAX_BYTES // 2)
    shadow = update(Shadow(), "reported", {"a": half})
    with pytest.raises(DocumentRefused, match="more than"):
        update(shadow, "reported", {"b": half})
    assert update(shadow, "desired", {"b": half}).desired == {"b": half}
