"""Records that a machine splits over several notifications, put together again (FTMS 4.1, 4.19)."""

from typing import Final

from devices.codecs import Notification
from devices.reading import Measurement
from devices.rejection import FrameRejected

# A machine notifies about once a second; a record whose end has not come by then never will.
MAX_RECORD_AGE_S: Final = 2.0

# A truncated frame with two-octet fields can look like a whole one with one-octet fields. No machine
# mixes the two, so the width is learned, and unlearned only by a run that no fault explains.
FRAMES_TO_PIN: Final = 3
FRAMES_TO_REPIN: Final = 30


class FragmentMerger:
    """What has to be remembered between the notifications of one characteristic of one device."""

    def __init__(self) -> None:
        self._parts: tuple[Measurement, ...] = ()
        self._begun_s = 0.0
        self._pinned: int | None = None
        self._candidate: int | None = None
        self._run = 0

    def add(self, notification: Notification, now_s: float) -> tuple[Measurement, ...] | None:
        """The measurements of a record that is now whole, or None while more is to come.

        Raises:
            FrameRejected: kind `width`, the fields are not as wide as this device's always are.
        """
        self._check_width(notification.width)
        if self._is_new_record(notification, now_s):
            self._parts = ()
            self._begun_s = now_s
        self._parts += notification.measurements
        if notification.more:
            return None
        record, self._parts = self._parts, ()
        return record

    def discard(self) -> None:
        """Forget a record begun; for a link that was lost."""
        self._parts = ()

    def _is_new_record(self, notification: Notification, now_s: float) -> bool:
        # A field comes once in a record: its return means that the record's end got lost.
        begun = {part.metric for part in self._parts}
        repeated = any(measurement.metric in begun for measurement in notification.measurements)
        return not begun or repeated or now_s - self._begun_s > MAX_RECORD_AGE_S

    def _check_width(self, width: int | None) -> None:
        if width is None:
            return
        if width == self._pinned:
            self._run = 0
            return
        self._run = self._run + 1 if width == self._candidate else 1
        self._candidate = width
        if self._run >= (FRAMES_TO_PIN if self._pinned is None else FRAMES_TO_REPIN):
            self._pinned, self._run = width, 0
        elif self._pinned is not None:
            raise FrameRejected(
                "width",
                f"fields of {width} octets, but this device always sends {self._pinned}: probably truncated",
            )
