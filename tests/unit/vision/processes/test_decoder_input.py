"""A decoder's reading costs no memory, whatever the library keeps of it."""

import ctypes
import io
import os
import sys
from collections.abc import Callable

import pytest

from vision.processes.decoder_input import DecoderInput

CALL = ctypes.pythonapi.PyObject_CallMethodObjArgs
CALL.restype = ctypes.py_object
CALLS = 2000


def call(stream: DecoderInput, *, forget: bool) -> bytes:
    """Read as the library does: by a name that is new each time; it may forget that it holds it."""
    name = b"read".decode()
    if forget:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(name))
    end = ctypes.c_void_p(None)
    read: bytes = CALL(ctypes.py_object(stream), ctypes.py_object(name), ctypes.py_object(7), end)
    return read


def blocks_kept(read: Callable[[], object]) -> int:
    for _ in range(CALLS):
        read()
    before = sys.getallocatedblocks()
    for _ in range(CALLS):
        read()
    return sys.getallocatedblocks() - before


@pytest.mark.parametrize("forget", [True, False])
def test_a_name_that_is_forgotten_is_freed_and_one_that_is_not_is_left_alone(*, forget: bool) -> None:
    stream = DecoderInput(io.BytesIO(bytes(10)))
    assert [call(stream, forget=forget) for _ in range(3)] == [bytes(7), bytes(3), b""]
    assert abs(blocks_kept(lambda: call(stream, forget=forget))) < CALLS / 10


def test_names_of_python_itself_are_left_alone() -> None:
    stream = DecoderInput(io.BytesIO())
    before = sys.getrefcount("read")
    assert abs(blocks_kept(lambda: stream.read(1))) < CALLS / 10
    assert sys.getrefcount("read") >= before - 1


def test_it_can_be_read_but_not_sought() -> None:
    stream = DecoderInput(io.BytesIO(b"abc"))
    assert stream.readable()
    assert stream.seek(0, os.SEEK_END) == -1
    assert stream.read() == b"abc"
