"""Bodies: read up to a limit and within a time, unpacked only when they say that they fit."""

import asyncio
from http import HTTPStatus
from typing import Final

import zstandard
from fastapi import Request
from starlette.requests import ClientDisconnect

from sync.cloud.api.problem import Problem

MAX_PACKED_BYTES: Final = 1024 * 1024
MAX_BYTES: Final = 4 * 1024 * 1024
_MAX_WINDOW_BYTES: Final = 8 * 1024 * 1024
READ_WITHIN_S: Final = 30.0
_CLOSE: Final = {"Connection": "close"}


async def read_body(
    request: Request,
    *,
    most_bytes: int = MAX_PACKED_BYTES,
    what: str = "packed batch",
    within_s: float = READ_WITHIN_S,
) -> bytes:
    """Read the body as it was sent, and no more of it than it may have.

    Raises:
        Problem: 413 when it is longer, 408 when it does not come, 400 when the client left.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > len(str(most_bytes)) or int(declared) > most_bytes):
        raise _too_long(what, most_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    raise _too_long(what, most_bytes)
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT, "too-slow", f"The {what} did not come within {within_s:g} s.", _CLOSE
        ) from None
    except ClientDisconnect:  # nobody reads the answer, but half a body is none
        raise _broken("The body ended early.") from None
    return bytes(body)


def unpack(packed: bytes) -> bytes:
    """Unpack one zstd frame that states its content's size; nothing longer is ever unpacked.

    Raises:
        Problem: 400 when it is no such frame or broken, 413 when it says that it is too long.
    """
    try:
        frame = zstandard.get_frame_parameters(packed)
        if frame.content_size == zstandard.CONTENTSIZE_UNKNOWN:
            raise _broken("The zstd frame does not state the size of its content.")
        if frame.content_size > MAX_BYTES:
            raise _too_long("batch", MAX_BYTES)
        unpacker = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
        return unpacker.decompress(packed, max_output_size=MAX_BYTES, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise _broken("The body is not one whole zstd frame.") from error


def _too_long(what: str, most_bytes: int) -> Problem:
    detail = f"A {what} has at most {most_bytes} bytes; send less at once."
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-long", detail, _CLOSE)


def _broken(detail: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "frame-broken", detail)
