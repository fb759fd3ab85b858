"""Real files, good and bad, through the real video library."""

import os
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.processes.capture import CaptureLoop
from vision.processes.capture_report import CaptureReport
from vision.processes.messages import CameraStatus
from vision.processes.pacing import RateGate
from vision.processes.ring import Frame, FrameRing
from vision.source import SourceFailedError, parse_source
from vision.video import Claims, OpenCvVideo, Timeouts, capture_options, fit, open_video, quieten

OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"


def turned(mp4: bytes) -> bytes:
    """The same film as a phone writes it that is held upright: a note to turn every picture by 90 degrees."""
    one = 1 << 16
    level, upright = (
        struct.pack(">9i", *m, 0, 0, 1 << 30) for m in ((one, 0, 0, 0, one, 0), (0, one, 0, -one, 0, 0))
    )
    at = mp4.index(level, mp4.index(b"tkhd"))
    return mp4[:at] + upright + mp4[at + len(level) :]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]

    def make(name: str, *arguments: str) -> None:
        subprocess.run(
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *arguments, str(folder / name)],
            check=True,
            timeout=60,
        )

    make("good.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25", "-t", "2", *h264)
    make("portrait.mp4", "-f", "lavfi", "-i", "testsrc2=size=240x320:rate=25", "-t", "1", *h264)
    make("large.mp4", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=25", "-t", "0.4", *h264)
    make("slow.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=1", "-t", "3", *h264)
    make(
        "grey.mp4",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x240:rate=25",
        "-t",
        "1",
        "-vf",
        "format=gray",
        "-c:v",
        "ffv1",
        "-f",
        "matroska",
    )
    make("sound.mp4", "-f", "lavfi", "-i", "sine", "-t", "1", "-c:a", "aac")
    make(
        "uneven.mp4",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x240:rate=25",
        "-t",
        "2",
        "-vf",
        "select='not(mod(n,7))+lt(n,10)'",
        "-fps_mode",
        "vfr",
        *h264,
    )
    make("stream.ts", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25", "-t", "2", *h264)
    whole = (folder / "stream.ts").read_bytes()
    (folder / "cut.ts").write_bytes(whole[: len(whole) // 2])
    good = (folder / "good.mp4").read_bytes()
    (folder / "turned.mp4").write_bytes(turned(good))
    (folder / "cut.mp4").write_bytes(good[: len(good) // 2])
    damaged = bytearray(good)
    damaged[2000:6000:7] = bytes(len(range(2000, 6000, 7)))
    (folder / "damaged.mp4").write_bytes(damaged)
    (folder / "text.mp4").write_text("this is no video\n" * 100)
    (folder / "noise.mp4").write_bytes(np.random.default_rng(1).bytes(50_000))
    (folder / "empty.mp4").touch()
    cv2.VideoWriter(str(folder / "none.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (320, 240)).release()
    (folder / "folder.mp4").mkdir()
    quieten()
    return folder


class Played:
    """What came of playing a file for a while, through the real loop."""

    def __init__(self, status: CameraStatus, frames: list[Frame]) -> None:
        self.status = status
        self.frames = frames


Play = Callable[..., Played]


@pytest.fixture
def play(clips: Path) -> Play:
    def run(name: str, *, seconds: float, max_bytes: int = 320 * 240 * 3) -> Played:
        stopping = threading.Event()
        with FrameRing.create(slots=4, max_bytes=max_bytes) as ring:
            report = CaptureReport(camera_id="cam1", now_s=time.monotonic())
            loop = CaptureLoop(
                source=parse_source(str(clips / name)),
                open_camera=lambda source: open_video(source, Timeouts()),
                open_file=lambda source: open_video(source, Timeouts()),
                fit=fit,
                ring=ring,
                gate=RateGate(25),
                idle_fps=2.0,
                report=report,
                stopping=stopping,
            )
            thread = threading.Thread(target=loop.run)
            thread.start()
            frames: list[Frame] = []
            until_s = time.monotonic() + seconds
            while time.monotonic() < until_s:
                if (frame := ring.latest(frames[-1].seq if frames else 0)) is not None:
                    frames.append(frame)
                time.sleep(0.005)
            status = report.status(time.monotonic())
            stopping.set()
            thread.join(5)
            assert not thread.is_alive()
            return Played(status, frames)

    return run


@pytest.mark.parametrize(
    ("name", "state", "words"),
    [
        ("missing.mp4", "unreachable", "no such file"),
        ("empty.mp4", "no_video", "is empty"),
        ("folder.mp4", "no_video", "is a folder"),
        ("text.mp4", "no_video", "no video that can be read"),
        ("noise.mp4", "no_video", "no video that can be read"),
        ("sound.mp4", "no_video", "no video that can be read"),
        ("none.mp4", "no_video", "no video that can be read"),
        ("cut.mp4", "no_video", "no video that can be read"),
    ],
)
def test_a_file_without_pictures_is_told_with_its_reason(
    play: Play, name: str, state: str, words: str
) -> None:
    played = play(name, seconds=0.4)
    assert played.status.state == state
    assert words in played.status.reason
    assert name in played.status.reason
    assert played.frames == []


def test_a_good_file_is_played_and_played_again(play: Play) -> None:
    played = play("good.mp4", seconds=3.2)
    assert played.status.state == "ok"
    assert len(played.frames) > 60
    assert {frame.shot for frame in played.frames} == {1, 2}
    steps = np.diff([frame.captured_s for frame in played.frames])
    assert np.median(steps) == pytest.approx(0.04, abs=0.001)
    assert played.frames[0].image.shape == (240, 320, 3)
    assert played.frames[0].image.std() > 20, "a picture, not a blank"


def test_a_file_cut_off_in_the_middle_plays_what_there_is(play: Play) -> None:
    played = play("cut.ts", seconds=2.0)
    assert played.status.state == "ok"
    assert max(frame.shot for frame in played.frames) >= 2


def test_a_damaged_file_does_not_end_the_loop(play: Play) -> None:
    played = play("damaged.mp4", seconds=1.0)
    assert played.status.state in {"ok", "no_video"}


def test_a_portrait_stays_a_portrait(play: Play) -> None:
    assert play("portrait.mp4", seconds=0.5).frames[0].image.shape == (320, 240, 3)


def test_a_phone_held_upright_is_turned(play: Play) -> None:
    assert play("turned.mp4", seconds=0.5).frames[0].image.shape == (320, 240, 3)


def test_a_phone_held_upright_is_turned_for_whoever_counts_its_film(clips: Path) -> None:
    video = open_video(parse_source(str(clips / "turned.mp4")), Timeouts(), threads=0)
    assert video.grab()
    image = video.retrieve()
    assert image is not None
    assert image.shape == (320, 240, 3)
    video.close()


def test_one_frame_a_second_is_ok(play: Play) -> None:
    played = play("slow.mp4", seconds=2.5)
    assert played.status.state == "ok"
    assert np.diff([frame.captured_s for frame in played.frames]) == pytest.approx(1.0, abs=0.01)


def test_an_uneven_rate_is_kept(play: Play) -> None:
    played = play("uneven.mp4", seconds=1.5)
    steps = np.diff([frame.captured_s for frame in played.frames])
    assert steps.min() < 0.06
    assert steps.max() > 0.2


def test_grey_pictures_come_as_colour(play: Play) -> None:
    image = play("grey.mp4", seconds=0.5).frames[0].image
    assert image.shape == (240, 320, 3)
    np.testing.assert_array_equal(image[:, :, 0], image[:, :, 2])


def test_a_large_picture_is_made_to_fit(play: Play) -> None:
    played = play("large.mp4", seconds=0.8, max_bytes=1280 * 720 * 3)
    assert (played.frames[0].width, played.frames[0].height) == (1280, 720)
    assert (played.status.width, played.status.height) == (1280, 720)


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(SourceFailedError, match="no camera is plugged in as /dev/video917") as failure:
        open_video(parse_source("917"), Timeouts())
    assert failure.value.state == "unreachable"


def test_a_device_that_is_no_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.video.check_present", lambda _: None)
    with pytest.raises(SourceFailedError, match="does not give a picture"):
        open_video(parse_source("917"), Timeouts())


def test_the_options_of_rtsp_are_not_left_to_files(clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OPTIONS, "rtsp_transport;tcp")
    video = open_video(parse_source(str(clips / "good.mp4")), Timeouts())
    assert video.grab()
    video.close()


@pytest.mark.parametrize("before", [None, "of;others"])
@pytest.mark.parametrize("options", [None, "rtsp_transport;tcp"])
def test_options_hold_for_one_opening_and_leave_the_environment_as_it_was(
    monkeypatch: pytest.MonkeyPatch, before: str | None, options: str | None
) -> None:
    monkeypatch.delenv(OPTIONS, raising=False)
    if before is not None:
        monkeypatch.setenv(OPTIONS, before)
    with suppress(RuntimeError), capture_options(options):
        assert os.environ.get(OPTIONS) == options
        raise RuntimeError
    assert os.environ.get(OPTIONS) == before


def test_openings_in_several_threads_each_get_their_own_options() -> None:
    seen: dict[str, str | None] = {}

    def opening(name: str) -> None:
        for _ in range(50):
            with capture_options(name):
                time.sleep(0)
                seen[name] = os.environ.get(OPTIONS)
                if seen[name] != name:
                    return

    threads = [threading.Thread(target=opening, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert seen == {"a": "a", "b": "b", "c": "c"}
    assert OPTIONS not in os.environ


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(300, 3_000_000))
def test_what_is_made_to_fit_fits_and_keeps_its_proportions(width: int, height: int, max_bytes: int) -> None:
    image = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (height, width, 3))
    if image.nbytes > 12_000_000:
        return
    fitted = fit(image, max_bytes)
    assert fitted.nbytes <= max(max_bytes, 3 * max(fitted.shape[:2]))
    if image.nbytes <= max_bytes:
        assert fitted is image
    elif min(fitted.shape[:2]) > 20:
        assert fitted.shape[1] / fitted.shape[0] == pytest.approx(width / height, rel=0.12)


def test_what_a_file_says_of_itself(clips: Path) -> None:
    video = open_video(parse_source(str(clips / "good.mp4")), Timeouts(), threads=0)
    assert video.claims() == Claims(fps=25.0, frames=50)
    video.close()


@pytest.mark.parametrize(
    ("fps", "frames", "expected"),
    [
        (25.0, 9.0, Claims(25.0, 9)),
        (0.0, 0.0, Claims(None, None)),
        (float("nan"), float("nan"), Claims(None, None)),
        (float("inf"), float("inf"), Claims(None, None)),
        (90_000.0, -9.2e18, Claims(None, None)),
        (-5.0, 0.5, Claims(None, None)),
    ],
)
def test_claims_that_make_no_sense_are_none(fps: float, frames: float, expected: Claims) -> None:
    class Claiming:
        def get(self, which: int) -> float:
            return {cv2.CAP_PROP_FPS: fps, cv2.CAP_PROP_FRAME_COUNT: frames}[which]

    assert OpenCvVideo(Claiming()).claims() == expected  # type: ignore[arg-type]
