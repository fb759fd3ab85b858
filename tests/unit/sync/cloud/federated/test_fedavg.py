import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sync.cloud.federated.fedavg import MOST_DEVIATIONS, Averaged, TooFewNodes, fedavg, longest
from sync.federated.array_record import unpack
from sync.federated.messages import Round, Update
from tests.unit.sync.federated.rounds import NUMBERS, SHAPES, Arrays, a_round, an_update, change_of

QUIET: dict[str, Any] = {"clipping_norm": 1.0, "noise_multiplier": 0.01}


def average(offer: Round, updates: dict[str, Update], fewest: int = 2) -> Averaged:
    return fedavg(updates, SHAPES, offer.config, min_train_nodes=fewest)


def flat(arrays: Arrays) -> NDArray[Any]:
    return np.concatenate([arrays[name].ravel() for name in SHAPES])


def parts(row: NDArray[Any]) -> Arrays:
    return {"layer_1.kernel": row[:8].reshape(4, 2), "layer_1.bias": row[8:]}


@given(st.lists(st.tuples(st.floats(-0.1, 0.1), st.integers(50, 1000)), min_size=2, max_size=4))
@settings(max_examples=50)
def test_it_is_the_mean_weighted_by_examples(sent: list[tuple[float, int]]) -> None:
    offer = a_round(**QUIET, min_examples=50, max_examples=400)
    updates = {f"box{n}": an_update(offer, change_of(value), count) for n, (value, count) in enumerate(sent)}
    found = average(offer, updates)
    weights = np.array([min(count, 400) // 50 * 50 for _, count in sent])
    expected = np.average([value for value, _ in sent], weights=weights)
    np.testing.assert_allclose(flat(found.arrays), np.full(NUMBERS, expected), atol=1e-7)
    assert found.num_examples == weights.sum()
    assert found.used == tuple(updates)


def test_no_box_counts_for_more_than_the_most() -> None:
    offer = a_round(**QUIET, min_examples=10, max_examples=100)
    greedy = an_update(offer, change_of(0.1)).model_copy(update={"num_examples": 1_000_000})
    found = average(offer, {"greedy": greedy, "other": an_update(offer, change_of(-0.1))})
    np.testing.assert_allclose(flat(found.arrays), np.zeros(NUMBERS), atol=1e-7)


def test_the_order_of_arrival_changes_no_bit() -> None:
    offer = a_round()
    chance = np.random.default_rng(1)
    updates = {f"box{n}": an_update(offer, parts(chance.normal(0, 0.1, NUMBERS))) for n in range(7)}
    one, other = average(offer, updates), average(offer, dict(reversed(updates.items())))
    assert flat(one.arrays).tobytes() == flat(other.arrays).tobytes()


def test_fewer_than_the_fewest_have_no_average() -> None:
    offer = a_round(**QUIET)
    updates = {f"box{n}": an_update(offer) for n in range(3)}
    assert average(offer, updates, fewest=3).used == ("box0", "box1", "box2")
    with pytest.raises(TooFewNodes, match="3 boxes sent an update that can be used, and 4 are needed"):
        average(offer, updates, fewest=4)
    with pytest.raises(TooFewNodes, match="0 boxes"):
        average(offer, {}, fewest=2)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"layer_1.kernel": np.zeros((4, 2))}, "not those that this round trains"),
        ({**change_of(), "layer_0.bias": np.zeros(4)}, "not those that this round trains"),
        ({**change_of(), "layer_1.bias": np.zeros((2, 1))}, "not those that this round trains"),
        (change_of(100.0), "more than a clipped update"),
    ],
)
def test_what_no_honest_box_sends_is_left_out(arrays: Arrays, reason: str) -> None:
    offer = a_round(**QUIET)
    good = {f"box{n}": an_update(offer) for n in range(3)}
    found = average(offer, {**good, "bad": an_update(offer, arrays)})
    assert found.used == tuple(good)
    assert reason in found.left_out["bad"]
    np.testing.assert_allclose(flat(found.arrays), 0.01, rtol=1e-6)


def test_honest_noise_is_within_the_bounds() -> None:
    offer = a_round(clipping_norm=0.3, noise_multiplier=1.5)
    chance = np.random.default_rng(7)
    updates = {}
    for number in range(300):
        row = chance.normal(size=NUMBERS)
        row *= 0.3 / np.linalg.norm(row)
        updates[f"box{number:03}"] = an_update(offer, parts(row + 0.45 * chance.normal(size=NUMBERS)))
    found = average(offer, updates)
    assert len(found.used) == 300
    mean = np.mean([flat(unpack(each.arrays)) for each in updates.values()], axis=0)
    np.testing.assert_allclose(flat(found.arrays), mean, atol=0.01)


def noisy(count: int, seed: int) -> list[NDArray[Any]]:
    """What honest boxes send when all learn the same."""
    return [0.05 + 0.3 * row for row in np.random.default_rng(seed).normal(size=(count, NUMBERS))]


def sent(offer: Round, rows: list[NDArray[Any]]) -> dict[str, Update]:
    return {f"box{number:02}": an_update(offer, parts(row)) for number, row in enumerate(rows)}


def test_a_poisoned_update_as_long_as_an_honest_one_is_found_or_bounded() -> None:
    offer = a_round(clipping_norm=0.2, noise_multiplier=1.5)
    honest = noisy(20, seed=3)
    single, several = np.zeros(NUMBERS), np.zeros(NUMBERS)
    single[0], several[:3] = 2.9, -1.65
    limit = longest(offer.config, NUMBERS)
    assert 2.5 < np.linalg.norm(single) < limit
    assert 2.5 < np.linalg.norm(several) < limit
    found = average(offer, sent(offer, [*honest, single, several]))
    assert {*found.left_out} == {"box21"}
    clean = flat(average(offer, sent(offer, honest)).arrays)
    moved = flat(found.arrays) - clean
    assert abs(moved[0]) < 1.7 / 21 < (2.9 - clean[0]) / 21
    np.testing.assert_allclose(moved[1:], -clean[1:] / 21, atol=1e-6)


@given(st.integers(0, 1000), st.integers(1, 4))
@settings(max_examples=30)
def test_a_third_of_poisoned_boxes_move_no_number_further_than_the_bound(seed: int, poisoned: int) -> None:
    offer = a_round(clipping_norm=0.2, noise_multiplier=1.5)
    attack = np.random.default_rng(seed).normal(size=NUMBERS)
    attack *= longest(offer.config, NUMBERS) * 0.99 / np.linalg.norm(attack)
    honest = noisy(9, seed)
    found = average(offer, sent(offer, [*honest, *([attack] * poisoned)]))
    low, high = np.min(honest, axis=0), np.max(honest, axis=0)
    reach = MOST_DEVIATIONS * np.maximum(high - low, math.hypot(0.3, 0.2 / math.sqrt(NUMBERS)))
    assert (flat(found.arrays) >= low - reach).all()
    assert (flat(found.arrays) <= high + reach).all()


def test_gyms_that_differ_are_not_taken_for_poisoners() -> None:
    offer = a_round(clipping_norm=1.0, noise_multiplier=0.01)
    chance = np.random.default_rng(2)
    rows = [np.sign(chance.normal(size=NUMBERS)) / math.sqrt(NUMBERS) for _ in range(8)]
    assert len(average(offer, sent(offer, rows)).used) == 8
