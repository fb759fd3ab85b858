"""A ring of the newest frames of one camera, in memory that processes share.

The parent creates the ring and outlives both ends, so a killed writer or reader
takes nothing with it. There is one writer; any number of readers copy out.

Each slot carries the frame's number twice, written before and after the picture.
A reader takes a slot only when both agree before and after its copy. A writer that
dies in between leaves a slot whose numbers differ, which the next writer's frames
replace; the number of the newest whole frame still points at an older slot.
"""

from __future__ import annotations

import mmap
import os
import threading
from dataclasses import dataclass
from multiprocessing import reduction
from multiprocessing.context import get_spawning_popen
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from vision.processes.shared_memory import MemoryShortError, claimed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

DEFAULT_SLOTS = 4
DEFAULT_MAX_BYTES = 1280 * 720 * 3
_CHANNELS = 3
_PAGE = mmap.PAGESIZE
_HEADER_BYTES = _PAGE
_WORD = 8

# Words of the ring's header; one row of words per slot follows it.
_NEWEST, _SHOT, _RING_WORDS = 0, 1, 8
_BEGIN, _END, _WIDTH, _HEIGHT, _CAPTURED, _FRAME_SHOT, _SLOT_WORDS = 0, 1, 2, 3, 4, 5, 8
_MAX_SLOTS = (_HEADER_BYTES // _WORD - _RING_WORDS) // _SLOT_WORDS
_MIN_SLOTS = 2  # with one, a writer killed in mid-frame would leave nothing whole
_ATTEMPTS = 8


class RingError(Exception):
    """A ring cannot be made or used as asked."""


class FrameTooLargeError(RingError):
    """A frame does not fit into a slot of this ring."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture, copied out of the ring."""

    seq: int
    captured_s: float
    shot: int
    """Grows with every cut: a file that starts over, a camera that was re-opened."""
    image: NDArray[np.uint8]

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])


@dataclass(frozen=True, slots=True)
class RingHandle:
    """What a child process is given, as an argument of its start, to attach to a ring."""

    fd: int
    slots: int
    max_bytes: int

    def __reduce__(self) -> tuple[Callable[..., RingHandle], tuple[Any, ...]]:
        """Travel as a duplicated descriptor, which only the start of a process can carry."""
        if get_spawning_popen() is None:
            raise RingError("A ring can be handed only to a process that is being started.")
        return _received, (reduction.DupFd(self.fd), self.slots, self.max_bytes)


@dataclass(frozen=True, slots=True)
class RingAddress:
    """Where a running child process of the creator finds a ring: it may open its parent's descriptors."""

    pid: int
    fd: int
    slots: int
    max_bytes: int


def _received(descriptor: Any, slots: int, max_bytes: int) -> RingHandle:
    return RingHandle(descriptor.detach(), slots, max_bytes)


def required_bytes(*, slots: int = DEFAULT_SLOTS, max_bytes: int = DEFAULT_MAX_BYTES) -> int:
    """Memory that a ring of this size takes; a box needs it once per camera."""
    return _HEADER_BYTES + slots * _slot_bytes(max_bytes)


