"""Waiting for what sets no event: looked at again and again, for as long as a starving machine may need."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S: Final = 30.0
_LOOK_S: Final = 0.005


def wait_until(true: Callable[[], object], *, within_s: float = PATIENCE_S) -> None:
    """Block until something is true; fail when it does not become so."""
    deadline_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline_s, f"it did not come true within {within_s:g} s"
        time.sleep(_LOOK_S)


async def until(true: Callable[[], object], *, within_s: float = PATIENCE_S) -> None:
    """Let the event loop turn until something is true; fail when it does not become so."""
    deadline_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline_s, f"it did not come true within {within_s:g} s"
        await asyncio.sleep(_LOOK_S)
