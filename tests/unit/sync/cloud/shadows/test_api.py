"""A box reads what it should be and says what it is, over the service's real API."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from provisioning.twin import MAX_BYTES
from sync.cloud.api.create import create_api
from sync.cloud.gateways import Gateways
from sync.cloud.metrics import Metrics
from sync.cloud.operators.desk import Operators
from sync.cloud.rollout.plan import Plan
from sync.cloud.shadows import api
from sync.cloud.shadows.store import change
from tests.unit.sync.cloud.rollout.rollouts import EVERYBODY
from tests.unit.sync.cloud.simulated_fleet import Fleet, fleet_on_sqlite

MODELS = "/api/v1/shadows/models"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on_sqlite(tmp_path) as fleet:
        fleet.add("a", "b")
        fleet.add("c", gym="south")
        yield fleet


@pytest.fixture
def service(fleet: Fleet) -> FastAPI:
    operators = Operators(fleet.database, secure=False, clock=fleet.clock)
    return create_api(fleet.gateways, operators, Metrics(), [api.routes(fleet.database, clock=fleet.clock)])


def ask(service: FastAPI, method: str, path: str = MODELS, **facts: Any) -> httpx.Response:
    async def exchange() -> httpx.Response:
        transport = httpx.ASGITransport(service)
        async with httpx.AsyncClient(transport=transport, base_url="http://cloud") as client:
            return await client.request(method, path, **facts)

    return asyncio.run(exchange())


class Caller:
    """A box that shows its token."""

    def __init__(self, service: FastAPI, token: str) -> None:
        self._service = service
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, etag: str | None = None, path: str = MODELS) -> httpx.Response:
        headers = self._headers if etag is None else {**self._headers, "If-None-Match": etag}
        return ask(self._service, "GET", path, headers=headers)

    def report(self, reported: Any, version: int | None = None) -> httpx.Response:
        document = {"state": {"reported": reported}}
        return self.post(document if version is None else {**document, "version": version})

    def post(self, document: Any) -> httpx.Response:
        return ask(self._service, "POST", json=document, headers=self._headers)


@pytest.fixture
def box(service: FastAPI, fleet: Fleet) -> Caller:
    return Caller(service, fleet.tokens["a"])


def desire(fleet: Fleet, box: str, **fields: Any) -> None:
    with fleet.database.write() as session:
        change(session, box, "models", "desired", fields, now=fleet.now)


def test_a_new_box_reads_an_empty_document(box: Caller, fleet: Fleet) -> None:
    answer = box.get()
    assert answer.status_code == 200
    stamp = fleet.now.isoformat().replace("+00:00", "Z")
    assert answer.json() == {"state": {"desired": {}, "reported": {}}, "version": 0, "timestamp": stamp}


def test_there_is_news_only_when_there_is(box: Caller, fleet: Fleet) -> None:
    etag = box.get().headers["ETag"]
    same = box.get(etag)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
    desire(fleet, "a", intensity={"version": "2"})
    news = box.get(etag)
    assert news.status_code == 200
    assert news.json()["state"]["desired"] == {"intensity": {"version": "2"}}
    assert box.get(news.headers["ETag"]).status_code == 304
    desire(fleet, "a", intensity={"version": "2"})
    assert box.get(news.headers["ETag"]).status_code == 304


def test_a_report_is_merged_and_answered_with_the_whole(box: Caller, fleet: Fleet) -> None:
    desire(fleet, "a", intensity={"version": "2"})
    first = box.report({"intensity": {"version": "1", "state": "active"}}, version=1)
    assert (first.status_code, first.json()["version"], first.headers["ETag"]) == (200, 2, '"2"')
    second = box.report({"intensity": {"state": None}, "effect": {"version": "7"}})
    assert second.json()["state"] == {
        "desired": {"intensity": {"version": "2"}},
        "reported": {"intensity": {"version": "1"}, "effect": {"version": "7"}},
    }


def test_who_has_read_another_version_is_told_of_the_conflict(box: Caller, fleet: Fleet) -> None:
    desire(fleet, "a", intensity={"version": "2"})
    refused = box.report({"x": 1}, version=0)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:gymbox:problem:version-conflict"
    assert fleet.shadow("a").reported == {}


def test_a_box_reaches_nobody_elses(service: FastAPI, fleet: Fleet) -> None:
    for name in ("a", "b", "c"):
        desire(fleet, name, intensity={"version": f"of {name}"})
        Caller(service, fleet.tokens[name]).report({"said": f"by {name}"})
    for name in ("a", "b", "c"):
        state = Caller(service, fleet.tokens[name]).get().json()["state"]
        assert state == {
            "desired": {"intensity": {"version": f"of {name}"}},
            "reported": {"said": f"by {name}"},
        }


def test_without_credentials_there_is_nothing(service: FastAPI, fleet: Fleet) -> None:
    fleet.gateways.revoke("b")
    for caller, status in ((Caller(service, "ggt_wrong"), 401), (Caller(service, fleet.tokens["b"]), 403)):
        assert caller.get().status_code == status
        assert caller.report({"x": 1}).status_code == status
    assert ask(service, "GET").status_code == 401


def test_a_box_that_comes_later_starts_with_what_the_others_have(service: FastAPI, fleet: Fleet) -> None:
    fleet.register("2")
    begun = fleet.rollouts.start("intensity", plan=Plan(groups=(EVERYBODY,)), by="operator ann")
    for name in ("a", "b", "c"):
        fleet.obey(name)
    fleet.rollouts.step()
    fleet.add("new")
    desired = Caller(service, fleet.tokens["new"]).get().json()["state"]["desired"]
    assert desired == {"intensity": fleet.desired("a")}
    assert desired["intensity"]["rollout"] == begun.id


def test_the_documents_of_a_box_are_apart(box: Caller) -> None:
    box.report({"x": 1})
    assert box.get(path="/api/v1/shadows/config").json()["state"]["reported"] == {}
    assert box.get(path="/api/v1/shadows/secrets").status_code == 422


def deep(levels: int) -> Any:
    return {"a": deep(levels - 1)} if levels else 1


NO_REPORTS: list[tuple[Any, str]] = [
    ({"state": {"desired": {"x": 1}}}, "reported"),
    ({"state": {"reported": {}, "desired": {}}}, "desired"),
    ({"state": {"reported": [1]}}, "reported"),
    ({"state": {"reported": {}}, "version": "1"}, "version"),
    ({"state": {"reported": {}}, "secret": 1}, "secret"),
    ({"state": {"reported": deep(9)}}, "levels"),
    ([], "body"),
]


def test_what_is_no_report_is_refused(box: Caller) -> None:
    for document, said in NO_REPORTS:
        answer = box.post(document)
        assert (answer.status_code, said in answer.json()["detail"]) == (422, True), document
    assert box.get().json()["version"] == 0


NO_JSON: list[tuple[bytes, int]] = [
    (b"{", 400),
    (b"\xff", 400),
    (b'{"state": {"reported": {"x": NaN}}}', 422),
    (b"[" * 60_000, 400),
    (b" " * (MAX_BYTES + 1), 413),
]


def test_what_is_no_json_is_refused(service: FastAPI, fleet: Fleet) -> None:
    headers = {"Authorization": f"Bearer {fleet.tokens['a']}"}
    for body, status in NO_JSON:
        answer = ask(service, "POST", content=body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_document_that_would_be_too_long_is_refused(box: Caller) -> None:
    half = "x" * (MAX_BYTES // 2)
    assert box.report({"a": half}).status_code == 200
    assert box.report({"b": half}).status_code == 422


def test_one_look_tells_whether_anything_is_new(service: FastAPI, fleet: Fleet) -> None:
    box = Caller(service, fleet.tokens["a"])
    path = "/api/v1/shadows"
    first = box.get(path=path)
    assert (first.status_code, first.json()) == (200, {"versions": {}})
    assert box.get(first.headers["ETag"], path).status_code == 304
    with fleet.database.write() as session:
        change(session, "a", "models", "desired", {"m": {"version": "1"}}, now=fleet.clock())
        change(session, "a", "config", "desired", {"x": {"version": "1"}}, now=fleet.clock())
        change(session, "b", "config", "desired", {"x": {"version": "2"}}, now=fleet.clock())
    news = box.get(first.headers["ETag"], path)
    assert (news.status_code, news.json()) == (200, {"versions": {"config": 1, "models": 1}})
    assert news.headers["ETag"] == '"config-1.models-1"'
    assert box.get(news.headers["ETag"], path).status_code == 304
    box.report({"m": {"version": "1"}})
    assert box.get(news.headers["ETag"], path).json()["versions"]["models"] == 2
    assert ask(service, "GET", path).status_code == 401


def test_a_look_is_one_transaction_of_two_questions(service: FastAPI, fleet: Fleet) -> None:
    """Every box asks this again and again: who asks and what is new must not cost more."""
    begun: list[Any] = []
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(fleet.database.engine, "begin", begun.append)
    event.listen(fleet.database.engine, "before_cursor_execute", note)
    box = Caller(service, fleet.tokens["a"])
    assert box.get(path="/api/v1/shadows").status_code == 200
    assert len(begun) == 1
    assert [each.split()[0] for each in asked] == ["BEGIN", "SELECT", "SELECT"]


def test_a_box_that_was_revoked_ends_with_its_next_look(service: FastAPI, fleet: Fleet) -> None:
    box, path = Caller(service, fleet.tokens["a"]), "/api/v1/shadows"
    tag = box.get(path=path).headers["ETag"]
    assert box.get(tag, path).status_code == 304
    other_process = Gateways(fleet.database, clock=fleet.clock)
    other_process.revoke("a")
    refused = box.get(tag, path)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:gymbox:problem:gateway-revoked")


@pytest.mark.parametrize("name", ["config", "models", "software", "jobs", "health"])
def test_every_named_document_is_there(service: FastAPI, fleet: Fleet, name: str) -> None:
    box = Caller(service, fleet.tokens["a"])
    assert box.get(path=f"/api/v1/shadows/{name}").json()["version"] == 0
