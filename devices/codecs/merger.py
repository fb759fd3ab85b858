"""Records that a machine splits over several notifications, put together again (FTMS 4.1, 4.19)."""

from typing import Final

from devices.codecs.notification import Notification
from devices.codecs.width import WidthPin
from devices.reading import Measurement

# A machine notifies about once a second; a record whose end has not come by then never will.
MAX_RECORD_AGE_S: Final = 2.0


class FragmentMerger:
    """What has to be remembered between the notifications of one characteristic of one device.

    `width` is shared with the device's other characteristics where they have the same kind of field
    (`DeviceWidths.of`).
    """

    def __init__(self, width: WidthPin | None = None) -> None:
        self._width = width or WidthPin()
        self._parts: tuple[Measurement, ...] = ()
        self._begun_s = 0.0

    def add(self, notification: Notification, now_s: float) -> tuple[Measurement, ...] | None:
        """The measurements of a record that is now whole, or None while more is to come.

        Raises:
            FrameRejected: kind `width`, the fields are not as wide as this device's always are.
        """
        if notification.width is not None:
            self._width.check(notification.width)
        if not self._parts and not notification.more:
            return notification.measurements
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
