"""What a box says of its own work at `/metrics`."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from benchmarks.speed.running_box import RunningBox


@dataclass(frozen=True, slots=True)
class Counters:
    """Frames of devices since the box started.

    Attributes:
        at_s: monotonic seconds.
        received: what the broker delivered.
        accepted, rejected: what became of it.
        waiting: readings on their way to sessions and pages.
        dropped: readings that did not get there.
    """

    at_s: float
    received: int
    accepted: int
    rejected: int
    waiting: int
    dropped: int

    @property
    def done(self) -> int:
        """Frames all the way through."""
        return self.accepted - self.waiting - self.dropped

    @property
    def ended(self) -> int:
        """Frames that need no more work, whatever became of them."""
        return self.accepted + self.rejected - self.waiting


def counters(box: RunningBox) -> Counters:
    """Ask the box."""
    sums: dict[str, float] = defaultdict(float)
    begun_s = time.monotonic()
    text = box.http.get("metrics").raise_for_status().text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.labels.get("inbox", "readings") == "readings":
                sums[sample.name] += sample.value
    names = [f"{name}_total" for name in ("mqtt_messages_received", "frames_accepted", "frames_rejected")]
    names += ["inbox_depth", "inbox_dropped_total"]
    return Counters((begun_s + time.monotonic()) / 2, *(int(sums[f"gymbox_{name}"]) for name in names))
