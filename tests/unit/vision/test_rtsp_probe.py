"""A camera that answers as it is told, and what the probe makes of it."""

import base64
import contextlib
import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from vision.rtsp_probe import probe_rtsp
from vision.source import SourceFailedError

SDP = "v=0\r\nm=audio 0 RTP/AVP 97\r\nm=video 0 RTP/AVP 96\r\n"
Reply = Callable[[str], bytes | None]


def answer(code: int, *headers: str, body: str = "") -> bytes:
    lines = [f"RTSP/1.0 {code} Whatever", "CSeq: 1", *headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


class Camera:
    """Accepts one connection and answers each request by the given function; None hangs up."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(5)
        self.port = self._listener.getsockname()[1]
        self._thread: threading.Thread | None = None

    def serve(self, reply: Reply) -> None:
        self._thread = threading.Thread(target=self._run, args=(reply,), daemon=True)
        self._thread.start()

    def _run(self, reply: Reply) -> None:
        connection, _ = self._listener.accept()
        with connection, contextlib.suppress(ConnectionError):  # the probe may hang up first
            connection.settimeout(5)
            received = b""
            while chunk := connection.recv(4096):
                received += chunk
                while b"\r\n\r\n" in received:
                    request, _, received = received.partition(b"\r\n\r\n")
                    self.requests.append(request.decode())
                    said = reply(self.requests[-1])
                    if said is None:
                        return
                    connection.sendall(said)

    def close(self) -> None:
        self._listener.close()
        if self._thread is not None:
            self._thread.join(5)

    def url(self, login: str = "") -> str:
        return f"rtsp://{login}127.0.0.1:{self.port}/live?channel=1"

    def failure(self, login: str = "", timeout_s: float = 0.5) -> SourceFailedError:
        with pytest.raises(SourceFailedError) as failure:
            probe_rtsp(self.url(login), timeout_s=timeout_s)
        return failure.value


@pytest.fixture
def camera() -> Iterator[Camera]:
    camera = Camera()
    yield camera
    camera.close()


def test_a_camera_with_a_picture_passes(camera: Camera) -> None:
    camera.serve(lambda _: answer(200, body=SDP))
    probe_rtsp(camera.url())
    assert camera.requests[0].startswith(
        f"DESCRIBE rtsp://127.0.0.1:{camera.port}/live?channel=1 RTSP/1.0\r\n"
    )


def test_an_answer_cut_short_is_waited_for_and_then_given_up(camera: Camera) -> None:
    camera.serve(lambda _: answer(200, body=SDP)[:-12])
    assert camera.failure().state == "stalled"


@pytest.mark.parametrize(
    ("code", "state", "words"),
    [
        (403, "unauthorised", "refuses"),
        (404, "no_video", "no stream at this path"),
        (454, "no_video", "RTSP error 454"),
        (503, "no_video", "RTSP error 503"),
    ],
)
def test_refusals_are_told_apart(camera: Camera, code: int, state: str, words: str) -> None:
    camera.serve(lambda _: answer(code))
    failure = camera.failure()
    assert failure.state == state
    assert words in failure.reason
    assert f"127.0.0.1:{camera.port}" in failure.reason


def test_a_redirect_is_left_to_the_video_library(camera: Camera) -> None:
    camera.serve(lambda _: answer(302, "Location: rtsp://elsewhere/live"))
    probe_rtsp(camera.url())


def test_a_stream_of_sound_alone_is_no_video(camera: Camera) -> None:
    camera.serve(lambda _: answer(200, body="v=0\r\nm=audio 0 RTP/AVP 97\r\n"))
    failure = camera.failure()
    assert failure.state == "no_video"
    assert "no video" in failure.reason


def test_a_camera_that_wants_a_login_and_is_given_none(camera: Camera) -> None:
    camera.serve(lambda _: answer(401, 'WWW-Authenticate: Basic realm="x"'))
    failure = camera.failure()
    assert failure.state == "unauthorised"
    assert "wants a user name" in failure.reason
    assert len(camera.requests) == 1


def test_basic_login(camera: Camera) -> None:
    expected = base64.b64encode(b"joe:p@ss").decode()

    def reply(request: str) -> bytes:
        if f"Authorization: Basic {expected}" in request:
            return answer(200, body=SDP)
        return answer(401, 'WWW-Authenticate: Basic realm="x"')

    camera.serve(reply)
    probe_rtsp(camera.url("joe:p%40ss@"))


def test_a_wrong_password(camera: Camera) -> None:
    camera.serve(lambda _: answer(401, 'WWW-Authenticate: Basic realm="x"'))
    failure = camera.failure("joe:hunter2@")
    assert failure.state == "unauthorised"
    assert "hunter2" not in failure.reason
    assert len(camera.requests) == 2


def digest_server(algorithm: str, qop: str) -> Reply:
    hashed = hashlib.sha256 if algorithm == "SHA-256" else hashlib.md5

    def digest(text: str) -> str:
        return hashed(text.encode()).hexdigest()

    def reply(request: str) -> bytes:
        fields = dict(re.findall(r'(\w+)="?([^",\r]*)"?', request.partition("Authorization: Digest ")[2]))
        if fields:
            who, what = digest("joe:gym:p@ss"), digest(f"DESCRIBE:{fields['uri']}")
            middle = f"{fields['nc']}:{fields['cnonce']}:auth:" if qop else ""
            if fields["response"] == digest(f"{who}:n0nce:{middle}{what}") and fields["opaque"] == "o":
                return answer(200, body=SDP)
        challenge = (
            f'Digest realm="gym", nonce="n0nce", opaque="o"{algorithm and f", algorithm={algorithm}"}{qop}'
        )
        return answer(401, f"WWW-Authenticate: {challenge}", 'WWW-Authenticate: Basic realm="gym"')

    return reply


@pytest.mark.parametrize("algorithm", ["", "MD5", "SHA-256"])
@pytest.mark.parametrize("qop", ["", ', qop="auth"', ', qop="auth-int, auth"'])
def test_digest_login(camera: Camera, algorithm: str, qop: str) -> None:
    camera.serve(digest_server(algorithm, qop))
    probe_rtsp(camera.url("joe:p%40ss@"))


def test_a_password_is_not_sent_in_the_open_when_digest_is_offered(camera: Camera) -> None:
    camera.serve(digest_server("MD5", ""))
    assert camera.failure("joe:wrong@").state == "unauthorised"
    assert not any("Basic" in request for request in camera.requests)


def test_a_login_of_a_kind_unknown_here(camera: Camera) -> None:
    camera.serve(lambda _: answer(401, "WWW-Authenticate: Negotiate"))
    assert "not known here" in camera.failure("joe:x@").reason


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SourceFailedError, match=f"nothing listens at 127.0.0.1:{port}") as failure:
        probe_rtsp(f"rtsp://127.0.0.1:{port}/x")
    assert failure.value.state == "unreachable"


def test_a_port_that_accepts_and_never_answers(camera: Camera) -> None:
    camera.serve(lambda _: b"")
    started_s = time.monotonic()
    failure = camera.failure(timeout_s=0.4)
    assert failure.state == "stalled"
    assert "does not answer" in failure.reason
    assert 0.3 < time.monotonic() - started_s < 4


def test_a_camera_that_hangs_up(camera: Camera) -> None:
    camera.serve(lambda _: None)
    assert camera.failure().state == "unreachable"


def test_what_is_no_camera(camera: Camera) -> None:
    camera.serve(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n")
    failure = camera.failure()
    assert failure.state == "no_video"
    assert "does not speak RTSP" in failure.reason


def test_an_answer_without_end_is_cut_off(camera: Camera) -> None:
    camera.serve(lambda _: b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 20_000)
    assert "without end" in camera.failure().reason


def test_a_length_of_nonsense_is_bounded(camera: Camera) -> None:
    camera.serve(lambda _: b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n")
    assert camera.failure(timeout_s=0.3).state == "stalled"


def test_a_name_nobody_knows() -> None:
    with pytest.raises(SourceFailedError, match="no machine is known by the name") as failure:
        probe_rtsp("rtsp://joe:hunter2@camera.invalid/x")
    assert failure.value.state == "unreachable"
    assert "hunter2" not in str(failure.value)


def test_an_address_that_swallows_everything() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.settimeout(0)
            filler.connect_ex(("127.0.0.1", port))
        started_s = time.monotonic()
        with pytest.raises(SourceFailedError) as failure:
            probe_rtsp(f"rtsp://127.0.0.1:{port}/x", timeout_s=0.5)
        assert failure.value.state in {"unreachable", "stalled"}
        assert time.monotonic() - started_s < 20
        for filler in fillers:
            filler.close()
