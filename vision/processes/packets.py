"""A network camera followed packet by packet, so that only the pictures that are needed are decoded.

Receiving 25 coded pictures of 720p a second takes 0.6 % of a core, decoding them all 10 to 13 %. A decoder
cannot be told to leave pictures out while it runs, so two of OpenCV's captures share the work: one takes the
packets from the network as they are, the other decodes those that it is handed. While only a picture now and
then is wanted, key pictures do: they need no other. What follows a key picture is kept until the next, so
that every picture can be had from the next packet on, without asking the camera for anything. A machine that
cannot decode as fast as pictures come leaves out what stands between it and the next key picture.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

import cv2
import numpy as np

from vision.processes.decoder_input import DecoderInput
from vision.processes.pacing import KeepUp
from vision.rtsp_probe import probe_rtsp
from vision.source import SourceFailedError
from vision.video import OpenCvVideo, capture_options, open_ffmpeg, open_video, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vision.source import Source
    from vision.video import LiveVideo, Timeouts

# The session description names the codec; waiting for pictures to look at would only lose the first ones.
_AT_ONCE = "analyzeduration;0|probesize;32|fpsprobesize;0"
_RECEIVING = f"rtsp_transport;tcp|{_AT_ONCE}"
_DECODING = "input_format;{}|" + _AT_ONCE
# By FFmpeg's name of the codec, what begins a picture: put after a packet, it ends that picture at once.
_DELIMITERS = {"h264": bytes.fromhex("00000001 09f0"), "hevc": bytes.fromhex("00000001 460150")}
_MOST_WAITING = 300  # 12 s at 25 a second; where key pictures are rarer, the change to all waits for one
_UNDECODABLE = 3


def open_camera(source: Source, timeouts: Timeouts) -> LiveVideo:
    """Open a camera; raises ``SourceFailedError`` with the reason when it gives no pictures."""
    if not source.speaks_rtsp:
        return open_video(source, timeouts)
    if source.is_rtsp:
        probe_rtsp(source.address)
    undecoded = {cv2.CAP_PROP_FORMAT: -1, cv2.CAP_PROP_N_THREADS: 1}
    packets = opened(open_ffmpeg(source, timeouts, _RECEIVING, undecoded), source)
    codec = _codec_name(packets)
    if codec not in _DELIMITERS:
        packets.release()
        return open_video(source, timeouts)
    return PacketVideo(Packets(packets, _DELIMITERS[codec]), codec, source.shown)


def _codec_name(capture: cv2.VideoCapture) -> str:
    return int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode("ascii", "replace").lower()


class Packets:
    """The packets of a camera since its last key picture, readable as one stream by a decoder.

    A reader that has read them all waits for the next one; it reads nothing once the camera is ``lost``.
    """

    def __init__(self, capture: cv2.VideoCapture, end: bytes) -> None:
        """Take over a capture that receives packets; ``end`` follows each of them in the stream."""
        self._capture = capture
        self._end = end
        self._waiting: deque[bytes] = deque(maxlen=_MOST_WAITING)
        self._rest = memoryview(b"")
        self._complete = False
        self.at_key = False
        self.position_s = 0.0
        self.lost = False

    @property
    def waiting(self) -> int:
        """How many packets have not been read yet."""
        return len(self._waiting)

    def take(self) -> bool:
        """Receive one packet; False when the camera is lost. A key picture makes what waits needless."""
        self.lost = self.lost or not self._capture.grab()
        if self.lost:
            return False
        packet = np.asarray(self._capture.retrieve()[1]).tobytes()
        self.at_key = bool(self._capture.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME))
        self.position_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3
        if self.at_key:
            self._waiting.clear()
            self._waiting.append(self._parameters() + packet)
            self._complete = True
        elif len(self._waiting) == self._waiting.maxlen:
            self.forget()
        elif self._complete:
            self._waiting.append(packet)
        return True

    def forget(self) -> None:
        """Begin anew at the next key picture."""
        self._waiting.clear()
        self._rest = memoryview(b"")
        self._complete = False

    def read(self, size: int | None = -1, /) -> bytes:
        """The next octets, at most ``size`` and never of two packets; none once the camera is lost."""
        while not self._rest:
            if self._waiting:
                self._rest = memoryview(self._waiting.popleft() + self._end)
            elif not self.take():
                return b""
        piece, self._rest = self._rest[:size], self._rest[size:]
        return bytes(piece)

    def close(self) -> None:
        """Hang up."""
        self._capture.release()

    def _parameters(self) -> bytes:
        """What some cameras say in the session description alone and decoders need before a key picture."""
        which = int(self._capture.get(cv2.CAP_PROP_CODEC_EXTRADATA_INDEX))
        said, parameters = self._capture.retrieve(flag=which)
        return np.asarray(parameters).tobytes() if said else b""


class PacketVideo:
    """A camera that decodes key pictures alone while it is grabbed sparingly, and otherwise every one."""

    def __init__(
        self,
        packets: Packets,
        codec: str,
        shown: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take over packets of a codec, by FFmpeg's name; ``shown`` names the camera without credentials."""
        self._packets = packets
        self._input = DecoderInput(packets)
        self._codec = codec
        self._shown = shown
        self._clock = clock
        self._keep_up = KeepUp()
        self._decoder: OpenCvVideo | None = None
        self._failures = 0
        self.shows = False

    def grab(self, *, sparing: bool = False) -> bool:
        """Receive one packet; raises ``SourceFailedError`` when key picture after key picture is no good."""
        if not self._packets.take():
            return False
        position_s, at_key = self._packets.position_s, self._packets.at_key
        if self._keep_up.leaves_out(position_s, self._clock(), key=at_key) and not sparing:
            self._packets.forget()
        self.shows = at_key if sparing else self._decode()
        return not self._packets.lost

    def retrieve(self) -> NDArray[np.uint8] | None:
        """The picture of the newest packet, (height, width, 3) BGR, or None when it cannot be had."""
        if self._packets.waiting and not self._decode():
            return None
        return self._decoder.retrieve() if self._decoder else None

    def close(self) -> None:
        """Hang up."""
        self._end_decoder()
        self._packets.close()

    def _decode(self) -> bool:
        """Decode what waits; whether the newest packet has become a picture by that."""
        decoded = False
        while self._packets.waiting:
            if self._decoder is None:
                self._decoder = self._new_decoder()
            if self._decoder is None or not self._decoder.grab():
                self._give_up()
                return False
            self._failures, decoded = 0, True
        return decoded

    def _new_decoder(self) -> OpenCvVideo | None:
        with capture_options(_DECODING.format(self._codec)):
            # OpenCV reads from any BufferedIOBase; its type information names a class that Python lacks.
            capture = cv2.VideoCapture(self._input, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])  # type: ignore[call-overload]
        return OpenCvVideo(capture) if capture.isOpened() else None

    def _give_up(self) -> None:
        """Begin anew with the next key picture: a decoder that has failed may have lost its place."""
        self._end_decoder()
        self._packets.forget()
        self._failures += not self._packets.lost
        if self._failures >= _UNDECODABLE:
            raise SourceFailedError("no_video", f"the pictures of {self._shown} cannot be decoded")

    def _end_decoder(self) -> None:
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None
