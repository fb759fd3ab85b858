"""A capture process and a real RTSP server: killed, frozen, locked, and back again."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from vision.processes.capture import CaptureSettings, capture_process
from vision.processes.messages import CameraStatus, SetRate, Stop
from vision.processes.ring import Frame, FrameRing
from vision.rtsp_probe import probe_rtsp
from vision.source import SourceFailedError

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("rtsp_server.py")
FAULT_S = 5.0
"""A fault must be told within this time."""


def gstreamer_is_missing() -> bool:
    ask = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    try:
        return (
            subprocess.run(
                [SYSTEM_PYTHON, "-c", ask], capture_output=True, timeout=20, check=False
            ).returncode
            != 0
        )
    except OSError:
        return True


pytestmark = [
    pytest.mark.rtsp,
    pytest.mark.skipif(gstreamer_is_missing(), reason="needs gir1.2-gst-rtsp-server-1.0 and python3-gi"),
]


def film(path: Path, *, key_every: int, seconds: int = 4) -> Path:
    source = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-t", str(seconds)]
    coded = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-bf",
        "0",
        "-sc_threshold",
        "0",
        "-pix_fmt",
        "yuv420p",
    ]
    keys = ["-g", str(key_every), "-keyint_min", str(key_every)]
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", *source, *coded, *keys, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("clip") / "clip.mp4", key_every=25)


class Server:
    """GStreamer's RTSP server as a process that can be killed and started again at the same port."""

    def __init__(self, clip: Path, login: tuple[str, str] | None = None) -> None:
        self._clip = clip
        self.login = login
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        login = ["--user", self.login[0], "--password", self.login[1]] if self.login else []
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, str(SERVER), str(self._clip), "--port", str(self.port), *login],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        word, port = self._process.stdout.readline().split()
        assert word == "ready"
        self.port = int(port)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def url(self, login: str = "", path: str = "cam") -> str:
        return f"rtsp://{login}127.0.0.1:{self.port}/{path}"


@pytest.fixture
def server(clip: Path) -> Iterator[Server]:
    server = Server(clip)
    server.start()
    yield server
    server.kill()


class Camera:
    """A capture process, what it says and what it sees."""

    def __init__(self, url: str, *, fps: float | None = 25.0) -> None:
        self.ring = FrameRing.create()
        context = get_context("spawn")
        self._pipe, there = context.Pipe()
        settings = CaptureSettings(camera_id="cam1", source=url)
        self.process = context.Process(target=capture_process, args=(settings, self.ring.handle, there))
        self.process.start()
        there.close()
        if fps is not None:
            self.set_rate(fps)
        self.said: list[CameraStatus] = []
        self._seq = 0

    def set_rate(self, fps: float) -> None:
        self._pipe.send(SetRate(fps))

    def wait(self, what: Callable[[CameraStatus], bool], timeout_s: float) -> CameraStatus:
        """The next status of this kind; earlier ones do not count."""
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            if self._pipe.poll(0.05):
                self.said.append(self._pipe.recv())
                if what(self.said[-1]):
                    return self.said[-1]
        pytest.fail(f"not told within {timeout_s} s: {self.said[-6:]}")

    def forget(self) -> None:
        while self._pipe.poll(0):
            self.said.append(self._pipe.recv())

    def look(self, seconds: float) -> list[Frame]:
        frames = []
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            if (frame := self.ring.latest(self._seq)) is not None:
                self._seq = frame.seq
                frames.append(frame)
            time.sleep(0.002)
        return frames

    def close(self) -> None:
        started_s = time.monotonic()
        self._pipe.send(Stop())
        self.process.join(30)
        took_s = time.monotonic() - started_s
        self._pipe.close()
        self.ring.close()
        assert self.process.exitcode == 0
        self.process.close()
        assert took_s < 10


@pytest.fixture
def open_camera() -> Iterator[Callable[..., Camera]]:
    opened: list[Camera] = []

    def start(url: str, **more: float | None) -> Camera:
        opened.append(Camera(url, **more))
        return opened[-1]

    yield start
    for camera in opened:
        camera.close()


OpenCamera = Callable[..., Camera]


def fine(status: CameraStatus) -> bool:
    return status.state == "ok"


def test_frames_arrive_fresh_and_at_their_rate(server: Server, open_camera: OpenCamera) -> None:
    camera = open_camera(server.url())
    camera.wait(fine, 15)
    camera.look(1.0)
    frames = camera.look(4.0)
    assert 40 <= len(frames) <= 110
    assert frames[-1].image.shape == (360, 640, 3)
    assert frames[-1].image.std() > 20
    assert {frame.shot for frame in frames} == {1}
    assert time.monotonic() - frames[-1].captured_s < 2.0
    steps = np.diff([frame.captured_s for frame in frames])
    assert np.median(steps) == pytest.approx(0.04, abs=0.015)
    status = camera.wait(fine, 3)
    assert status.source_fps == pytest.approx(25, abs=4)


def test_a_lower_rate_is_obeyed(server: Server, open_camera: OpenCamera) -> None:
    camera = open_camera(server.url())
    camera.wait(fine, 15)
    camera.set_rate(5.0)
    camera.look(1.0)
    assert 12 <= len(camera.look(3.0)) <= 18


