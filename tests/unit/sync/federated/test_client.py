"""What the box makes of the cloud's answers, without a network."""

import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from sync.federated.array_record import MOST_BYTES
from sync.federated.client import FederatedCloud, UpdateRefused
from sync.upload.answer import NotDelivered
from sync.upload.credentials import CloudAddress

Answer = Callable[[httpx.Request], httpx.Response]
ROUND = "0198c0de-0000-7000-8000-000000000000"


class Body(httpx.AsyncByteStream):
    """Comes in two pieces, as from a line."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        middle = len(self._content) // 2
        yield self._content[:middle]
        yield self._content[middle:]


def reply(status: int, content: bytes = b"") -> httpx.Response:
    return httpx.Response(status, stream=Body(content))


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("ggt_one\n")
    return path


def cloud(token: Path, answer: Answer, contexts: list[ssl.SSLContext] | None = None) -> FederatedCloud:
    def transport(tls: ssl.SSLContext) -> httpx.AsyncBaseTransport:
        if contexts is not None:
            contexts.append(tls)
        return httpx.MockTransport(answer)

    address = CloudAddress("https://cloud.example/base/", token_file=token)
    return FederatedCloud(address, agent="gymbox/1", transport=transport)


async def test_it_asks_as_itself_and_sends_as_it_was_told(token: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return reply(200 if request.method == "GET" else 201, b'{"round": 1}')

    def renew() -> None:
        token.write_text("ggt_two")

    box = cloud(token, answer)
    assert await box.current() == b'{"round": 1}'
    renew()
    await box.answer(ROUND, b"update")
    asked, sent = seen
    assert str(asked.url) == "https://cloud.example/base/api/v1/federated/rounds/current"
    assert str(sent.url) == f"https://cloud.example/base/api/v1/federated/rounds/{ROUND}/updates"
    assert sent.content == b"update"
    assert [each.headers["authorization"] for each in seen] == ["Bearer ggt_one", "Bearer ggt_two"]
    assert sent.headers["user-agent"] == "gymbox/1"


async def test_no_round_is_no_error(token: Path) -> None:
    assert await cloud(token, lambda _request: reply(204)).current() is None


async def test_the_service_is_always_verified(token: Path) -> None:
    contexts: list[ssl.SSLContext] = []
    await cloud(token, lambda _request: reply(204), contexts).current()
    assert [each.verify_mode for each in contexts] == [ssl.CERT_REQUIRED]
    assert contexts[0].check_hostname


@pytest.mark.parametrize("status", [404, 409, 410, 422])
async def test_what_will_never_be_taken_is_told_apart(token: Path, status: int) -> None:
    with pytest.raises(UpdateRefused, match=str(status)):
        await cloud(token, lambda _request: reply(status)).answer(ROUND, b"{}")


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (401, "credentials"),
        (403, "credentials"),
        (429, "busy"),
        (503, "busy"),
        (500, "failing"),
        (400, "unwanted"),
    ],
)
async def test_what_may_be_taken_later_waits(token: Path, status: int, problem: str) -> None:
    box = cloud(token, lambda _request: reply(status))
    for exchange in (box.current, lambda: box.answer(ROUND, b"{}")):
        with pytest.raises(NotDelivered) as told:
            await exchange()
        assert told.value.problem == problem


async def test_an_answer_without_end_is_cut_off(token: Path) -> None:
    box = cloud(token, lambda _request: reply(200, b"x" * (MOST_BYTES + 1)))
    with pytest.raises(NotDelivered, match="longer than a round"):
        await box.current()


@pytest.mark.parametrize(
    ("error", "problem"),
    [(httpx.ReadTimeout("slow"), "slow"), (httpx.ConnectError("no route"), "unreachable")],
)
async def test_a_line_that_is_down_is_told(token: Path, error: Exception, problem: str) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(NotDelivered) as told:
        await cloud(token, answer).current()
    assert told.value.problem == problem


async def test_without_its_token_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotDelivered, match="token_file"):
        await cloud(tmp_path / "nothing", lambda _request: reply(204)).current()
