"""Machines that speak words of their own, read as a profile says."""

from typing import Final, Protocol

from devices.device import Device
from devices.dialects.heard import Heard
from devices.dialects.mapping import MessageReader
from devices.dialects.reader import Reader
from devices.rejection import FrameRejected
from devices.topics import quoted

MAX_PAYLOAD_OCTETS: Final = 16_384
_MAX_WORD_OCTETS: Final = 256


class SetAvailable(Protocol):
    """Takes whether a device is there."""

    def __call__(self, device: Device, *, available: bool, now_s: float) -> None:
        """Take it."""


class MappedReader(Reader):
    """The messages of one topic of one device, read by the device's profile."""

    max_octets = MAX_PAYLOAD_OCTETS

    def __init__(self, device: Device, reader: MessageReader) -> None:
        super().__init__(device)
        self._reader = reader

    def read(self, payload: bytes, *, retain: bool, now_s: float) -> Heard:
        """Read one message; one that the broker kept holds while the device says that it is there.

        Raises:
            FrameRejected: it does not add up, or nobody knows whether it still holds.
        """
        del now_s
        if retain and not self.device.keeps_its_word:
            raise FrameRejected("retained", "a retained message says nothing about now")
        heard = self._reader.read(payload)
        heard.alive = heard.alive and not retain
        return heard


class AvailabilityReader(Reader):
    """The topic on which a device, or its last will, says whether it is there."""

    max_octets = _MAX_WORD_OCTETS
    urgent = True

    def __init__(self, device: Device, set_available: SetAvailable) -> None:
        super().__init__(device)
        self._set_available = set_available

    def read(self, payload: bytes, *, retain: bool, now_s: float) -> Heard:
        """Take the profile's word for `online` or `offline`.

        Raises:
            FrameRejected: kind `mapping`, it is neither.
        """
        del retain
        words = self.device.profile.availability
        said = payload.decode("utf-8", errors="replace").strip()
        if words is None or said not in {words.online, words.offline}:
            raise FrameRejected(
                "mapping", f"{quoted(said, 40)} is neither of the profile's availability words"
            )
        self._set_available(self.device, available=said == words.online, now_s=now_s)
        return Heard(alive=False)
