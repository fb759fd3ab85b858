import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sync.federated.array_record import MOST_BYTES, FederatedRefused
from sync.federated.messages import (
    TrainConfig,
    new_update,
    round_from_wire,
    to_wire,
    update_from_wire,
)
from tests.unit.sync.federated.rounds import a_round, an_update, change_of, start_arrays


def test_a_round_travels_whole() -> None:
    sent = a_round(layers=2, noise_multiplier=3.0)
    found = round_from_wire(to_wire(sent))
    assert found == sent
    for name, values in start_arrays().items():
        np.testing.assert_array_equal(found.weights()[name], values)


def test_a_round_with_other_weights_than_it_says_is_refused() -> None:
    sent = a_round()
    other = a_round().model_copy(
        update={"arrays": {**sent.arrays, "said.mean": sent.arrays["said.deviation"]}}
    )
    with pytest.raises(FederatedRefused, match="other weights"):
        round_from_wire(to_wire(other)).weights()


def test_an_update_says_nothing_but_this() -> None:
    offer = a_round()
    document = json.loads(to_wire(an_update(offer)))
    assert document.keys() == {"schema", "round", "start_sha256", "arrays", "num-examples"}
    assert document["arrays"].keys() == change_of().keys()
    for each in document["arrays"].values():
        assert each.keys() == {"dtype", "shape", "data"}
    assert update_from_wire(to_wire(an_update(offer))) == an_update(offer)


def edited(**changes: Any) -> bytes:
    document = json.loads(to_wire(an_update(a_round())))
    return json.dumps({**document, **changes}).encode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        edited(member="anna"),
        edited(sessions=[{"rpe": 7}]),
        edited(round="1"),
        edited(schema=2),
        edited(arrays={}),
        edited(start_sha256="0"),
        edited(**{"num-examples": 0}),
        edited(**{"num-examples": 1e9}),
        b" " * (MOST_BYTES + 1),
    ],
)
def test_what_is_no_update_is_refused(text: bytes) -> None:
    with pytest.raises(FederatedRefused, match="the update"):
        update_from_wire(text)


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(), st.lists).map(lambda each: json.dumps(each).encode())
)
@settings(max_examples=40)
def test_anything_else_is_refused_in_one_way(text: bytes) -> None:
    with pytest.raises(FederatedRefused):
        round_from_wire(text)


@given(st.integers(10, 1000), st.integers(0, 5000))
@settings(max_examples=40)
def test_counts_are_told_roughly_and_bounded(fewest: int, examples: int) -> None:
    config = TrainConfig(min_examples=fewest, max_examples=4 * fewest)
    told = config.told_examples(examples)
    assert told % fewest == 0
    assert told <= min(examples, 4 * fewest)
    assert min(examples, 4 * fewest) - told < fewest
    if examples >= fewest:
        offer = a_round(min_examples=fewest, max_examples=4 * fewest)
        assert new_update(offer, change_of(), examples).num_examples == told


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"epochs": 51},
        {"clipping_norm": 0},
        {"noise_multiplier": 0},
        {"learning_rate": float("nan")},
        {"min_examples": 20, "max_examples": 15},
        {"min_examples": 1},
        {"telemetry": True},
    ],
)
def test_a_box_is_not_made_to_work_for_ever_or_to_hide_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TrainConfig(**wrong)
