"""What a round is: who is invited, what an answer must look like, how it can end. No database here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from recommender.federated.network import trained_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.cloud.federated.tables import RoundState
    from sync.federated.array_record import WireArray
    from sync.federated.messages import Round, TrainConfig


class RoundRefused(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """A round cannot begin; the text says why and what to do."""


class RoundUnknown(LookupError):  # noqa: N818 - likewise
    """There is no such round for this box."""


class RoundClosed(Exception):  # noqa: N818 - likewise
    """The round takes no update any more."""


class AnsweredOtherwise(Exception):  # noqa: N818 - likewise
    """The box has answered this round already, with other numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPlan:
    """Who takes part in a round, and how long it lasts.

    Attributes:
        min_train_nodes: with fewer usable updates at the deadline the round fails.
        enough_train_nodes: with so many it is closed before the deadline.
        fraction_train: share of the boxes that is invited, above 0 up to 1.
        lasts: until the deadline.

    Raises:
        RoundRefused: these do not fit together.
    """

    min_train_nodes: int = 50
    enough_train_nodes: int = 200
    fraction_train: float = 1.0
    lasts: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.min_train_nodes < 2:  # noqa: PLR2004 - an average of one is that one
            raise RoundRefused("a round needs at least 2 boxes: an average of one is that one's own update")
        if self.enough_train_nodes < self.min_train_nodes:
            raise RoundRefused(f"{self.enough_train_nodes} boxes are fewer than {self.min_train_nodes}")
        if not 0 < self.fraction_train <= 1:
            raise RoundRefused(f"a fraction of {self.fraction_train:g} is not above 0 and at most 1")
        if self.lasts <= timedelta(0):
            raise RoundRefused("the deadline is not in the future")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundInfo:
    """A round as people see it.

    Attributes:
        answered: how many boxes have sent an update.
        left_out: why updates are not in the average, by box.
    """

    id: str
    model: str
    start_version: str
    state: RoundState
    config: TrainConfig
    min_train_nodes: int
    enough_train_nodes: int
    fraction_train: float
    started_at: datetime
    deadline: datetime
    ended_at: datetime | None
    answered: int
    num_examples: int | None
    left_out: Mapping[str, str]
    result_version: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class AveragedRound:
    """A round whose average waits to be judged.

    Attributes:
        offer: what the boxes were given.
        change: by which the weights move, as arrays of the wire.
        nodes: how many boxes are in it.
        num_examples: behind it.
    """

    offer: Round
    change: Mapping[str, WireArray]
    nodes: int
    num_examples: int


def is_invited(round_id: str, gateway_id: str, fraction: float) -> bool:
    """Whether a box is among those invited: by lot, and always the same for a round."""
    drawn = hashlib.sha256(f"{round_id}/{gateway_id}".encode()).digest()[:8]
    return int.from_bytes(drawn) < fraction * 2**64


def trained_shapes(offer: Round) -> dict[str, tuple[int, ...]]:
    """Of the arrays that an update of this round must have, in order."""
    layers = sum(name.endswith(".kernel") for name in offer.arrays)
    names = trained_names(layers, min(offer.config.layers, layers))
    return {name: offer.arrays[name].shape for name in names}
