"""Asking a camera for its streams: a real HTTP server that answers as cameras do."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from gateway.discovery.onvif import CameraRefuses, Stream, streams_of
from gateway.discovery.soap import Login
from gateway.discovery.xml import LONGEST, parse, text_of

from .answers import BOMB, MEDIA, PROFILES, REFUSED, answered, stream_answer, time_answer

LOGIN = Login("ana", "secret")


class Camera(HTTPServer):
    """A camera whose clock stands in 2011 and who takes logins of that time only."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.says: dict[str, bytes] = {}
        self.status = 200
        self.wants_digest = False
        self.heard: list[bytes] = []

    @property
    def service(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/onvif/device_service"

    def answer(self, message: bytes) -> bytes:
        self.heard.append(message)
        question = re.search(rb"<(Get\w+)", message)
        assert question is not None
        name = question[1].decode()
        if name in self.says:
            return self.says[name]
        if name == "GetSystemDateAndTime":
            return time_answer(1)
        created = text_of(parse(message), "Created")
        if not created.startswith("2011-01-31T01:02:"):
            return REFUSED
        token = text_of(parse(message), "ProfileToken")
        media = MEDIA.replace(b"{port}", str(self.server_port).encode())
        return {"GetCapabilities": media, "GetProfiles": PROFILES}.get(name, stream_answer(token))


class Answer(BaseHTTPRequestHandler):
    server: Camera

    def do_POST(self) -> None:
        message = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.wants_digest and "Authorization" not in self.headers:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Digest realm="cam", qop="auth", nonce="abc"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        octets = self.server.answer(message)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, *_: Any) -> None:
        """Be silent."""


@pytest.fixture
def camera() -> Iterator[Camera]:
    with Camera() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


async def test_streams_come_with_their_sizes_the_largest_first(camera: Camera) -> None:
    assert await streams_of(camera.service, LOGIN) == [
        Stream("Main", "rtsp://127.0.0.1:554/Streaming/main?transport=unicast&p=1", 2688, 1520),
        Stream("Sub & small", "rtsp://127.0.0.1:554/Streaming/sub?transport=unicast&p=1", 640, 360),
    ]
    assert all(b"secret" not in each for each in camera.heard)


async def test_a_camera_that_wants_the_login_of_http_gets_it_as_a_digest(camera: Camera) -> None:
    camera.wants_digest = True
    assert len(await streams_of(camera.service, LOGIN)) == 2
    with pytest.raises(CameraRefuses, match="wants a user and a password"):
        await streams_of(camera.service, None)


async def test_a_wrong_login_is_told_with_what_to_check(camera: Camera) -> None:
    camera.says["GetProfiles"] = REFUSED
    camera.status = 400
    with pytest.raises(CameraRefuses, match=r"Sender not Authorized.*Check user and password"):
        await streams_of(camera.service, LOGIN)


async def test_a_camera_that_hides_its_clock_is_asked_by_ours(camera: Camera) -> None:
    now = datetime.now(UTC)
    camera.says["GetSystemDateAndTime"] = REFUSED
    camera.says["GetCapabilities"] = answered("")
    camera.says["GetProfiles"] = answered("")
    assert await streams_of(camera.service, LOGIN) == []
    sent = datetime.fromisoformat(text_of(parse(camera.heard[-1]), "Created"))
    assert timedelta(seconds=-1) <= sent - now < timedelta(seconds=30)


@pytest.mark.parametrize(
    "answer",
    [BOMB, b"<html>", b"a" * (LONGEST + 1), answered("<Media><XAddr>http://x:99999999</XAddr></Media>")],
)
async def test_what_is_not_onvif_is_told(camera: Camera, answer: bytes) -> None:
    camera.says["GetCapabilities"] = answer
    with pytest.raises(CameraRefuses, match=r"127.0.0.1"):
        await streams_of(camera.service, LOGIN)


async def test_nobody_there_is_told_with_what_to_check() -> None:
    with pytest.raises(CameraRefuses, match=r"does not answer.*ONVIF is switched on"):
        await streams_of("http://127.0.0.1:9/onvif", LOGIN)


async def test_a_camera_cannot_send_us_elsewhere(camera: Camera) -> None:
    camera.status = 302
    camera.says["GetCapabilities"] = answered("<Media><XAddr>http://10.0.0.99/steal</XAddr></Media>")
    with pytest.raises(
        CameraRefuses, match=r"127.0.0.1 does not answer"
    ):  # it is looked for here, at port 80
        await streams_of(camera.service, LOGIN, timeout_s=1.0)
