"""What reads the messages of one topic of one device."""

from abc import ABC, abstractmethod
from typing import ClassVar

from devices.device import Device
from devices.dialects.heard import Heard


class Reader(ABC):
    """One language on one topic.

    Attributes:
        max_octets: the longest payload that is read.
        urgent: heard even when the device floods its other topics.
    """

    max_octets: ClassVar[int]
    urgent: ClassVar[bool] = False

    def __init__(self, device: Device) -> None:
        self.device = device

    @abstractmethod
    def read(self, payload: bytes, *, retain: bool, now_s: float) -> Heard:
        """Read one message.

        Raises:
            FrameRejected: it does not add up.
        """
