"""Layers of settings over one another: what wins, what a change makes of a layer, and who said what."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.layers import (
    keyed,
    laid_over,
    leaves,
    listed,
    misshapen,
    origins,
    overridden,
    patched,
    pointer,
)

BELOW: dict[str, Any] = {
    "box": {"language": "de", "id": "b"},
    "station": {"mat": {"name": "Mat", "camera": "cam"}, "door": {}},
    "device": {"t": {"profile": "p", "limits": {"speed_kmh": 12}}},
}

_words = st.sampled_from(["a", "b", "c"])
_values = st.one_of(st.integers(0, 3), st.booleans(), st.lists(st.integers(0, 2), max_size=2), st.just("x"))
_trees = st.dictionaries(_words, st.dictionaries(_words, _values, max_size=3), max_size=3)
_changes = st.dictionaries(
    _words,
    st.one_of(st.none(), st.dictionaries(_words, st.one_of(st.none(), _values), max_size=3)),
    max_size=3,
)


def test_tables_go_by_ids_and_back_again() -> None:
    data = {
        "box": {"id": "b"},
        "station": [{"id": "mat", "name": "Mat"}, {"id": "1"}],
        "camera": [],
    }
    tree = keyed(data)
    assert tree == {"box": {"id": "b"}, "station": {"mat": {"name": "Mat"}, "1": {}}, "camera": {}}
    assert listed(tree) == data


def test_a_layer_wins_key_by_key_and_an_array_is_replaced_whole() -> None:
    above = {
        "box": {"language": "fr"},
        "device": {"t": {"limits": {"incline_percent": 5}}},
        "gym": {"x": [1]},
    }
    merged = laid_over(BELOW, above)
    assert merged["box"] == {"language": "fr", "id": "b"}
    assert merged["device"]["t"]["limits"] == {"speed_kmh": 12, "incline_percent": 5}
    assert laid_over(merged, {"gym": {"x": [2, 3]}})["gym"] == {"x": [2, 3]}


def test_empty_text_is_as_if_nobody_beneath_had_written_it() -> None:
    assert laid_over(BELOW, {"station": {"mat": {"camera": ""}}})["station"]["mat"] == {"name": "Mat"}
    assert "door" not in laid_over(BELOW, {"station": {"door": None}})["station"]


@pytest.mark.parametrize(
    ("layer", "change", "after"),
    [
        ({}, {"box": {"language": "fr"}}, {"box": {"language": "fr"}}),
        ({"box": {"language": "fr"}}, {"box": {"language": None}}, {}),
        ({"box": {"language": "fr"}, "gym": {"x": 1}}, {"box": None}, {"gym": {"x": 1}}),
        ({}, {"station": {"mat": None}}, {"station": {"mat": None}}),
        ({"station": {"mat": None}}, {"station": {"mat": {}}}, {}),
        (
            {"station": {"mat": None}},
            {"station": {"mat": {"name": "M"}}},
            {"station": {"mat": {"name": "M"}}},
        ),
        ({"station": {"new": {"name": "N"}}}, {"station": {"new": None}}, {}),
        ({}, {"station": {"new": {}}}, {"station": {"new": {}}}),
        ({"station": {"mat": {"name": "M"}}}, {"station": {"mat": {"name": None}}}, {}),
        ({"station": {"new": {"name": "N"}}}, {"station": {"new": {"name": None}}}, {"station": {"new": {}}}),
        ({"station": {"mat": {"name": "M"}}}, {"station": None}, {}),
    ],
)
def test_what_a_change_makes_of_a_layer(layer: Any, change: Any, after: Any) -> None:
    assert patched(layer, change, below=BELOW) == after


@given(layer=_trees, change=_changes)
def test_a_change_made_twice_is_made_once(layer: Any, change: Any) -> None:
    once = patched(layer, change, below={})
    assert patched(once, change, below={}) == once


@given(below=_trees, layer=_trees)
def test_taking_every_word_back_leaves_what_lies_beneath(below: Any, layer: Any) -> None:
    undone = patched(layer, dict.fromkeys(layer), below=below)
    assert undone == {}
    assert laid_over(below, undone) == below


@given(below=_trees, layer=_trees)
def test_what_the_upper_layer_says_is_what_holds(below: Any, layer: Any) -> None:
    merged = dict(leaves(laid_over(below, layer)))
    said = {path: value for path, value in leaves(layer) if value != {}}
    assert said.items() <= merged.items()


@given(layers=st.lists(_trees, min_size=3, max_size=3))
def test_who_said_something_said_it(layers: list[Any]) -> None:
    named = list(zip(("file", "local", "cloud"), layers, strict=True))
    whole: dict[str, Any] = {}
    for _, layer in named:
        whole = laid_over(whole, layer)
    found = origins([(name, layer) for name, layer in named])  # type: ignore[misc]
    said = dict(named)
    for path, value in leaves(whole):
        if value == {}:
            continue
        owner: Any = said[found[path]]
        for key in path:
            owner = owner[key]
        assert owner == value


def test_nobody_said_what_was_taken_away() -> None:
    layers: Any = [("file", BELOW), ("local", {"station": {"mat": {"camera": ""}, "door": None}})]
    found = origins(layers)
    assert found["station", "mat", "name"] == "file"
    assert ("station", "mat", "camera") not in found
    assert ("station", "door") not in found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"box": {"language": "en"}}, [("box", "language")]),
        ({"box": {"id": "x"}}, []),
        ({"box": None}, [("box",)]),
        ({"box": {"language": None}}, [("box", "language")]),
    ],
)
def test_what_another_layer_has_the_last_word_on(change: Any, found: Any) -> None:
    assert list(overridden(change, {"box": {"language": "de"}})) == found


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"station": []}, "station", "an object of stations by their ids"),
        ({"camera": {"c": 5}}, "camera.c", "an object of settings, or null"),
        ({"device": {"d": {"id": "e"}}}, "device.d.id", "cannot be renamed"),
        ({"box": {"data_dir": "/x"}}, "box.data_dir", "this change is kept in that folder"),
    ],
)
def test_what_no_layer_can_say(change: Any, key: str, reason: str) -> None:
    (problem,) = misshapen(change, layer="local")
    assert (problem.key, problem.source) == (key, "local")
    assert reason in problem.reason


@pytest.mark.parametrize(("section", "key"), [("cloud", "release_root"), ("updates", "root")])
def test_what_the_cloud_cannot_say(section: str, key: str) -> None:
    (problem,) = misshapen({section: {key: "/x"}}, layer="cloud")
    assert (problem.key, "is for the box to say" in problem.reason) == (f"{section}.{key}", True)
    assert list(misshapen({section: {key: "/x"}}, layer="local")) == []


def test_what_a_layer_can_say() -> None:
    change = {"station": None, "camera": {"c": None, "d": {"id": "d"}}, "box": {"data_dir": None}}
    assert list(misshapen(change, layer="cloud")) == []


def test_a_pointer_is_escaped() -> None:
    assert pointer(("station", "a/b~c")) == "/station/a~1b~0c"
