"""Whole videos and streams, opened as a station opens them."""

from __future__ import annotations

import socket
import subprocess
import threading
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from vision.offline import clip as clip_module
from vision.offline.clip import FPS_GUESS, Clip
from vision.source import SourceFailedError
from vision.video import Claims, Timeouts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def camera(*replies: str) -> Iterator[int]:
    """Answers one connection's requests with these RTSP heads, one after the other; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(5)
                for number, reply in enumerate(replies, 1):
                    if not connection.recv(4096):
                        return
                    connection.sendall(f"RTSP/1.0 {reply}\r\nCSeq: {number}\r\n\r\n".encode())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def failure(source: str | Path) -> SourceFailedError:
    with pytest.raises(SourceFailedError) as told, Clip(source, Timeouts(open_s=1, read_s=1)):
        pass
    return told.value


def filmed(path: Path, *arguments: str, rate: int = 25) -> Path:
    source = ["-f", "lavfi", "-i", f"testsrc2=size=160x120:rate={rate}", "-t", "3"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", *source, *arguments, *coded, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def times_of(path: Path) -> list[float]:
    with Clip(path) as clip:
        return [time_s for time_s, _ in clip]


def test_one_frame_a_second_keeps_its_times(tmp_path: Path) -> None:
    times = times_of(filmed(tmp_path / "slow.mp4", rate=1))
    assert times == pytest.approx([0.0, 1.0, 2.0], abs=0.01)


def test_a_rate_that_changes_is_kept(tmp_path: Path) -> None:
    chosen = "select='lt(n,25)+not(mod(n,5))'"
    times = times_of(filmed(tmp_path / "uneven.mp4", "-vf", chosen, "-fps_mode", "vfr"))
    steps = [later - sooner for sooner, later in pairwise(times)]
    assert steps[:24] == pytest.approx([0.04] * 24, abs=0.001)
    assert steps[25:] == pytest.approx([0.2] * len(steps[25:]), abs=0.001)


CHALLENGE = '401 Unauthorized\r\nWWW-Authenticate: Basic realm="cam"'


@pytest.mark.parametrize(
    ("login", "replies", "state", "words"),
    [
        ("", [CHALLENGE], "unauthorised", "wants a user name and a password"),
        ("joe:hunter2@", [CHALLENGE, CHALLENGE], "unauthorised", "refuses this user name or password"),
        ("", ["404 Not Found"], "no_video", "has no stream at this path"),
        ("", ["500 Oops"], "no_video", "RTSP error 500"),
    ],
)
def test_a_camera_that_refuses_is_told_as_precisely_as_by_a_station(
    login: str, replies: list[str], state: str, words: str
) -> None:
    with camera(*replies) as port:
        told = failure(f"rtsp://{login}127.0.0.1:{port}/live")
    assert told.state == state
    assert words in told.reason
    assert f"127.0.0.1:{port}" in told.reason
    assert "hunter2" not in told.reason


def test_a_camera_that_is_off_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told = failure(f"rtsp://joe:hunter2@127.0.0.1:{port}/live")
    assert (told.state, told.reason) == ("unreachable", f"nothing listens at 127.0.0.1:{port}")


class Played:
    """An opened source of so many pictures, which says this about itself."""

    def __init__(self, pictures: int, claims: Claims) -> None:
        self._left, self._claims, self.closed = pictures, claims, False

    def grab(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def position_s(self) -> float:
        return float("nan")

    def retrieve(self) -> Any:
        import numpy as np  # noqa: PLC0415 - only here

        return np.zeros((9, 16, 3), dtype=np.uint8)

    def claims(self) -> Claims:
        return self._claims

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Any:
    def playing(pictures: int, claims: Claims) -> Played:
        played = Played(pictures, claims)
        monkeypatch.setattr(clip_module, "open_video", lambda *_, **__: played)
        return played

    return playing


def test_a_source_that_says_nothing_of_itself_is_read_all_the_same(play: Any) -> None:
    played = play(3, Claims(None, None))
    with Clip("film.mp4") as clip:
        times_s = [time_s for time_s, _ in clip]
    assert times_s == pytest.approx([0, 1 / FPS_GUESS, 2 / FPS_GUESS])
    assert (clip.fps, clip.frames_expected, clip.width, clip.height) == (FPS_GUESS, None, 16, 9)
    assert played.closed


def test_a_source_without_a_picture_is_closed_and_told(play: Any) -> None:
    for source, words in (("film.mp4", "holds no video frames"), ("rtsp://cam/x", "sent no picture within")):
        played = play(0, Claims(25.0, 9))
        with pytest.raises(SourceFailedError, match=words), Clip(source):
            pass
        assert played.closed


@pytest.mark.parametrize(
    ("expected", "warned"), [(100, False), (102, False), (103, True), (900, True), (40, False)]
)
def test_a_file_that_ends_early_is_warned_about(
    play: Any,
    caplog: pytest.LogCaptureFixture,
    expected: int,
    warned: bool,  # noqa: FBT001 - a table's column
) -> None:
    play(100, Claims(25.0, expected))
    with Clip("film.mp4") as clip:
        assert sum(1 for _ in clip) == 100
    assert ("100 of" in caplog.text) == warned


def test_a_stream_has_no_length_and_its_end_is_noted(play: Any, caplog: pytest.LogCaptureFixture) -> None:
    play(2, Claims(30.0, 10**9))
    with Clip("rtsp://joe:hunter2@cam/live") as clip:
        assert sum(1 for _ in clip) == 2
    assert clip.frames_expected is None
    assert "ended after 2 frames" in caplog.text
    assert "hunter2" not in caplog.text
