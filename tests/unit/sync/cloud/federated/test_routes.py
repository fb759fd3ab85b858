"""A box asks for a round and answers it, over the service's real API."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from sync.cloud.api.create import create_api
from sync.cloud.federated.routes import routes
from sync.cloud.operators.desk import Operators
from sync.federated.array_record import MOST_BYTES
from sync.federated.messages import round_from_wire
from tests.unit.sync.cloud.federated.conftest import Learning, body

CURRENT = "/api/v1/federated/rounds/current"


class Box:
    def __init__(self, service: FastAPI, token: str | None) -> None:
        self._service = service
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def get(self) -> httpx.Response:
        return self._ask("GET", CURRENT)

    def post(self, round_id: str, content: bytes) -> httpx.Response:
        return self._ask("POST", f"/api/v1/federated/rounds/{round_id}/updates", content=content)

    def _ask(self, method: str, path: str, **facts: Any) -> httpx.Response:
        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(self._service)
            async with httpx.AsyncClient(transport=transport, base_url="http://cloud") as client:
                return await client.request(method, path, headers=self._headers, **facts)

        return asyncio.run(exchange())


@pytest.fixture
def service(learning: Learning) -> FastAPI:
    return create_api(
        learning.parts.gateways,
        Operators(learning.parts.database, secure=False),
        learning.parts.metrics,
        [routes(learning.rounds)],
    )


@pytest.fixture
def box(service: FastAPI, learning: Learning) -> Box:
    return Box(service, learning.parts.gateways.add("box", gym_id="gym", tenant_id="tenant"))


def test_a_round_is_asked_for_and_answered(box: Box, learning: Learning) -> None:
    assert box.get().status_code == 204
    offer = learning.start()
    given = box.get()
    assert given.status_code == 200
    assert given.headers["Content-Type"] == "application/json"
    assert round_from_wire(given.content) == offer
    sent = body(offer)
    assert [box.post(offer.id, sent).status_code for _ in range(2)] == [201, 200]
    assert box.get().status_code == 204
    assert box.post(offer.id, body(offer, value=0.02)).status_code == 409


def test_errors_are_problems(box: Box, learning: Learning) -> None:
    offer = learning.start()
    cases = [
        (offer.id, b"{}", 422, "update-refused"),
        (offer.id, b"x" * (MOST_BYTES + 1), 413, ""),
        ("anything", body(offer), 422, "update-refused"),
    ]
    learned = body(offer)
    for round_id, content, status, slug in cases:
        answer = box.post(round_id, content)
        assert answer.status_code == status
        assert answer.json()["type"].endswith(slug)
    learning.clock.advance(days=8)
    assert box.post(offer.id, learned).json()["type"] == "urn:gymbox:problem:round-over"


def test_strangers_are_told_nothing(service: FastAPI, learning: Learning) -> None:
    offer = learning.start()
    for token in (None, "ggt_unknown"):
        stranger = Box(service, token)
        assert stranger.get().status_code == 401
        assert stranger.post(offer.id, body(offer)).status_code == 401
    assert learning.info().answered == 0


def test_a_box_answers_for_itself_alone(service: FastAPI, box: Box, learning: Learning) -> None:
    other = Box(service, learning.parts.gateways.add("other", gym_id="elsewhere", tenant_id="rival"))
    offer = learning.start()
    assert box.post(offer.id, body(offer)).status_code == 201
    assert other.get().status_code == 200
    assert other.post(offer.id, body(offer, value=0.03)).status_code == 201
    assert learning.info().answered == 2