def _slot_bytes(max_bytes: int) -> int:
    return -(-max_bytes // _PAGE) * _PAGE


def _fence() -> None:
    """Keep the stores and loads before this call ahead of those after it, on every processor.

    A mutex acquired and released is a one-way barrier each time; two in a row are
    a full one. On x86 nothing more than the interpreter's own order is needed, on
    ARM there is no other way to say it from Python. Costs about 0.2 us.
    """
    lock = threading.Lock()
    with lock:
        pass
    with lock:
        pass


class FrameRing:
    """One end of a ring; made by ``create`` in the parent, by ``attach`` in a child."""

    def __init__(self, *, fd: int, slots: int, max_bytes: int, memory: mmap.mmap) -> None:
        """Use ``create`` or ``attach``."""
        self.handle = RingHandle(fd, slots, max_bytes)
        self._memory = memory
        self._words = np.frombuffer(memory, dtype=np.uint64, count=_HEADER_BYTES // _WORD)
        self._pixels = np.frombuffer(memory, dtype=np.uint8, offset=_HEADER_BYTES)
        self._closed = False

    @classmethod
    def create(cls, *, slots: int = DEFAULT_SLOTS, max_bytes: int = DEFAULT_MAX_BYTES) -> FrameRing:
        """Make a ring and claim all of its memory; the creator keeps it alive."""
        if not _MIN_SLOTS <= slots <= _MAX_SLOTS:
            raise RingError(f"A ring has {_MIN_SLOTS} to {_MAX_SLOTS} slots, not {slots}.")
        if max_bytes < _CHANNELS:
            raise RingError(f"A slot of {max_bytes} bytes holds no picture.")
        size = required_bytes(slots=slots, max_bytes=max_bytes)
        try:
            fd = claimed("gymbox-frames", size)
        except MemoryShortError as error:
            raise RingError(str(error)) from error
        try:
            return cls(fd=fd, slots=slots, max_bytes=max_bytes, memory=mmap.mmap(fd, size))
        except BaseException:
            os.close(fd)
            raise

    @classmethod
    def attach(cls, handle: RingHandle) -> FrameRing:
        """Open a ring that the parent made; frames and numbers in it stay as they are."""
        fd = os.dup(handle.fd)
        try:
            size = required_bytes(slots=handle.slots, max_bytes=handle.max_bytes)
            return cls(fd=fd, slots=handle.slots, max_bytes=handle.max_bytes, memory=mmap.mmap(fd, size))
        except BaseException:
            os.close(fd)
            raise

    @property
    def address(self) -> RingAddress:
        """Where a child that runs already finds the ring, for as long as the creator has it open."""
        return RingAddress(os.getpid(), self.handle.fd, self.handle.slots, self.handle.max_bytes)

    @classmethod
    def attach_at(cls, address: RingAddress) -> FrameRing:
        """Open a ring that the parent made after this process was started. Raises OSError."""
        fd = os.open(f"/proc/{address.pid}/fd/{address.fd}", os.O_RDWR | os.O_CLOEXEC)
        try:
            return cls.attach(RingHandle(fd, address.slots, address.max_bytes))
        finally:
            os.close(fd)

    def close(self) -> None:
        """Let go of the memory; the last end to do so frees it."""
        if self._closed:
            return
        self._closed = True
        del self._words, self._pixels
        self._memory.close()
        os.close(self.handle.fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def newest_seq(self) -> int:
        """Number of the newest whole frame, 0 before the first."""
        return int(self._words[_NEWEST])

    def write(self, image: NDArray[np.uint8], captured_s: float, *, cut: bool = False) -> int:
        """Put a frame in, over the oldest; ``cut`` says that it does not follow the one before."""
        if image.ndim != _CHANNELS or image.shape[2] != _CHANNELS or image.dtype != np.uint8:
            raise RingError(f"A frame has three channels of bytes, not {image.shape} of {image.dtype}.")
        if image.nbytes > self.handle.max_bytes:
            raise FrameTooLargeError(
                f"A frame of {image.shape[1]}x{image.shape[0]} takes {image.nbytes} bytes; "
                f"this ring holds frames of up to {self.handle.max_bytes}."
            )
        words = self._words
        seq = self._last_begun() + 1
        row = self._row(seq)
        shot = int(words[_SHOT]) + (1 if cut or seq == 1 else 0)
        words[row + _BEGIN] = seq
        _fence()
        words[row + _WIDTH], words[row + _HEIGHT] = image.shape[1], image.shape[0]
        words[row + _CAPTURED] = np.float64(captured_s).view(np.uint64)
        words[row + _FRAME_SHOT] = shot
        self._slot(seq, image.nbytes).reshape(image.shape)[:] = image
        _fence()
        words[row + _END] = seq
        words[_SHOT] = shot
        _fence()
        words[_NEWEST] = seq
        return seq

    def latest(self, after_seq: int = 0) -> Frame | None:
        """Copy out the newest whole frame, or None when there is none newer than ``after_seq``."""
        for _ in range(_ATTEMPTS):
            seq = self.newest_seq
            if seq <= after_seq:
                return None
            _fence()
            frame = self._copy(seq)
            if frame is not None:
                return frame
        return None  # a writer this much faster than a copy leaves nothing to take; ask again

    def following(self, after_seq: int) -> Frame | None:
        """Copy out the oldest frame after ``after_seq`` that the writer has not taken back yet.

        For a reader who was held up and wants to lose nothing; who cannot keep up for good should take
        ``latest``, which is never late.
        """
        newest = self.newest_seq
        _fence()
        # The slot of the next frame may be half written; those after it hold the oldest whole frames.
        for seq in range(max(after_seq + 1, newest - self.handle.slots + 2), newest + 1):
            frame = self._copy(seq)
            if frame is not None:
                return frame
        return None

    def _copy(self, seq: int) -> Frame | None:
        words, row = self._words, self._row(seq)
        if not self._whole(row, seq):
            return None
        _fence()
        width, height = int(words[row + _WIDTH]), int(words[row + _HEIGHT])
        size = width * height * _CHANNELS
        if not 0 < size <= self.handle.max_bytes:
            return None
        captured_s = float(words[row + _CAPTURED : row + _CAPTURED + 1].view(np.float64)[0])
        shot = int(words[row + _FRAME_SHOT])
        image = self._slot(seq, size).copy().reshape(height, width, _CHANNELS)
        _fence()
        return Frame(seq, captured_s, shot, image) if self._whole(row, seq) else None

    def _whole(self, row: int, seq: int) -> bool:
        return bool(self._words[row + _END] == seq and self._words[row + _BEGIN] == seq)

    def _last_begun(self) -> int:
        """Number of the last frame that any writer began, also one that died in the middle of it."""
        begun = self._words[_RING_WORDS + _BEGIN :][: self.handle.slots * _SLOT_WORDS : _SLOT_WORDS]
        return int(begun.max())

    def _row(self, seq: int) -> int:
        return _RING_WORDS + (seq % self.handle.slots) * _SLOT_WORDS

    def _slot(self, seq: int, size: int) -> NDArray[np.uint8]:
        start = (seq % self.handle.slots) * _slot_bytes(self.handle.max_bytes)
        return self._pixels[start : start + size]
