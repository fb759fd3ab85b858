import asyncio
import base64
import json
import math
from typing import Any

import numpy as np
import pytest

from gateway.federated import participant as module
from recommender.federated.privacy import mu_of
from sync.federated.array_record import unpack
from sync.federated.messages import Round, to_wire, update_from_wire
from sync.upload.answer import NotDelivered
from tests.unit.sync.federated.rounds import a_round

from .conftest import Box
from .gym import a_gym, fill


@pytest.fixture
async def box(box: Box) -> Box:
    await fill(box.store, a_gym(members=6, days=12))
    return box


def offered(box: Box, **config: Any) -> Round:
    offer = a_round(**{"epochs": 1, **config})
    box.cloud.offer = to_wire(offer)
    return offer


async def test_it_answers_a_round_once(box: Box) -> None:
    offer = offered(box)
    for _ in range(3):
        await box.participant.refresh()
    ((round_id, body),) = box.cloud.sent
    update = update_from_wire(body)
    assert (round_id, update.round, update.num_examples) == (offer.id, offer.id, 50)
    assert await box.outcomes() == ["learned", "sent"]
    assert await box.spent() == [mu_of(1.5)]
    assert not await box.is_waiting()


async def test_without_a_round_nothing_is_told(box: Box) -> None:
    await box.participant.refresh()
    assert (box.cloud.asked, box.cloud.sent) == (1, [])
    assert await box.outcomes() == []


def leaves(document: Any) -> list[Any]:
    if isinstance(document, dict):
        return [*document, *(leaf for each in document.values() for leaf in leaves(each))]
    if isinstance(document, list):
        return [leaf for each in document for leaf in leaves(each)]
    return [document]


async def test_nothing_of_a_session_is_on_the_wire(box: Box) -> None:
    """Whatever is in the bytes is the round's own, or a number that noise has covered."""
    offer = offered(box, min_examples=20)
    await box.participant.refresh()
    ((_, body),) = box.cloud.sent
    assert b"MARKER" not in body
    document = json.loads(body)
    data = {each["data"] for each in document["arrays"].values()}
    assert b"MARKER" not in b"".join(base64.b64decode(each) for each in data)
    given = {*leaves(json.loads(to_wire(offer)))}
    own = {"round", "start_sha256", "num-examples"}
    assert {*leaves(document)} - given - own - data == {60}  # of 72
    assert len(body) < 1000 + 4 / 3 * 4 * sum(
        math.prod(each["shape"]) for each in document["arrays"].values()
    )


async def test_what_does_not_arrive_is_sent_again_as_it_is_and_costs_once(box: Box) -> None:
    offered(box)
    box.cloud.down = True
    await box.participant.refresh()
    assert await box.is_waiting()
    box.cloud.down = False
    await box.participant.refresh()  # also after a restart: another participant, the same store
    assert len({body for _, body in box.cloud.sent}) == 1
    assert len(box.cloud.sent) == 2
    assert len(await box.spent()) == 1
    assert await box.outcomes() == ["learned", "sent"]


async def test_what_the_cloud_refuses_is_not_sent_again_and_was_told(box: Box) -> None:
    offered(box)
    box.cloud.refuses = True
    for _ in range(2):
        await box.participant.refresh()
    assert len(box.cloud.sent) == 1
    assert await box.outcomes() == ["learned", "refused"]
    assert len(await box.spent()) == 1


async def test_when_the_budget_is_spent_it_takes_part_no_more(box: Box) -> None:
    box.budget_epsilon = 10.0
    for _ in range(4):
        offered(box)
        await box.participant.refresh()
    assert await box.outcomes() == ["learned", "sent", "learned", "sent", "declined", "declined"]
    assert "[cloud] federated_epsilon is 10" in (await box.reasons())[-1]
    assert len(box.cloud.sent) == len(await box.spent()) == 2


async def test_a_round_without_noise_gets_nothing(box: Box) -> None:
    offered(box, noise_multiplier=0.01)
    await box.participant.refresh()
    assert box.cloud.sent == []
    assert await box.outcomes() == ["declined"]


async def test_too_few_sessions_cost_nothing(box: Box) -> None:
    offered(box, min_examples=400)
    await box.participant.refresh()
    assert await box.outcomes() == ["declined"]
    assert await box.spent() == []


@pytest.mark.parametrize("offer", [b"", b"{}", b"\xff" * 10])
async def test_a_cloud_that_offers_nonsense_harms_nothing(box: Box, offer: bytes) -> None:
    box.cloud.offer = offer
    await box.participant.refresh()
    assert (box.cloud.sent, await box.outcomes()) == ([], [])


async def test_a_cloud_that_is_away_is_waited_for(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> bytes | None:
        raise NotDelivered("unreachable", "the cloud cannot be reached")

    monkeypatch.setattr(box.cloud, "current", away)
    await box.participant.refresh()
    assert await box.outcomes() == []


async def test_who_stops_meanwhile_stops_learning(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, over = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_offer: object, _sessions: object, *, is_over: Any) -> None:
        loop.call_soon_threadsafe(begun.set)
        while not is_over():
            pass
        loop.call_soon_threadsafe(over.set)

    monkeypatch.setattr(module, "learned_update", slow)
    offered(box)
    task = asyncio.create_task(box.participant.refresh())
    await asyncio.wait_for(begun.wait(), 5)
    task.cancel()
    await asyncio.wait_for(over.wait(), 5)
    assert await box.spent() == []


async def test_learning_ends_by_the_clock(box: Box) -> None:
    offered(box, epochs=50)
    times = iter([0.0, *([module.LEARN_WITHIN_S + 1] * 1000)])
    participant = box.participant
    participant._now_s = lambda: next(times)
    await participant.refresh()
    assert await box.outcomes() == ["declined"]
    assert "took too long" in (await box.reasons())[0]


async def test_two_boxes_with_the_same_sessions_tell_different_numbers(box: Box) -> None:
    bodies = []
    for _ in range(2):
        offered(box)
        await box.participant.refresh()
        bodies.append(unpack(update_from_wire(box.cloud.sent[-1][1]).arrays)["layer_1.bias"])
    one, other = bodies
    assert not np.array_equal(one, other)
