"""Rounds and updates to try things with: a network of two small layers whose last one is learned."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sync.federated.messages import Round, TrainConfig, Update, new_round, new_update

DEADLINE = datetime(2026, 1, 9, 12, tzinfo=UTC)
SHAPES = {"layer_1.kernel": (4, 2), "layer_1.bias": (2,)}
NUMBERS = 10
Arrays = dict[str, NDArray[Any]]


def start_arrays(seed: int = 1) -> Arrays:
    chance = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "layer_0.kernel": (26, 4),
        "layer_0.bias": (4,),
        **SHAPES,
        "given.mean": (9,),
        "said.mean": (2,),
    }
    arrays = {name: chance.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    widths = {"given.deviation": 9, "said.deviation": 2}
    return {**arrays, **{name: np.ones(width, np.float32) for name, width in widths.items()}}


def a_round(**config: Any) -> Round:
    return new_round(
        name="intensity",
        version="1.abc",
        arrays=start_arrays(),
        config=TrainConfig(**config),
        deadline=DEADLINE,
    )


def change_of(value: float = 0.01) -> Arrays:
    return {name: np.full(shape, value) for name, shape in SHAPES.items()}


def an_update(offer: Round, arrays: Arrays | None = None, examples: int = 100) -> Update:
    return new_update(offer, change_of() if arrays is None else arrays, examples)
