from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from sync.cloud.federated.round import RoundClosed
from sync.cloud.federated.tables import FederatedUpdate
from sync.federated.array_record import unpack
from tests.unit.sync.cloud.federated.conftest import Learning, body


def bodies(learning: Learning) -> list[str | None]:
    with learning.parts.database.read() as session:
        return list(session.scalars(select(FederatedUpdate.body)))


def test_with_enough_answers_it_is_averaged_at_once(everywhere: Learning) -> None:
    boxes = everywhere.boxes(4)
    offer = everywhere.start(fewest=2, enough=3)
    for box in boxes[:2]:
        everywhere.answer(offer, box)
    everywhere.settling.settle()
    assert everywhere.info().state == "open"
    assert everywhere.settling.averaged() is None
    everywhere.answer(offer, boxes[2], value=0.04)
    everywhere.settling.settle()
    found = everywhere.settling.averaged()
    assert found is not None
    assert (found.offer, found.nodes, found.num_examples) == (offer, 3, 300)
    np.testing.assert_allclose(unpack(found.change)["layer_1.bias"], 0.02, rtol=1e-6)
    with pytest.raises(RoundClosed):
        everywhere.answer(offer, boxes[3])


def test_at_the_deadline_the_fewest_will_do(learning: Learning) -> None:
    boxes = learning.boxes(2)
    offer = learning.start(fewest=2)
    for box in boxes:
        learning.answer(offer, box)
    learning.settling.settle()
    assert learning.info().state == "open"
    learning.clock.advance(days=7)
    learning.settling.settle()
    assert learning.info().state == "averaged"


def test_with_fewer_there_is_no_average_ever(everywhere: Learning) -> None:
    boxes = everywhere.boxes(3)
    offer = everywhere.start(fewest=4)
    for box in boxes:
        everywhere.answer(offer, box)
    everywhere.clock.advance(days=7)
    everywhere.settling.settle()
    info = everywhere.info()
    assert (info.state, info.answered, info.result_version) == ("failed", 3, None)
    assert "4 are needed" in str(info.reason)
    assert everywhere.settling.averaged() is None
    assert bodies(everywhere) == [None] * 3


def test_what_boxes_sent_is_deleted_once_it_is_in_the_average(learning: Learning) -> None:
    offer = learning.start(fewest=2, enough=2)
    for box in learning.boxes(2):
        learning.answer(offer, box)
    assert None not in bodies(learning)
    learning.settling.settle()
    assert bodies(learning) == [None, None]


def test_a_poisoned_answer_does_not_end_the_round_before_others_could_answer(learning: Learning) -> None:
    boxes = learning.boxes(9)
    offer = learning.start(fewest=6, enough=6)
    for number, box in enumerate(boxes[:6]):
        learning.rounds.take(box, offer.id, body(offer, 0.01 * number, bias=-5.0 if number == 0 else None))
    learning.settling.settle()
    assert learning.info().state == "open"
    for box in boxes[6:]:
        learning.answer(offer, box)
    learning.settling.settle()
    info = learning.info()
    assert info.state == "averaged"
    assert info.left_out.keys() == {"box0"}
    assert "far from everybody" in info.left_out["box0"]
    found = learning.settling.averaged()
    assert found is not None
    assert found.nodes == 8


def test_who_was_killed_after_closing_is_followed_by_another(everywhere: Learning) -> None:
    offer = everywhere.start(fewest=2, enough=2)
    for box in everywhere.boxes(2):
        everywhere.answer(offer, box)
    everywhere.settling._close_due()  # and killed here
    assert everywhere.info().state == "closed"
    everywhere.settling.settle()
    assert everywhere.info().state == "averaged"


def test_several_at_once_average_once(
    everywhere: Learning, together: Callable[[list[Callable[[], Any]]], list[Any]]
) -> None:
    offer = everywhere.start(fewest=2, enough=2)
    for box in everywhere.boxes(2):
        everywhere.answer(offer, box)
    together([everywhere.settling.settle] * 3)
    assert everywhere.info().state == "averaged"
    assert everywhere.info().num_examples == 200


def test_a_round_ends_with_a_version_or_with_a_reason(learning: Learning) -> None:
    for end in ("accepted", "refused"):
        offer = learning.start(fewest=2, enough=2)
        for box in learning.boxes(2) if end == "accepted" else ("box0", "box1"):
            learning.answer(offer, box)
        learning.settling.settle()
        if end == "accepted":
            with learning.parts.database.write() as session:
                learning.settling.accept(session, offer.id, "1.new")
        else:
            learning.settling.refuse(offer.id, "no better than the champion")
        assert learning.settling.averaged() is None
        learning.clock.advance(days=1)
    refused, accepted = learning.rounds.all()
    assert (accepted.state, accepted.result_version) == ("accepted", "1.new")
    assert (refused.state, refused.reason) == ("refused", "no better than the champion")