def test_an_idle_camera_shows_key_pictures_and_every_one_as_soon_as_it_is_asked(
    tmp_path: Path, open_camera: OpenCamera
) -> None:
    server = Server(film(tmp_path / "rare.mp4", key_every=1000, seconds=40))
    server.start()
    try:
        camera = open_camera(server.url(), fps=None)
        camera.wait(fine, 15)
        told = len(camera.said)
        idle = camera.look(4.5)
        assert len(idle) <= 1, "a key picture every forty seconds"
        camera.set_rate(25.0)
        frames = camera.look(2.0)
        assert len(frames) > 10, "it does not wait for the next key picture"
        assert {frame.shot for frame in [*idle, *frames]} == {1}
        assert frames[-1].image.std() > 20
        camera.forget()
        assert all(fine(status) for status in camera.said[told:]), "waiting for a key picture is no fault"
    finally:
        server.kill()


def test_a_server_that_is_killed_and_comes_back(server: Server, open_camera: OpenCamera) -> None:
    camera = open_camera(server.url())
    camera.wait(fine, 15)
    camera.look(0.5)
    server.kill()
    camera.forget()
    lost = camera.wait(lambda status: status.state in {"unreachable", "stalled"}, FAULT_S)
    assert lost.reason
    refused = camera.wait(lambda status: "nothing listens" in status.reason, FAULT_S)
    assert refused.state == "unreachable"
    server.start()
    camera.wait(fine, 20)
    frames = camera.look(2.0)
    assert len(frames) > 20
    assert {frame.shot for frame in frames} == {2}, "what comes after the gap is another shot"


def test_a_server_that_freezes_is_a_stall_and_thaws(server: Server, open_camera: OpenCamera) -> None:
    camera = open_camera(server.url())
    camera.wait(fine, 15)
    camera.look(0.5)
    server.send(signal.SIGSTOP)
    camera.forget()
    stalled = camera.wait(lambda status: not fine(status), FAULT_S)
    assert stalled.state == "stalled"
    camera.wait(lambda status: "does not answer" in status.reason, 12)
    server.send(signal.SIGCONT)
    camera.wait(fine, 25)
    assert len(camera.look(2.0)) > 20


def test_a_camera_that_freezes_does_not_hold_up_the_stop(server: Server, open_camera: OpenCamera) -> None:
    camera = open_camera(server.url())
    camera.wait(fine, 15)
    server.send(signal.SIGSTOP)
    time.sleep(0.5)
    # The camera's own close() measures how long the stop takes, while its thread sits in a read.


def test_a_server_that_is_not_there_yet(server: Server, open_camera: OpenCamera) -> None:
    server.kill()
    camera = open_camera(server.url())
    camera.wait(lambda status: status.state == "unreachable", FAULT_S + 2)
    server.start()
    camera.wait(fine, 20)


def test_a_path_that_is_not_there(server: Server, open_camera: OpenCamera) -> None:
    status = open_camera(server.url(path="other")).wait(
        lambda status: status.state != "starting", FAULT_S + 2
    )
    assert (status.state, status.reason) == (
        "no_video",
        f"127.0.0.1:{server.port} has no stream at this path",
    )


def test_the_right_login_and_the_wrong_one(clip: Path, open_camera: OpenCamera) -> None:
    locked = Server(clip, login=("joe", "p@ss:w/rd"))
    locked.start()
    try:
        camera = open_camera(locked.url("joe:p%40ss%3Aw%2Frd@"))
        camera.wait(fine, 15)
        refused = open_camera(locked.url("joe:hunter2@")).wait(lambda s: s.state != "starting", FAULT_S + 2)
        assert refused.state == "unauthorised"
        assert "hunter2" not in refused.reason
        with pytest.raises(SourceFailedError, match="wants a user name"):
            probe_rtsp(locked.url())
    finally:
        locked.kill()


def test_a_password_that_is_changed_while_the_camera_runs(clip: Path, open_camera: OpenCamera) -> None:
    locked = Server(clip, login=("joe", "old"))
    locked.start()
    try:
        camera = open_camera(locked.url("joe:old@"))
        camera.wait(fine, 15)
        locked.kill()
        locked.login = ("joe", "new")
        locked.start()
        camera.forget()
        camera.wait(lambda status: status.state == "unauthorised", 12)
        locked.kill()
        locked.login = ("joe", "old")
        locked.start()
        camera.wait(fine, 25)
    finally:
        locked.kill()


def test_a_black_hole_is_told_in_time(open_camera: OpenCamera) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        hole.settimeout(20)
        caught: list[socket.socket] = []

        def swallow() -> None:
            try:
                while True:
                    caught.append(hole.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=swallow, daemon=True)
        thread.start()
        camera = open_camera(f"rtsp://joe:hunter2@127.0.0.1:{hole.getsockname()[1]}/cam")
        status = camera.wait(lambda status: status.state != "starting", FAULT_S + 2)
        assert status.state == "stalled"
        assert "accepts connections but does not answer" in status.reason
    for connection in caught:
        connection.close()
