from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from sync.cloud.federated.round import (
    AnsweredOtherwise,
    RoundClosed,
    RoundPlan,
    RoundRefused,
    RoundUnknown,
    is_invited,
)
from sync.cloud.federated.tables import FederatedUpdate
from sync.federated.array_record import FederatedRefused
from sync.federated.messages import Round, round_from_wire
from tests.unit.sync.cloud.federated.conftest import Learning, body
from tests.unit.sync.federated.rounds import change_of


def updates(learning: Learning) -> int:
    with learning.parts.database.read() as session:
        return session.scalar(select(func.count()).select_from(FederatedUpdate)) or 0


def test_a_box_is_given_the_round_until_it_has_answered(everywhere: Learning) -> None:
    box, other = everywhere.boxes(2)
    assert everywhere.rounds.current(box) is None
    offer = everywhere.start()
    given = everywhere.rounds.current(box)
    assert given is not None
    assert round_from_wire(given) == offer
    assert everywhere.answer(offer, box) == "taken"
    assert everywhere.rounds.current(box) is None
    assert everywhere.rounds.current(other) is not None


def test_the_same_again_is_known_and_counts_once(everywhere: Learning) -> None:
    (box,) = everywhere.boxes(1)
    offer = everywhere.start()
    assert [everywhere.answer(offer, box) for _ in range(3)] == ["taken", "known", "known"]
    assert updates(everywhere) == 1
    with pytest.raises(AnsweredOtherwise):
        everywhere.answer(offer, box, value=0.02)
    everywhere.clock.advance(days=8)  # an answer whose acknowledgement was lost is known for ever
    everywhere.settling.settle()
    assert everywhere.answer(offer, box) == "known"


def test_at_the_same_moment_it_counts_once(
    everywhere: Learning, together: Callable[[list[Callable[[], Any]]], list[Any]]
) -> None:
    (box,) = everywhere.boxes(1)
    offer = everywhere.start()
    said = together([partial(everywhere.answer, offer, box)] * 4)
    assert sorted(said) == ["known", "known", "known", "taken"]
    assert updates(everywhere) == 1


def test_there_is_one_round_of_a_model_at_a_time(everywhere: Learning) -> None:
    everywhere.start()
    with pytest.raises(RoundRefused, match="goes on"):
        everywhere.start()
    everywhere.clock.advance(days=8)
    everywhere.settling.settle()
    assert everywhere.start().model.name == "intensity"
    assert [each.state for each in everywhere.rounds.all()] == ["open", "failed"]


def test_who_is_not_invited_is_told_nothing(learning: Learning) -> None:
    boxes = learning.boxes(40)
    offer = learning.start(fraction_train=0.5)
    invited = [box for box in boxes if learning.rounds.current(box) is not None]
    assert 8 < len(invited) < 32
    assert invited == [box for box in boxes if is_invited(offer.id, box, 0.5)]
    stranger = next(box for box in boxes if box not in invited)
    with pytest.raises(RoundUnknown):
        learning.answer(offer, stranger)


def test_every_box_is_invited_to_some_round_and_all_by_a_whole_fraction() -> None:
    boxes = [f"box{n}" for n in range(200)]
    rounds = [f"round{n}" for n in range(30)]
    for box in boxes:
        assert any(is_invited(each, box, 0.3) for each in rounds)
        assert all(is_invited(each, box, 1.0) for each in rounds)
    assert 0.2 < sum(is_invited("round", box, 0.3) for box in boxes) / 200 < 0.4


def test_too_late_is_too_late(learning: Learning) -> None:
    box, _ = learning.boxes(2)
    offer = learning.start()
    learning.clock.advance(days=7)
    assert learning.rounds.current(box) is None
    with pytest.raises(RoundClosed):
        learning.answer(offer, box)
    assert updates(learning) == 0


def other_round(offer: Round) -> Round:
    return offer.model_copy(update={"id": offer.id[:-1] + ("0" if offer.id[-1] != "0" else "1")})


def test_what_no_honest_box_sends_is_refused_and_not_kept(learning: Learning) -> None:
    (box,) = learning.boxes(1)
    offer = learning.start()
    for wrong in (
        b"{}",
        body(offer, value=1e6),
        body(offer, start_sha256="0" * 64),
        body(offer, num_examples=1),
        body(offer, arrays={"layer_1.bias": offer.arrays["layer_1.bias"]}),
        body(other_round(offer)),
    ):
        with pytest.raises(FederatedRefused):
            learning.rounds.take(box, offer.id, wrong)
    unknown = other_round(offer)
    with pytest.raises(RoundUnknown):
        learning.rounds.take(box, unknown.id, body(unknown))
    assert updates(learning) == 0
    assert learning.rounds.take(box, offer.id, body(offer)) == "taken"
    assert change_of().keys() == {"layer_1.kernel", "layer_1.bias"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_train_nodes": 1},
        {"min_train_nodes": 10, "enough_train_nodes": 9},
        {"fraction_train": 0.0},
        {"fraction_train": 1.5},
        {"lasts": timedelta(0)},
    ],
)
def test_plans_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RoundRefused):
        RoundPlan(**wrong)
