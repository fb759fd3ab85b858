"""The wire against a real TLS server that answers, hangs, drips, lies, or is somebody else."""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from sync.upload import transport
from sync.upload.answer import NotDelivered
from sync.upload.credentials import CloudAddress
from sync.upload.transport import HttpsCloud
from tests.authority import Authority

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]]


@dataclass
class Server:
    """What a connection said, and where it is."""

    authority: Authority
    port: int = 0
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0

    def address(self, **options: Path) -> CloudAddress:
        options = {"ca": self.authority.certificate, **options}
        return CloudAddress(f"https://127.0.0.1:{self.port}/base", **options)

    async def request(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(x.split(":")[1]) for x in head.lower().split("\r\n") if "content-length" in x), 0)
        self.heads.append(head)
        self.bodies.append(await reader.readexactly(length))


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


@asynccontextmanager
async def serving(
    authority: Authority,
    behave: Callable[[Server, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]],
    *,
    certificate: tuple[Path, Path] | None = None,
    clients: Path | None = None,
) -> AsyncIterator[Server]:
    server = Server(authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*(certificate or authority.issue("cloud")))
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            await behave(server, reader, writer)
        writer.transport.abort()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


async def well(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes one request after the other."""
    while True:
        await server.request(reader)
        writer.write(answer("200 OK", json.dumps({"acknowledged": []}).encode(), "X-Told: yes"))


@asynccontextmanager
async def cloud(address: CloudAddress, **options: float) -> AsyncIterator[HttpsCloud]:
    opened = HttpsCloud(address, agent="gymbox/9", **options)
    try:
        yield opened
    finally:
        await opened.close()


async def fails(opened: HttpsCloud) -> NotDelivered:
    with pytest.raises(NotDelivered) as caught:
        await opened.post(b"frame")
    return caught.value


async def test_what_is_posted_and_what_comes_back(authority: Authority, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("ggt_secret\n")
    async with serving(authority, well) as server, cloud(server.address(token_file=token)) as opened:
        for body in (b"one", b"x" * 100_000):
            reply = await opened.post(body)
            assert (reply.status, reply.headers["x-told"], reply.body) == (
                200,
                "yes",
                b'{"acknowledged": []}',
            )
        await opened.probe()
    assert server.bodies == [b"one", b"x" * 100_000, b""]
    assert server.connections == 1
    first, _, probe = (head.lower() for head in server.heads)
    assert first.startswith("post /base/api/v1/records http/1.1")
    for line in (
        "content-type: application/x-ndjson",
        "content-encoding: zstd",
        "content-length: 3",
        "user-agent: gymbox/9",
        "authorization: bearer ggt_secret",
    ):
        assert f"\r\n{line}\r\n" in first
    assert "transfer-encoding" not in first
    assert probe.startswith("get /base/livez")
    assert "content-encoding" not in probe


async def test_a_status_that_is_no_success_is_handed_on(authority: Authority) -> None:
    async def behave(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        writer.write(answer("302 Found", b"", "Location: http://127.0.0.1:9/elsewhere"))

    async with serving(authority, behave) as server, cloud(server.address()) as opened:
        assert (await opened.post(b"frame")).status == 302, "nothing is sent to where it points"


async def test_somebody_elses_certificate(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger")
    async with serving(authority, well) as server, cloud(server.address(ca=stranger.certificate)) as opened:
        failure = await fails(opened)
    assert failure.problem == "untrusted"
    assert "certificate does not hold" in str(failure)
    assert server.heads == [], "nothing was said to a stranger"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"address": "127.0.0.2"}, "address mismatch"),
        ({"begins": timedelta(days=1)}, "not yet valid"),
        ({"begins": timedelta(days=-3)}, "expired"),
    ],
)
async def test_a_certificate_that_does_not_hold(
    authority: Authority, options: dict[str, str], said: str
) -> None:
    wrong = authority.issue("wrong", **options)  # type: ignore[arg-type]
    async with serving(authority, well, certificate=wrong) as server, cloud(server.address()) as opened:
        failure = await fails(opened)
    assert failure.problem == "untrusted"
    assert said in str(failure).lower()
    assert "clock" in str(failure)


async def test_the_boxes_certificate_is_shown_and_missed(authority: Authority) -> None:
    cert, key = authority.issue("box-1")
    async with serving(authority, well, clients=authority.certificate) as server:
        async with cloud(server.address(cert=cert, key=key)) as opened:
            assert (await opened.post(b"frame")).status == 200
        async with cloud(server.address()) as opened:
            failure = await fails(opened)
    assert failure.problem == "unreachable", "the alert is lost with the connection"
    assert "certificate of the box" in str(failure)


def refuse_one(listening: socket.socket, context: ssl.SSLContext) -> None:
    """A handshake that ends with an alert."""
    connection, _ = listening.accept()
    with connection, suppress(ssl.SSLError):
        context.wrap_socket(connection, server_side=True)


async def test_a_service_that_says_what_it_has_against_the_boxes_certificate(authority: Authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("cloud"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # the client learns of it within the handshake
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        refusing = asyncio.create_task(asyncio.to_thread(refuse_one, listening, context))
        address = CloudAddress(f"https://127.0.0.1:{listening.getsockname()[1]}", ca=authority.certificate)
        async with cloud(address) as opened:
            failure = await fails(opened)
        await refusing
    assert failure.problem == "credentials"
    assert "handshake failure" in str(failure)
    assert "enrol" in str(failure)


async def test_files_are_read_anew_after_trouble(authority: Authority, tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    async with (
        serving(authority, well, clients=authority.certificate) as server,
        cloud(server.address(cert=cert, key=key)) as opened,
    ):
        failure = await fails(opened)
        assert failure.problem == "credentials"
        assert "cert.pem" in str(failure)
        for made, place in zip(authority.issue("box-1"), (cert, key), strict=True):
            made.rename(place)
        assert (await opened.post(b"frame")).status == 200


async def test_a_renewed_identity_is_shown_on_a_new_connection(authority: Authority, tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"

    def renew(name: str) -> None:
        for made, place in zip(authority.issue(name), (cert, key), strict=True):
            made.rename(place)

    renew("first")
    async with (
        serving(authority, well, clients=authority.certificate) as server,
        cloud(server.address(cert=cert, key=key)) as opened,
    ):
        clients = []
        for name in (None, None, "second", None):
            if name is not None:
                renew(name)
            assert (await opened.post(b"frame")).status == 200
            clients.append(opened._client)
    assert clients[0] is clients[1] is not clients[2] is clients[3]


async def test_nobody_there(authority: Authority) -> None:
    async with serving(authority, well) as server:
        pass
    async with cloud(server.address()) as opened:
        failure = await fails(opened)
    assert failure.problem == "unreachable"
    assert str(failure).startswith("the cloud cannot be reached: ")


@pytest.mark.parametrize("host", ["exa\u00admple .invalid", "x" * 70 + ".invalid"])
async def test_a_host_that_no_network_can_have(host: str) -> None:
    async with cloud(CloudAddress(f"https://{host}")) as opened:
        assert (await fails(opened)).problem == "unreachable"


async def test_a_connection_that_ends_in_the_middle(authority: Authority) -> None:
    async def behave(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()

    async with serving(authority, behave) as server, cloud(server.address()) as opened:
        assert (await fails(opened)).problem == "unreachable"
        assert (await fails(opened)).problem == "unreachable"
        assert server.connections == 2


async def test_what_is_not_http(authority: Authority) -> None:
    async def behave(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        await writer.drain()

    async with serving(authority, behave) as server, cloud(server.address()) as opened:
        assert (await fails(opened)).problem == "unreachable"


async def test_silence_has_an_end(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SILENCE_S", 0.2)

    async def behave(server: Server, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        await asyncio.sleep(30)

    async with serving(authority, behave) as server, cloud(server.address()) as opened:
        assert (await fails(opened)).problem == "slow"


async def test_dripping_has_an_end(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "EXCHANGE_S", 0.4)

    async def behave(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with serving(authority, behave) as server, cloud(server.address()) as opened:
        assert (await fails(opened)).problem == "slow"


async def test_an_answer_without_end_is_not_read(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 1000)

    async def behave(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            await writer.drain()

    async with serving(authority, behave) as server, cloud(server.address()) as opened:
        failure = await fails(opened)
    assert failure.problem == "failing"
    assert "no end" in str(failure)


async def test_the_bandwidth_is_kept(authority: Authority) -> None:
    """40 kB at 40 kB a second: the burst of one second is spent before, so this takes one."""
    async with (
        serving(authority, well) as server,
        cloud(server.address(), max_bytes_s=40_000) as opened,
    ):
        await opened.post(b"x" * 40_000)
        began_s = time.monotonic()
        await opened.post(b"x" * 40_000)
    assert time.monotonic() - began_s > 0.9
    assert [len(body) for body in server.bodies] == [40_000, 40_000]


async def test_an_exchange_that_is_given_up_leaves_nothing_behind(authority: Authority) -> None:
    asked = asyncio.Event()

    async def behave(server: Server, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        asked.set()
        await reader.read()

    async with serving(authority, behave) as server, cloud(server.address()) as opened:
        exchange = asyncio.create_task(opened.post(b"frame"))
        await asked.wait()
        exchange.cancel()
        with pytest.raises(asyncio.CancelledError):
            await exchange
