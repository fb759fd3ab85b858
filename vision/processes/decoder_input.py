"""What OpenCV's decoder reads from, without the memory that reading through OpenCV costs.

OpenCV makes a new string of the method's name for each call into Python and never lets go of it (seen in
4.14): 64 octets for each 4096 that are read, tens of megabytes an hour for a camera that is watched.
"""

from __future__ import annotations

import ctypes
import io
import sys
from typing import Protocol

_CALLED = ("read", "seek")


class Stream(Protocol):
    """Octets in order."""

    def read(self, size: int | None = -1, /) -> bytes:
        """The next octets, at most ``size``; none at the end."""


class DecoderInput(io.BufferedIOBase):
    """A stream for one decoder, to be called by nobody else."""

    def __init__(self, stream: Stream) -> None:
        """Read from this stream; it is not closed with the decoder."""
        self._stream = stream
        self._names: list[str] = []

    def __getattribute__(self, name: str) -> object:
        """Also notes by which string a method was asked for."""
        if name in _CALLED:
            super().__getattribute__("_names").append(name)
            # Asked for by Python's own string: what an attribute was asked for by is kept in a cache.
            name = _CALLED[_CALLED.index(name)]
        return super().__getattribute__(name)

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """The next octets."""
        self._let_go()
        return self._stream.read(size)

    def seek(self, _offset: int, _whence: int = 0, /) -> int:
        """Not possible; said by a number, since an exception would have to pass through the library."""
        return -1

    def _let_go(self) -> None:
        """Free the names of the calls that are over; the last one is of the call that goes on."""
        while len(self._names) > 1:
            name = self._names.pop(0)
            alone = "".join(_CALLED)
            # An interned name is Python's own, and one that OpenCV has let go of is held by nobody but us.
            if name is not sys.intern(name) and sys.getrefcount(name) == sys.getrefcount(alone) + 1:
                ctypes.pythonapi.Py_DecRef(ctypes.py_object(name))
