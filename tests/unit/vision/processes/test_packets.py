"""Packets of real streams, decoded in part and whole, against what a plain decoder makes of all of them."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol, Self

import cv2
import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.processes import packets
from vision.processes.packets import Packets, PacketVideo, open_camera
from vision.source import SourceFailedError, parse_source
from vision.video import OpenCvVideo, Timeouts, quieten

FRAMES, KEY_EVERY = 96, 12
CODERS = {
    "h264": ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-sc_threshold", "0"],
    "hevc": [
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "bframes=0:log-level=none",
    ],
}


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    quieten()
    folder = tmp_path_factory.mktemp("streams")
    source = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25", "-frames:v", str(FRAMES)]
    coded = ["-g", str(KEY_EVERY), "-keyint_min", str(KEY_EVERY), "-pix_fmt", "yuv420p"]
    for name, coder in CODERS.items():
        command = ["ffmpeg", "-nostdin", "-loglevel", "error", *source, *coder, *coded]
        subprocess.run([*command, str(folder / f"{name}.ts")], check=True, timeout=60)
    return {name: folder / f"{name}.ts" for name in CODERS}


@pytest.fixture(scope="module")
def pictures(streams: dict[str, Path]) -> dict[str, list[np.ndarray]]:
    """Every picture of the streams, by a plain decoder."""
    plain = {}
    for name, path in streams.items():
        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        plain[name] = [capture.read()[1] for _ in range(FRAMES)]
        capture.release()
    return plain


class Wire:
    """A camera at the end of a cable: the packets of a stream, of which a test may spoil some."""

    def __init__(self, path: Path) -> None:
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
        self.spoiled: dict[int, bytes] = {}
        self.taken = 0

    def grab(self) -> bool:
        more = self._capture.grab()
        self.taken += more
        return more

    def get(self, which: int) -> float:
        return self._capture.get(which)

    def retrieve(self, flag: int = 0) -> tuple[bool, np.ndarray]:
        said, packet = self._capture.retrieve(flag=flag)
        if flag == 0 and self.taken - 1 in self.spoiled:
            return True, np.frombuffer(self.spoiled[self.taken - 1], np.uint8)
        return said, packet

    def release(self) -> None:
        self._capture.release()


class Camera:
    """A followed camera, its cable, and the clock it goes by."""

    def __init__(self, path: Path, codec: str) -> None:
        self.wire = Wire(path)
        self.now_s = 0.0
        end = packets._DELIMITERS[codec]
        self.video = PacketVideo(Packets(self.wire, end), codec, "cam:554", clock=self.clock)  # type: ignore[arg-type]

    def clock(self) -> float:
        return self.now_s

    def grab(self, *, sparing: bool = False) -> bool:
        self.now_s += 0.04
        return self.video.grab(sparing=sparing)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.video.close()


class OpenCamera(Protocol):
    def __call__(self, codec: str = "h264") -> Camera:
        """Follow the stream of this codec."""


@pytest.fixture
def camera(streams: dict[str, Path]) -> Iterator[OpenCamera]:
    opened: list[Camera] = []

    def start(codec: str = "h264") -> Camera:
        opened.append(Camera(streams[codec], codec))
        return opened[-1]

    yield start
    for each in opened:
        each.video.close()


@pytest.mark.parametrize("codec", CODERS)
def test_every_picture_is_the_one_a_plain_decoder_gives_and_comes_with_its_packet(
    camera: OpenCamera, pictures: dict[str, list[np.ndarray]], codec: str
) -> None:
    follow = camera(codec)
    for number, expected in enumerate(pictures[codec]):
        assert follow.grab()
        assert follow.video.shows
        np.testing.assert_array_equal(follow.video.retrieve(), expected)
        assert follow.wire.taken == number + 1, "no picture waits for the next packet"
    assert not follow.grab()
    assert not follow.grab(), "a camera that is lost stays lost"


@pytest.mark.parametrize("codec", CODERS)
def test_sparingly_the_key_pictures_alone_are_shown(
    camera: OpenCamera, pictures: dict[str, list[np.ndarray]], codec: str
) -> None:
    follow = camera(codec)
    for number, expected in enumerate(pictures[codec]):
        assert follow.grab(sparing=True)
        assert follow.video.shows == (number % KEY_EVERY == 0)
        if follow.video.shows:
            np.testing.assert_array_equal(follow.video.retrieve(), expected)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 20), st.booleans(), st.booleans()), min_size=1, max_size=12))
def test_however_often_it_changes_a_picture_is_that_of_its_packet(
    streams: dict[str, Path],
    pictures: dict[str, list[np.ndarray]],
    changes: list[tuple[int, bool, bool]],
) -> None:
    wishes = [(sparing, look) for length, sparing, look in changes for _ in range(length)]
    with Camera(streams["h264"], "h264") as follow:
        for number, (sparing, look) in enumerate(wishes[:FRAMES]):
            assert follow.grab(sparing=sparing)
            assert follow.video.shows == (not sparing or number % KEY_EVERY == 0)
            if follow.video.shows and look:
                np.testing.assert_array_equal(follow.video.retrieve(), pictures["h264"][number])


def test_what_is_not_looked_at_is_not_decoded(camera: OpenCamera, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    grab = OpenCvVideo.grab

    def counted(video: OpenCvVideo) -> bool:
        decoded.append(0)
        return grab(video)

    monkeypatch.setattr(OpenCvVideo, "grab", counted)
    follow = camera()
    for _ in range(KEY_EVERY * 4):
        follow.grab(sparing=True)
    assert decoded == []
    follow.grab(sparing=True)
    assert follow.video.retrieve() is not None
    assert len(decoded) == 1


def test_a_camera_with_too_rare_key_pictures_is_waited_for(
    camera: OpenCamera, pictures: dict[str, list[np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packets, "_MOST_WAITING", 5)
    follow = camera()
    for number in range(FRAMES):
        assert follow.grab(sparing=number < 10)
        assert follow.video.shows == (number == 0 or number >= KEY_EVERY)
        if number >= KEY_EVERY:
            np.testing.assert_array_equal(follow.video.retrieve(), pictures["h264"][number])


def test_a_reader_that_falls_behind_goes_on_with_the_next_key_picture(
    camera: OpenCamera, pictures: dict[str, list[np.ndarray]]
) -> None:
    follow = camera()
    shown = []
    for number in range(FRAMES):
        if number in {13, 15}:  # behind, and two seconds later still
            follow.now_s += 1.5 if number == 13 else 2.0
        if number > 15:
            follow.now_s -= 0.04  # the waiting packets are taken at once
        assert follow.grab()
        if follow.video.shows:
            shown.append(number)
            np.testing.assert_array_equal(follow.video.retrieve(), pictures["h264"][number])
    assert shown == [*range(15), 24, 36, 48, 60, 72, *range(84, FRAMES)]


def test_falling_behind_costs_nothing_while_nobody_trains(camera: OpenCamera) -> None:
    follow = camera()
    follow.grab(sparing=True)
    follow.now_s += 9.0
    for _ in range(5):
        follow.grab(sparing=True)
    follow.now_s -= 9.0
    assert follow.grab()
    assert follow.video.shows, "everything since the key picture was kept"


@pytest.mark.parametrize("rubbish", [b"", b"\x00", b"\xff" * 3000, b"\x00\x00\x00\x01\x65" + b"\xaa" * 500])
@pytest.mark.parametrize("at", [0, 5, KEY_EVERY, KEY_EVERY + 1])
def test_a_spoiled_packet_costs_no_more_than_its_group_of_pictures(
    camera: OpenCamera, pictures: dict[str, list[np.ndarray]], rubbish: bytes, at: int
) -> None:
    follow = camera()
    follow.wire.spoiled[at] = rubbish
    while follow.grab():
        number = follow.wire.taken - 1
        if number // KEY_EVERY != at // KEY_EVERY and follow.video.shows:
            np.testing.assert_array_equal(follow.video.retrieve(), pictures["h264"][number])
    assert follow.wire.taken == FRAMES


def test_pictures_that_can_never_be_decoded_are_said(camera: OpenCamera) -> None:
    follow = camera()
    follow.wire.spoiled = dict.fromkeys(range(FRAMES), b"\x00\x00\x00\x01\x65" + b"\xaa" * 500)
    with pytest.raises(SourceFailedError, match="the pictures of cam:554 cannot be decoded") as failure:
        all(follow.grab() for _ in range(FRAMES))
    assert failure.value.state == "no_video"


def test_a_camera_that_ends_in_a_group_of_pictures_is_lost_not_undecodable(camera: OpenCamera) -> None:
    follow = camera()
    grabbed = sum(follow.grab(sparing=True) for _ in range(FRAMES + 5))
    assert grabbed == FRAMES
    assert follow.video._packets.lost
    assert follow.video._packets.read(100) == b"" or follow.video._packets.waiting


def test_cameras_opened_and_closed_again_and_again_leave_nothing_open(streams: dict[str, Path]) -> None:
    before = psutil.Process().num_fds()
    for number in range(30):
        with Camera(streams["h264"], "h264") as follow:
            for _ in range(number):
                follow.grab(sparing=bool(number % 2))
    assert psutil.Process().num_fds() <= before


def test_memory_stays_flat_over_thousands_of_pictures(tmp_path: Path) -> None:
    long = tmp_path / "long.ts"
    source = ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25", "-frames:v", "3000"]
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", *source, *CODERS["h264"], "-g", "12", str(long)]
    subprocess.run(command, check=True, timeout=60)
    process = psutil.Process()
    with Camera(long, "h264") as follow:
        used = []
        for number in range(3000):
            follow.grab(sparing=number % 400 < 100)
            if follow.video.shows:
                follow.video.retrieve()
            if number % 1000 == 999:
                used.append(process.memory_info().rss)
    assert used[2] - used[1] < 1000 * 160 * 120, "a third of what the pictures take in BGR"


def test_the_stream_is_read_in_pieces_and_never_two_packets_at_once(streams: dict[str, Path]) -> None:
    capture = cv2.VideoCapture(str(streams["h264"]), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    with closing(Packets(capture, b"|END|")) as stream:
        assert stream.take()
        stream.take()
        assert stream.waiting == 2
        first = b""
        while not first.endswith(b"|END|"):
            piece = stream.read(100)
            assert 0 < len(piece) <= 100
            first += piece
        assert stream.waiting == 1
        while stream.read(4096):
            pass
        assert stream.lost
        assert stream.read(10) == b""


def test_what_is_no_rtsp_camera_is_decoded_whole(streams: dict[str, Path]) -> None:
    video = open_camera(parse_source(str(streams["h264"])), Timeouts())
    assert isinstance(video, OpenCvVideo)
    assert video.grab(sparing=True)
    assert video.shows
    video.close()


def test_a_codec_that_cannot_be_followed_by_packets_is_decoded_whole(
    streams: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    wires: list[Wire] = []

    def answer(*_: object) -> Wire:
        wires.append(Wire(streams["h264"]))
        monkeypatch.setattr(wires[-1], "get", lambda _: float(cv2.VideoWriter.fourcc(*"MJPG")))
        monkeypatch.setattr(wires[-1], "isOpened", wires[-1]._capture.isOpened, raising=False)
        return wires[-1]

    whole = object()
    monkeypatch.setattr(packets, "probe_rtsp", lambda _: None)
    monkeypatch.setattr(packets, "open_ffmpeg", answer)
    monkeypatch.setattr(packets, "open_video", lambda *_: whole)
    assert open_camera(parse_source("rtsp://cam/live"), Timeouts()) is whole
    assert not wires[0].grab(), "one connection at a time"
