"""From an MQTT message to readings: refuse what does not add up, count it, never fall over it."""

import logging
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from devices.codecs import decode_notification
from devices.codecs.merger import FragmentMerger
from devices.envelope import Envelope, parse_envelope
from devices.profile import Profile
from devices.reading import Measurement, Metric, Reading
from devices.registry import DeviceRegistry
from devices.rejection import FrameRejected, Rejection
from devices.topics import BleTopic, parse_ble_topic, quoted

logger = logging.getLogger(__name__)

MAX_PAYLOAD_OCTETS: Final = 4096
MAX_STREAMS: Final = 1024
LOG_EVERY_S: Final = 60.0

# Machines may say more than we read, and QoS 1 may say it twice: nobody has to act on that.
_ORDINARY: Final = frozenset[Rejection]({"unsupported", "duplicate"})


@dataclass(frozen=True, slots=True)
class Intaken:
    """What one good message held. No readings: a part of a record, or nothing available."""

    device_id: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class IntakeCounts:
    """Since the start: good messages, refused ones by kind, values no person or machine can have."""

    accepted: int
    rejected: Mapping[Rejection, int]
    implausible: Mapping[Metric, int]


@dataclass(slots=True)
class _Stream:
    """One characteristic of one device as one bridge relays it."""

    merger: FragmentMerger
    last: Envelope | None = None


class Intake:
    """Decodes messages of BLE bridges, keeps the registry up to date and counts by reason.

    Call it from one thread; `counts` may be read from any.
    """

    def __init__(self, registry: DeviceRegistry, profiles: Mapping[str, Profile]) -> None:
        self._registry = registry
        self._profiles = {(p.service, p.characteristic): p for p in profiles.values()}
        self._streams: OrderedDict[BleTopic, _Stream] = OrderedDict()
        self._accepted = 0
        self._rejected: Counter[Rejection] = Counter()
        self._implausible: Counter[Metric] = Counter()
        self._logged: dict[Rejection, tuple[float, int]] = {}

    def handle(
        self, topic: str, payload: bytes, *, retain: bool, received_at: datetime, now_s: float
    ) -> Intaken:
        """Take in one message, received at `received_at` (UTC) and `now_s` (monotonic seconds).

        Raises:
            FrameRejected: counted and (rarely enough) logged already; nothing is left to do.
        """
        try:
            taken = self._take(topic, payload, retain=retain, received_at=received_at, now_s=now_s)
        except FrameRejected as rejection:
            self._rejected[rejection.kind] += 1
            self._log(rejection, topic, now_s)
            raise
        self._accepted += 1
        return taken

    @property
    def counts(self) -> IntakeCounts:
        """A copy of the counters."""
        return IntakeCounts(self._accepted, dict(self._rejected), dict(self._implausible))

    def _take(
        self, topic: str, payload: bytes, *, retain: bool, received_at: datetime, now_s: float
    ) -> Intaken:
        source = parse_ble_topic(topic)
        profile = self._profiles.get((source.service, source.characteristic))
        if profile is None:
            raise FrameRejected("unsupported", f"no profile for {source.service}/{source.characteristic}")
        if retain:
            raise FrameRejected(
                "retained", "a retained frame says nothing about now; telemetry is not retained"
            )
        if len(payload) > MAX_PAYLOAD_OCTETS:
            raise FrameRejected(
                "too_large", f"{len(payload)} octets of payload, at most {MAX_PAYLOAD_OCTETS} are read"
            )
        envelope = parse_envelope(payload) if source.form == "json" else Envelope(payload)
        measurements = self._decode(source, envelope, now_s)
        device_id = self._registry.resolve(source.address)
        readings = tuple(
            Reading(device_id, m.metric, m.value, m.unit, envelope.measured_at(received_at), received_at)
            for m in measurements
            if self._believable(m)
        )
        self._registry.observe(source.address, profile, readings, now_s=now_s, rssi_dbm=envelope.rssi_dbm)
        return Intaken(device_id, readings)

    def _decode(self, source: BleTopic, envelope: Envelope, now_s: float) -> tuple[Measurement, ...]:
        notification = decode_notification(source.characteristic, envelope.octets)
        stream = self._stream(source)
        # QoS 1 may deliver twice, and a beat counted twice spoils heart-rate variability. Only a
        # frame that is numbered and stamped can be told from another one that says the same.
        if envelope.seq is not None and envelope.ts_ms is not None and envelope == stream.last:
            raise FrameRejected("duplicate", f"frame {envelope.seq} came a second time")
        stream.last = envelope
        return stream.merger.add(notification, now_s) or ()

    def _stream(self, source: BleTopic) -> _Stream:
        stream = self._streams.pop(source, None) or _Stream(FragmentMerger())
        if len(self._streams) >= MAX_STREAMS:
            self._streams.popitem(last=False)
        self._streams[source] = stream
        return stream

    def _believable(self, measurement: Measurement) -> bool:
        if measurement.plausible:
            return True
        self._implausible[measurement.metric] += 1
        return False

    def _log(self, rejection: FrameRejected, topic: str, now_s: float) -> None:
        logged_s, silent = self._logged.get(rejection.kind, (float("-inf"), 0))
        if now_s - logged_s < LOG_EVERY_S:
            self._logged[rejection.kind] = (logged_s, silent + 1)
            return
        self._logged[rejection.kind] = (now_s, 0)
        more = f" ({silent} more of this kind since the last report)" if silent else ""
        level = logging.INFO if rejection.kind in _ORDINARY else logging.WARNING
        logger.log(level, "message on %s refused: %s%s", quoted(topic), rejection.reason, more)
