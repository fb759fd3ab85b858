"""How wide a device's variable fields are: learned once, then held against truncated frames.

A truncated frame with two-octet fields can look like a whole one with one-octet fields. No machine
mixes the two.
"""

from typing import Final

from devices.rejection import FrameRejected

FRAMES_TO_PIN: Final = 3
FRAMES_TO_REPIN: Final = 30  # a run that no fault explains: new firmware, or another machine


class WidthPin:
    """The width that one kind of field of one device has."""

    def __init__(self) -> None:
        self._pinned: int | None = None
        self._candidate: int | None = None
        self._run = 0

    @property
    def octets(self) -> int | None:
        """The width, None until it is known."""
        return self._pinned

    def settle(self, width: int) -> None:
        """The device says it itself, in 0x2AD6; what its frames have taught already stands."""
        if self._pinned is None:
            self._pinned = width

    def check(self, width: int) -> None:
        """Learn from a frame that adds up with this width.

        Raises:
            FrameRejected: kind `width`, this device's fields are always of the other width.
        """
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


class DeviceWidths:
    """The widths of one device: the pace of a treadmill has nothing to do with a resistance."""

    def __init__(self) -> None:
        self.pace = WidthPin()
        self.resistance = WidthPin()

    def of(self, characteristic: str) -> WidthPin:
        """The pin that the variable fields of this characteristic obey."""
        return self.pace if characteristic == "2acd" else self.resistance
