"""How much goes at once, learned from the answers, and how it is packed."""

from collections.abc import Iterable
from typing import Final

import zstandard

MAX_RECORDS: Final = 1000
# A quarter of what the cloud takes, and however badly it packs never more than a request may have.
MAX_BYTES: Final = 1_000_000
# Sent first after a failure: enough to see whether the service works, too little to hurt one that struggles.
PROBE_BYTES: Final = 4 * 1024
# Its share that is added at a time near a known bound: that is met once in a dozen batches.
_CREEP: Final = 16
# JSON of one schema shrinks to a fifth at any level; the first ones cost a small box the least.
_LEVEL: Final = 3


class BatchSize:
    """The next batch's size in bytes of JSON, found as TCP finds its window.

    It doubles with each success up to half of what was once too large; from there it creeps, so that a bound
    somewhere on the way is met seldom, and one that was lifted is noticed.
    """

    def __init__(self) -> None:
        self.bytes = MAX_BYTES
        self._threshold = MAX_BYTES

    def accepted(self) -> None:
        """The service took the batch."""
        if self.bytes < self._threshold:
            self.bytes = min(2 * self.bytes, self._threshold)
        else:
            self.bytes = self._threshold = min(self.bytes + self.bytes // _CREEP + 1, MAX_BYTES)

    def too_large(self, sent_bytes: int) -> None:
        """A batch of this many bytes was more than the service, or what lies between, takes."""
        self.bytes = self._threshold = max(1, min(sent_bytes, self.bytes) // 2)

    def too_slow(self, sent_bytes: int) -> None:
        """A batch of this many bytes did not get through in time: find out with less, come back with half."""
        self._threshold = max(PROBE_BYTES, sent_bytes // 2)
        self.failed()

    def failed(self) -> None:
        """Something else went wrong; the next batch only finds out whether it still does."""
        self.bytes = min(self.bytes, PROBE_BYTES)


def pack(records: Iterable[str]) -> bytes:
    """One zstd frame of canonical JSON, a record a line; its header tells the unpacked size."""
    text = "".join(f"{record}\n" for record in records).encode()
    return zstandard.ZstdCompressor(level=_LEVEL).compress(text)
