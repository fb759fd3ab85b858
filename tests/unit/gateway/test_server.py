import asyncio
import signal
import socket

import httpx
import pytest
from fastapi import FastAPI

from gateway.server import PortUnavailable, Server, bind


def test_a_free_port_is_taken_and_told() -> None:
    with bind("127.0.0.1", 0) as listening:
        assert listening.getsockname()[1] > 0


def test_no_answer_waits_for_the_acknowledgement_of_its_head() -> None:
    with bind("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_in_use_is_refused_with_what_to_do() -> None:
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(PortUnavailable, match=rf"127\.0\.0\.1:{port}.*Choose another"):
            bind("127.0.0.1", port)


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    with pytest.raises(PortUnavailable, match="192\\.0\\.2\\.1"):
        bind("192.0.2.1", 0)


async def test_it_serves_and_stops_from_inside_and_says_so_first() -> None:
    app, said = FastAPI(), []

    @app.get("/hello")
    def hello() -> str:
        return "here"

    server = Server(app, on_exit=lambda: said.append("going"))
    with bind("127.0.0.1", 0) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{listening.getsockname()[1]}/hello")
        assert answer.json() == "here"
        assert "server" not in answer.headers
        server.stop()
        await asyncio.wait_for(serving, 5)
    assert said == ["going"]


def test_a_signal_ends_the_streams_before_it_ends_the_server() -> None:
    said: list[str] = []
    server = Server(FastAPI(), on_exit=lambda: said.append("going"))
    server.handle_exit(signal.SIGTERM, None)
    assert said == ["going"]
    assert server.should_exit
