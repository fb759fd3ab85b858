"""What BLE bridges relay, read: notifications, what a machine says of itself, and news of the link."""

from collections.abc import Callable
from typing import Final

from devices.codecs import decode_notification
from devices.codecs.merger import FragmentMerger
from devices.device import Device
from devices.dialects.envelope import Envelope, parse_envelope
from devices.dialects.heard import Heard
from devices.dialects.reader import Reader
from devices.rejection import FrameRejected
from devices.topics import LINK, BleTopic

MachineListener = Callable[[str, str, bytes, float], object]

FITNESS_MACHINE: Final = "1826"
# What a machine can do, read once by its bridge and kept by the broker.
FACTS: Final = frozenset({"2acc", "2ad4", "2ad5", "2ad6", "2ad7", "2ad8"})
# What it answers to commands and says of what people do at it.
EVENTS: Final = frozenset({"2ad3", "2ad9", "2ada"})
RESISTANCE_RANGE: Final = "2ad6"

MAX_PAYLOAD_OCTETS: Final = 4096

BATTERY: Final = ("180f", "2a19")
FIRMWARE: Final = frozenset({("180a", "2a26"), ("180a", "2a28")})

# Further back than this, a bridge has begun to count anew: its frames must not be refused for long.
_OVERTAKEN_BY: Final = 8
_OVERTAKEN_MS: Final = 4000

_UP, _DOWN = b"up", b"down"
_MAX_FIRMWARE_CHARACTERS: Final = 64


class _Relayed(Reader):
    """What every reader of one topic of a bridge has in common."""

    max_octets = MAX_PAYLOAD_OCTETS

    def __init__(self, source: BleTopic, device: Device) -> None:
        super().__init__(device)
        self._source = source

    def _octets(self, payload: bytes) -> Envelope:
        self.device.bridge, self.device.bridge_address = self._source.bridge, self._source.written
        return parse_envelope(payload) if self._source.form == "json" else Envelope(payload)


class Notifications(_Relayed):
    """The values that a characteristic notifies: parts put together, doubles refused, widths learned."""

    def __init__(self, source: BleTopic, device: Device) -> None:
        super().__init__(source, device)
        self._merger = FragmentMerger(device.widths.of(source.characteristic))
        self._last: Envelope | None = None

    def read(self, payload: bytes, *, retain: bool, now_s: float) -> Heard:
        """Decode one notification.

        Raises:
            FrameRejected: it does not add up.
        """
        if retain:
            raise FrameRejected(
                "retained", "a retained frame says nothing about now; telemetry is not retained"
            )
        envelope = self._octets(payload)
        notification = decode_notification(self._source.characteristic, envelope.octets)
        missed = self._missed_before(envelope)
        measurements = self._merger.add(notification, now_s) or ()
        return Heard(measurements, ts_ms=envelope.ts_ms, rssi_dbm=envelope.rssi_dbm, missed=missed)

    def discard(self) -> None:
        """Forget a record begun: the link was lost in its middle."""
        self._merger.discard()

    def _missed_before(self, envelope: Envelope) -> int:
        """Count the frames that the bridge numbered and that did not come."""
        last = self._last
        if envelope.seq is None or last is None or last.seq is None:
            self._last = envelope
            return 0
        # QoS 1 may deliver twice, and a beat counted twice spoils heart-rate variability. Only a
        # frame that is numbered and stamped can be told from another one that says the same.
        if envelope.ts_ms is not None and envelope == last:
            raise FrameRejected("duplicate", f"frame {envelope.seq} came a second time")
        if _is_late(envelope, last):
            raise FrameRejected("late", f"frame {envelope.seq} came after frame {last.seq}")
        self._last = envelope
        return envelope.seq - last.seq - 1


class MachineFrames(_Relayed):
    """What the one who commands a machine has to know; handed on as it is."""

    urgent = True

    def __init__(self, source: BleTopic, device: Device, listener: MachineListener | None) -> None:
        super().__init__(source, device)
        self._listener = listener

    def read(self, payload: bytes, *, retain: bool, now_s: float) -> Heard:
        """Hand a frame on.

        Raises:
            FrameRejected: an event of long ago, or the listener refuses it.
        """
        characteristic = self._source.characteristic
        if retain and characteristic in EVENTS:
            raise FrameRejected("retained", "a retained event says nothing about now")
        octets = self._octets(payload).octets
        if characteristic == RESISTANCE_RANGE:
            width = decode_notification(characteristic, octets).width
            if width is not None:
                self.device.widths.resistance.settle(width)
        if self._listener is not None and self.device.adopted:
            self._listener(self.device.id, characteristic, octets, now_s)
        # Telemetry that fell silent is not made up for by a machine that still answers.
        return Heard(alive=False)


class LinkNews(_Relayed):
    """Whether a bridge is connected to a device."""

    urgent = True

    def __init__(
        self,
        source: BleTopic,
        device: Device,
        listener: MachineListener | None,
        on_link: Callable[[Device, bool, float], None],
    ) -> None:
        super().__init__(source, device)
        self._listener = listener
        self._on_link = on_link

    def read(self, payload: bytes, *, retain: bool, now_s: float) -> Heard:
        """Take `up` or `down`; the last one may be retained, it holds until the next.

        Raises:
            FrameRejected: it is neither.
        """
        del retain
        if payload not in {_UP, _DOWN}:
            raise FrameRejected("value", f"a link is up or down, not {payload[:20]!r}")
        if payload == _DOWN and self.device.bridge not in {None, self._source.bridge}:
            return Heard(alive=False)  # another bridge has it by now
        self._on_link(self.device, payload == _UP, now_s)
        if self._listener is not None and self.device.adopted:
            self._listener(self.device.id, LINK, payload, now_s)
        return Heard(alive=False)


class Firmware(_Relayed):
    """The version that a device names (Device Information Service)."""

    def read(self, payload: bytes, *, retain: bool, now_s: float) -> Heard:
        """Take the text; a broker may have kept it.

        Raises:
            FrameRejected: it is no text.
        """
        del now_s
        try:
            text = self._octets(payload).octets.decode("utf-8").rstrip("\0").strip()
        except UnicodeDecodeError as error:
            raise FrameRejected("encoding", f"not UTF-8 at octet {error.start}") from error
        return Heard(firmware=text[:_MAX_FIRMWARE_CHARACTERS] or None, alive=not retain)


def _is_late(envelope: Envelope, last: Envelope) -> bool:
    """Whether a frame was overtaken: its number and its stamp are both a little older.

    Much older, and the bridge has begun anew.
    """
    if envelope.seq is None or last.seq is None or envelope.ts_ms is None or last.ts_ms is None:
        return False
    return 0 < last.seq - envelope.seq <= _OVERTAKEN_BY and 0 < last.ts_ms - envelope.ts_ms <= _OVERTAKEN_MS
