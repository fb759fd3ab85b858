"""Rounds on a real database, and boxes that answer them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from sync.cloud.federated.round import RoundInfo, RoundPlan
from sync.cloud.federated.rounds import Rounds
from sync.cloud.federated.settling import Settling
from sync.federated.messages import Round, TrainConfig, to_wire
from tests.unit.sync.cloud.cloud_parts import CloudParts
from tests.unit.sync.federated.rounds import SHAPES, an_update, start_arrays

CONFIG = TrainConfig(clipping_norm=1.0, noise_multiplier=1.0)


class Learning:
    """A cloud that learns with boxes that the test has answer."""

    def __init__(self, parts: CloudParts) -> None:
        self.parts = parts
        self.clock = parts.clock
        self.rounds = Rounds(parts.database, clock=parts.clock)
        self.settling = Settling(parts.database, clock=parts.clock)

    def start(self, *, fewest: int = 2, enough: int = 50, **plan: Any) -> Round:
        return self.rounds.start(
            name="intensity",
            version="1.abc",
            arrays=start_arrays(),
            config=CONFIG,
            plan=RoundPlan(
                min_train_nodes=fewest, enough_train_nodes=enough, lasts=timedelta(days=7), **plan
            ),
        )

    def boxes(self, count: int) -> list[str]:
        return [self.parts.gateway(f"box{n}", gym=f"gym{n % 3}").gateway_id for n in range(count)]

    def answer(self, offer: Round, box: str, value: float = 0.01) -> str:
        return self.rounds.take(box, offer.id, body(offer, value))

    def info(self) -> RoundInfo:
        return self.rounds.all()[0]


def body(offer: Round, value: float = 0.01, *, bias: float | None = None, **changes: Any) -> bytes:
    """An update of one number again and again; of another one in the biases and the first of the kernel."""
    arrays = {name: np.full(shape, value) for name, shape in SHAPES.items()}
    if bias is not None:
        arrays["layer_1.bias"][:] = arrays["layer_1.kernel"][0] = bias
    return to_wire(an_update(offer, arrays).model_copy(update=changes))


@pytest.fixture
def everywhere(parts: CloudParts) -> Learning:
    """On SQLite and on PostgreSQL."""
    return Learning(parts)


@pytest.fixture
def learning(sqlite_parts: CloudParts) -> Learning:
    return Learning(sqlite_parts)


@pytest.fixture
def together() -> Callable[[list[Callable[[], Any]]], list[Any]]:
    """Calls at the same moment, on threads."""

    def call(functions: list[Callable[[], Any]]) -> list[Any]:
        with ThreadPoolExecutor(len(functions)) as pool:
            return [each.result(30) for each in [pool.submit(function) for function in functions]]

    return call
