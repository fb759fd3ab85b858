"""The box's shadows over HTTP, with a cloud that answers as it pleases."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.twin.connection import Connection, connect
from gateway.twin.wire import Conflict, Document, ShadowWire, Versions
from sync.upload.answer import NotDelivered
from sync.upload.credentials import CloudAddress, CredentialsUnusable

WHOLE = {"state": {"desired": {"a": 1}, "reported": {}}, "version": 7, "timestamp": "2026-01-01T00:00:00Z"}
ADDRESS = CloudAddress("https://cloud/base")
Answer = Callable[[httpx.Request], httpx.Response]


class Cloud:
    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[httpx.Request] = []
        self.connections = 0

    def connect(self, _address: CloudAddress) -> httpx.Client:
        self.connections += 1
        return httpx.Client(transport=httpx.MockTransport(self.hear), base_url="https://cloud/base")

    def hear(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        said = self.answer(request)
        return httpx.Response(said.status_code, headers=said.headers, stream=httpx.ByteStream(said.content))


def wire_to(answer: httpx.Response | Answer) -> tuple[ShadowWire, Cloud]:
    cloud = Cloud(answer if callable(answer) else lambda _: answer)
    return ShadowWire(Connection(lambda: ADDRESS, connect=cloud.connect)), cloud


def test_versions_are_asked_for_by_their_tag() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("If-None-Match") == '"models-7"':
            return httpx.Response(304)
        return httpx.Response(200, json={"versions": {"models": 7}}, headers={"ETag": '"models-7"'})

    wire, cloud = wire_to(answer)
    assert wire.versions(None) == Versions({"models": 7}, '"models-7"')
    assert wire.versions('"models-7"') is None
    assert [str(each.url) for each in cloud.requests] == ["https://cloud/base/api/v1/shadows"] * 2
    assert cloud.connections == 1


def test_a_document_is_read_by_its_name() -> None:
    wire, cloud = wire_to(httpx.Response(200, json=WHOLE))
    assert wire.read("config") == Document({"a": 1}, {}, 7)
    assert [str(each.url) for each in cloud.requests] == ["https://cloud/base/api/v1/shadows/config"]


def test_a_report_names_the_version_that_it_answers() -> None:
    wire, cloud = wire_to(httpx.Response(200, json=WHOLE))
    assert wire.report("models", {"b": 2}, version=6).version == 7
    assert json.loads(cloud.requests[0].content) == {"state": {"reported": {"b": 2}}, "version": 6}
    assert cloud.requests[0].method == "POST"


def test_a_conflict_is_told_apart() -> None:
    wire, _ = wire_to(httpx.Response(409, json={"detail": "moved on"}))
    with pytest.raises(Conflict):
        wire.report("models", {"b": 2}, version=6)


@pytest.mark.parametrize(
    ("answer", "problem", "said"),
    [
        (httpx.Response(401, json={"detail": "who are you"}), "credentials", "who are you"),
        (httpx.Response(500), "failing", "500"),
        (httpx.Response(404), "unwanted", "check .cloud. url"),
        (httpx.Response(302, headers={"Location": "https://evil"}), "unwanted", "302"),
        (httpx.Response(200, text="<html>"), "failing", "no shadow"),
        (httpx.Response(200, json={**WHOLE, "version": "7"}), "failing", "no shadow"),
        (httpx.Response(200, json={**WHOLE, "state": {"desired": []}}), "failing", "no shadow"),
        (httpx.Response(200, content=b"[" * 100_000), "failing", "no shadow"),
        (httpx.Response(200, content=b" " * 2_000_000), "failing", "no end"),
    ],
)
def test_what_is_no_document_is_said(answer: httpx.Response, problem: str, said: str) -> None:
    wire, _ = wire_to(answer)
    with pytest.raises(NotDelivered, match=said) as caught:
        wire.read("models")
    assert caught.value.problem == problem


def test_who_is_asked_to_wait_is_told_how_long() -> None:
    wire, _ = wire_to(httpx.Response(503, headers={"Retry-After": "12"}))
    with pytest.raises(NotDelivered) as caught:
        wire.read("models")
    assert (caught.value.problem, caught.value.retry_after_s) == ("busy", 12.0)


def test_after_trouble_the_connection_is_made_anew() -> None:
    def cut(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("the cable was cut")

    wire, cloud = wire_to(cut)
    for _ in range(2):
        with pytest.raises(NotDelivered, match="the cable was cut"):
            wire.read("models")
    cloud.answer = lambda _: httpx.Response(200, json=WHOLE)
    assert wire.read("models") is not None
    assert cloud.connections == 3
    wire.close()
    wire.close()


def test_what_cannot_be_used_is_a_matter_of_credentials() -> None:
    def unusable(*_: object) -> Any:
        raise CredentialsUnusable("token_file cannot be read")

    for connection in (
        Connection(lambda: ADDRESS, connect=unusable),
        Connection(unusable, connect=lambda _: httpx.Client()),
    ):
        with pytest.raises(NotDelivered, match="token_file") as caught:
            ShadowWire(connection).read("models")
        assert caught.value.problem == "credentials"


def test_another_address_is_another_connection() -> None:
    addresses = [ADDRESS, ADDRESS, CloudAddress("https://other")]
    asked: list[CloudAddress] = []

    def connect(address: CloudAddress) -> httpx.Client:
        asked.append(address)
        answer = httpx.MockTransport(lambda _: httpx.Response(200, json=WHOLE))
        return httpx.Client(transport=answer, base_url=address.root)

    connection = Connection(lambda: addresses.pop(0), connect=connect)
    first, again, other = connection.client(), connection.client(), connection.client()
    assert (first is again, first.is_closed, other.is_closed) == (True, True, False)
    assert asked == [ADDRESS, CloudAddress("https://other")]
    connection.close()


def test_a_renewed_identity_is_another_connection(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("ggt_one\n")
    address = CloudAddress("https://cloud", token_file=token)
    connection = Connection(lambda: address, connect=partial(connect, agent="gymbox/1"))
    first = connection.client()
    assert connection.client() is first
    token.write_text("ggt_another\n")
    assert connection.client().headers["Authorization"] == "Bearer ggt_another"
    assert first.is_closed
    connection.close()


def test_a_box_without_a_cloud_has_nobody_to_ask() -> None:
    wire = ShadowWire(Connection(lambda: None, connect=lambda _: httpx.Client()))
    assert not wire.wanted
    with pytest.raises(NotDelivered, match="has no cloud"):
        wire.read("models")


def test_the_box_shows_who_it_is(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("ggt_x\n")
    address = CloudAddress("https://cloud.example/base/", token_file=token)
    with connect(address, agent="gymbox/1") as client:
        assert str(client.base_url) == "https://cloud.example/base/"
        assert client.headers["Authorization"] == "Bearer ggt_x"
        assert (client.headers["User-Agent"], client.headers["Accept-Encoding"]) == ("gymbox/1", "identity")
