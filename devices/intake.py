"""From an MQTT message to readings: refuse what does not add up, count it, never fall over it."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from devices.device import Device
from devices.dialects.ble import MachineListener
from devices.dialects.envelope import measured_at
from devices.dialects.heard import Heard
from devices.profile import Profile
from devices.reading import UNITS, Metric, Reading
from devices.registry import DeviceRegistry
from devices.rejection import FrameRejected, Rejection
from devices.routes import RouteTable
from devices.topics import quoted

logger = logging.getLogger(__name__)

LOG_EVERY_S: Final = 60.0

# Machines may say more than we read, and QoS 1 may say it twice: nobody has to act on that.
_ORDINARY: Final = frozenset[Rejection]({"unsupported", "duplicate", "late", "stranger"})
# Nor does it say anything of how well a device is heard.
_HEARD_WELL: Final = _ORDINARY | {"retained"}


class Intaken(NamedTuple):
    """What one good message held. No readings: a part of a record, or nothing available."""

    device_id: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class IntakeCounts:
    """Since the start: good messages, refused ones by kind, values no person or machine can have."""

    accepted: int
    rejected: Mapping[Rejection, int]
    implausible: Mapping[Metric, int]


class Intake:
    """Reads messages in whatever language a profile knows, keeps the registry up to date, counts by reason.

    Call it from one thread; `counts` may be read from any.
    """

    def __init__(
        self,
        registry: DeviceRegistry,
        profiles: Mapping[str, Profile],
        *,
        on_machine_frame: MachineListener | None = None,
    ) -> None:
        """Be ready.

        Args:
            registry: what is heard goes there.
            profiles: by name; how devices speak.
            on_machine_frame: called with device id, characteristic (or `link`), octets and monotonic seconds
                for what an adopted machine says of itself and answers to commands; may raise FrameRejected.
        """
        self._registry = registry
        self._routes = RouteTable(registry, profiles, on_machine_frame)
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
            device, heard = self._read(topic, payload, retain=retain, now_s=now_s)
        except FrameRejected as rejection:
            self._rejected[rejection.kind] += 1
            self._log(rejection, topic, now_s)
            raise
        at = measured_at(heard.ts_ms, received_at)
        bounds, device_id = device.bounds, device.id
        readings = []
        for metric, value in heard.measurements:
            bound = bounds.get(metric)
            if bound is None or bound[0] <= value <= bound[1]:
                readings.append(Reading(device_id, metric, value, UNITS[metric], at, received_at))
            else:
                self._implausible[metric] += 1
        self._registry.hear(device, readings, heard, now_s)
        self._accepted += 1
        return Intaken(device_id, tuple(readings))

    def link_lost(self) -> None:
        """Forget what holds only while there is a broker: records begun, and who said to be there."""
        self._routes.discard_parts()
        self._registry.link_lost()

    @property
    def counts(self) -> IntakeCounts:
        """A copy of the counters."""
        return IntakeCounts(self._accepted, dict(self._rejected), dict(self._implausible))

    def _read(self, topic: str, payload: bytes, *, retain: bool, now_s: float) -> tuple[Device, Heard]:
        route = self._routes.find(topic, now_s)
        device = route.device
        limiter = device.urgent_limiter if route.urgent else device.limiter
        if not limiter.take(now_s):
            self._flooded(device, now_s)
        if len(payload) > route.max_octets:
            device.failed()
            raise FrameRejected(
                "too_large", f"{len(payload)} octets of payload, at most {route.max_octets} are read"
            )
        try:
            return device, route.read(payload, retain=retain, now_s=now_s)
        except FrameRejected as rejection:
            if rejection.kind not in _HEARD_WELL:
                device.failed()
            raise

    def _flooded(self, device: Device, now_s: float) -> None:
        """Drop a message of a device that sends too many: the others have their turn."""
        if device.flooded_s is None:
            logger.warning(
                "device %s sends more than %g messages a second; the rest is dropped",
                device.id,
                device.profile.max_messages_per_s,
            )
        device.flooded_s = now_s
        device.dropped += 1
        raise FrameRejected("flooded", "the device sends more than its profile lets it")

    def _log(self, rejection: FrameRejected, topic: str, now_s: float) -> None:
        if rejection.kind == "flooded":
            return  # told once for each flood
        logged_s, silent = self._logged.get(rejection.kind, (float("-inf"), 0))
        if now_s - logged_s < LOG_EVERY_S:
            self._logged[rejection.kind] = (logged_s, silent + 1)
            return
        self._logged[rejection.kind] = (now_s, 0)
        more = f" ({silent} more of this kind since the last report)" if silent else ""
        level = logging.INFO if rejection.kind in _ORDINARY else logging.WARNING
        logger.log(level, "message on %s refused: %s%s", quoted(topic), rejection.reason, more)
