"""The API on a real server: streams that live, end in time, and come back after a kill."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from gateway.store.tables import store_path
from tests.waiting import wait_until

SERVER = Path(__file__).with_name("api_server.py")
WAIT_S = 20.0


@dataclass
class Running:
    """A server process and the way to it."""

    process: subprocess.Popen[str]
    port: int
    token: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=WAIT_S)

    def rep(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("rep\n")
        self.process.stdin.flush()

    def check_in(self) -> str:
        with self.client() as client:
            answer = client.post("/api/v1/sessions", json={"station_id": "mat", "member_id": "ada"})
        assert answer.status_code == 201
        session_id: str = answer.json()["id"]
        return session_id


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[subprocess.Popen[str]] = []

    def start(port: int = 0) -> Running:
        process = subprocess.Popen(
            [sys.executable, str(SERVER), str(tmp_path), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        said = process.stdout.readline().split()
        assert len(said) == 2, process.stderr.read() if process.stderr else ""
        return Running(process, int(said[0]), said[1])

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=WAIT_S)


@contextmanager
def stream(client: httpx.Client) -> Iterator[Iterator[dict[str, str]]]:
    """Open the mat's stream; yields its events as they come."""
    with client.stream("GET", "/api/v1/stations/mat/events") as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")

        def events() -> Iterator[dict[str, str]]:
            event: dict[str, str] = {}
            for line in answer.iter_lines():
                if not line and event:
                    yield event
                    event = {}
                elif line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    event[name] = value

        yield events()


def test_a_page_gets_the_state_at_once_reps_as_they_come_and_a_heartbeat(
    launch: Callable[..., Running],
) -> None:
    server = launch()
    server.check_in()
    with server.client() as client, stream(client) as events:
        first = next(events)
        assert first["event"] == "state"
        assert json.loads(first["data"])["session"]["member_id"] == "ada"
        server.rep()
        rep = next(each for each in events if each["event"] == "rep")
        assert json.loads(rep["data"])["number"] == 1
        state = next(each for each in events if each["event"] == "state")
        assert json.loads(state["data"])["reps"] == 1
        quiet_s = time.monotonic()
        beats = [next(events) for _ in range(3)]
        assert {each["event"] for each in beats} == {"state"}
        assert time.monotonic() - quiet_s > 1.5
        ids = [int(each["id"]) for each in (first, rep, state, *beats)]
        assert ids == sorted(set(ids))


def test_the_server_stops_at_once_though_streams_are_open(launch: Callable[..., Running]) -> None:
    server = launch()
    with ExitStack() as stack:
        client = stack.enter_context(server.client())
        streams = [stack.enter_context(stream(client)) for _ in range(4)]
        for events in streams:
            next(events)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(WAIT_S)
        for events in streams:
            list(events)  # each ends, none is cut off as after the server's own limit of two seconds
    assert server.process.stderr is not None
    assert "Traceback" not in server.process.stderr.read()


def reps_on_the_disk(data_dir: Path) -> int:
    """What a box would go on with that starts now."""
    with closing(sqlite3.connect(store_path(data_dir))) as database:
        (progress,) = database.execute("SELECT progress FROM session").fetchone()
    return sum(each["reps"] for each in json.loads(progress or "{}").get("sets", []))


def test_after_a_kill_the_page_finds_the_session_and_its_count_again(
    launch: Callable[..., Running], tmp_path: Path
) -> None:
    server = launch()
    session_id = server.check_in()
    with server.client() as client, stream(client) as events:
        for _ in range(3):
            server.rep()
        next(e for e in events if e["event"] == "state" and json.loads(e["data"])["reps"] == 3)
        wait_until(lambda: reps_on_the_disk(tmp_path) == 3)
        server.process.kill()
        with pytest.raises(httpx.RemoteProtocolError):
            list(events)
    again = launch(server.port)
    with again.client(server.token) as client:  # the kiosk still holds the token of before
        with stream(client) as events:
            state = json.loads(next(events)["data"])
            assert (state["session"]["id"], state["reps"]) == (session_id, 3)
        report = client.post(f"/api/v1/sessions/{session_id}/end", json={"rpe": 4}).json()
        assert report["sets"][0]["reps"] == 3


def test_a_page_that_takes_nothing_holds_up_nobody(launch: Callable[..., Running]) -> None:
    server = launch()
    server.check_in()
    with ExitStack() as stack:
        lazy_client, client = (stack.enter_context(server.client()) for _ in range(2))
        stack.enter_context(stream(lazy_client))  # opened and never read
        events = stack.enter_context(stream(client))
        next(events)
        for number in range(1, 301):
            server.rep()
            if number % 50 == 0:
                reps = (json.loads(each["data"])["number"] for each in events if each["event"] == "rep")
                assert number in reps


def test_a_page_that_leaves_makes_room(launch: Callable[..., Running]) -> None:
    server = launch()
    for _ in range(3):
        with ExitStack() as stack:
            client = stack.enter_context(
                httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"})
            )
            for _ in range(15):
                next(stack.enter_context(stream(client)))
        deadline_s = time.monotonic() + WAIT_S
        with server.client() as client:  # 45 streams in all, more than 32 at once would be refused
            while client.get("/api/v1/stations").status_code != 200:
                assert time.monotonic() < deadline_s


def test_nothing_tells_what_the_server_is_made_of(launch: Callable[..., Running]) -> None:
    server = launch()
    answer = httpx.get(f"{server.url}/api/v1/stations")
    assert answer.status_code == 401
    assert not [name for name in answer.headers if "server" in name or "powered" in name]
    assert not [word for word in ("uvicorn", "fastapi", "starlette", "python") if word in answer.text.lower()]
