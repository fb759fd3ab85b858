"""All devices: those that the gym has adopted, and those that are merely heard."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from devices.device import CALM_AFTER_S, Device, DeviceView, LinkState
from devices.dialects.heard import Heard
from devices.profile import Profile, load_profiles
from devices.reading import Metric, Reading
from devices.topics import normal_address

__all__ = ["DeviceRegistry", "DeviceView", "KnownDevice", "LinkState"]

logger = logging.getLogger(__name__)

# Bridges relay every band that walks past the door; a gym sees hundreds a day, a liar invents more.
MAX_UNADOPTED: Final = 256
FORGET_UNADOPTED_AFTER_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device that the operator has adopted under a name of their own.

    Its address stays as they wrote it: in a topic, letters count.
    """

    id: str
    profile: str
    address: str


class DeviceRegistry:
    """All devices by id. `now_s` is monotonic seconds throughout; safe to use from several threads.

    A device that nobody has adopted goes by its address. Those are kept in bounded number: the one
    longest unheard gives way, and `forgotten` counts. `generation` grows with every adoption.
    """

    def __init__(
        self, known: Iterable[KnownDevice] = (), *, profiles: Mapping[str, Profile] | None = None
    ) -> None:
        """Take the adopted devices.

        Raises:
            ValueError: an id or address given twice, or a profile that does not exist.
        """
        self._profiles = load_profiles() if profiles is None else profiles
        self._lock = threading.Lock()
        self._known: dict[str, KnownDevice] = {}
        self._adopted: dict[str, Device] = {}
        self._strangers: OrderedDict[str, Device] = OrderedDict()
        self._id_of_address: dict[str, str] = {}
        self.forgotten = 0
        self.generation = 0
        for device in known:
            self.adopt(device)

    # Who belongs to the gym.

    @property
    def known(self) -> tuple[KnownDevice, ...]:
        """Every adopted device."""
        with self._lock:
            return tuple(self._known.values())

    def adopt(self, known: KnownDevice) -> None:
        """Know a device by a name from now on; what was heard of it before is kept.

        Raises:
            ValueError: the id or address belongs to another device, or the profile does not exist.
        """
        profile = self._profiles.get(known.profile)
        if profile is None:
            names = ", ".join(sorted(self._profiles))
            raise ValueError(f"device {known.id!r}: no profile {known.profile!r}; there are {names}")
        address = normal_address(known.address)
        with self._lock:
            if known.id in self._adopted:
                raise ValueError(f"device {known.id!r} is given twice")
            other = self._id_of_address.get(address)
            if other is not None:
                raise ValueError(f"device {known.id!r}: {other!r} has the same address {address}")
            device = self._strangers.pop(address, None) or Device(known.id, address, profile, adopted=True)
            if device.profile is not profile:
                device.describe(profile)
            device.id, device.adopted = known.id, True
            self._known[known.id] = known
            self._adopted[known.id] = device
            self._id_of_address[address] = known.id
            self.generation += 1

    def forget(self, device_id: str) -> bool:
        """Know a device no more; it comes back as a stranger when it is heard. False: nobody knew it."""
        with self._lock:
            if self._strangers.pop(device_id, None) is None:
                device = self._adopted.pop(device_id, None)
                if device is None:
                    return False
                del self._known[device_id], self._id_of_address[device.address]
            self.generation += 1
        return True

    # What is heard: called by the intake, on the thread of the MQTT session.

    def resolve(self, address: str) -> str:
        """Id of the device at an address: the adopted one's, else the address itself."""
        address = normal_address(address)
        return self._id_of_address.get(address, address)

    def at(self, address: str) -> Device | None:
        """The device at an address, adopted or not, if it is known at all."""
        with self._lock:
            return self._at(normal_address(address))

    def track(self, address: str, profile: Profile, now_s: float) -> Device:
        """The device at an address, of this profile if nobody has adopted it; listed once it is heard."""
        address = normal_address(address)
        with self._lock:
            device = self._at(address)
            if device is None:
                device = Device(address, address, profile, adopted=False, tracked_s=now_s)
                self._keep(device)
            return device

    def hear(self, device: Device, readings: Iterable[Reading], heard: Heard, now_s: float) -> None:
        """Take in a good message of a device that `track` gave."""
        with self._lock:
            if not device.adopted:
                self._keep(device)
            device.frames += 1
            device.came(heard.missed)
            if heard.alive:
                device.seen_s = now_s
                if device.available is False:
                    device.available = True
            if heard.rssi_dbm is not None:
                device.received_at_dbm(heard.rssi_dbm)
            if heard.firmware is not None:
                device.firmware = heard.firmware
            if heard.targets:
                device.targets.update(heard.targets)
            for reading in readings:
                device.latest[reading.metric] = (reading, now_s)
            back, device.lost = device.lost and heard.alive, device.lost and not heard.alive
        if back:
            logger.info("device %s is back", device.id)

    def set_available(self, device: Device, *, available: bool, now_s: float) -> None:
        """Take what a device, or its last will, says of whether it is there."""
        back = False
        with self._lock:
            device.available = available
            if device.keeps_its_word:
                device.seen_s = now_s
                back, device.lost = device.lost, False
        if back:
            logger.info("device %s is back", device.id)

    def link_lost(self) -> None:
        """Trust nobody's word of being there: without a broker, nobody could take it back."""
        with self._lock:
            for device in (*self._adopted.values(), *self._strangers.values()):
                device.available = None

    def sweep(self, now_s: float) -> tuple[str, ...]:
        """Notice what fell silent: ids of adopted devices lost since the last sweep, each logged once.

        Call it about once a second. Unadopted devices unheard for long are forgotten here.
        """
        with self._lock:
            lost = [d for d in self._adopted.values() if not d.lost and d.link(now_s) == "lost"]
            for device in lost:
                device.lost = True
            calm = [d for d in (*self._adopted.values(), *self._strangers.values()) if _is_calm(d, now_s)]
            for device in calm:
                device.flooded_s = None
            for address in [d.address for d in self._strangers.values() if _is_forgettable(d, now_s)]:
                del self._strangers[address]
        for device in lost:
            why = "it went offline" if device.available is False else "no frame"
            logger.warning("device %s is lost: %s for %.0f s", device.id, why, device.age_s(now_s) or 0.0)
        for device in calm:
            logger.info("device %s is calm again; %d messages were dropped", device.id, device.dropped)
        return tuple(device.id for device in lost)

    # What is known.

    def get(self, device_id: str, now_s: float) -> DeviceView | None:
        """One device, None when it was never configured nor heard."""
        with self._lock:
            device = self._find(device_id)
            return None if device is None else device.view(now_s)

    def all(self, now_s: float) -> tuple[DeviceView, ...]:
        """Every device: the adopted in the order of the configuration, then the others."""
        with self._lock:
            heard = [each for each in self._strangers.values() if each.seen_s is not None]
            return tuple(d.view(now_s) for d in (*self._adopted.values(), *heard))

    def value(self, device_id: str, metric: Metric, now_s: float) -> float | None:
        """Last value of a metric, or None when there is none or it is stale."""
        with self._lock:
            device = self._find(device_id)
            reading = None if device is None else device.fresh(metric, now_s)
        return None if reading is None else reading.value

    def link(self, device_id: str, now_s: float) -> LinkState:
        """Whether a device is there: `live`, `stale`, `lost`, or `never` heard of."""
        with self._lock:
            device = self._find(device_id)
            return "never" if device is None else device.link(now_s)

    def nearest_band(self, now_s: float, *, taken: Iterable[str]) -> str | None:
        """Id of the band heard most strongly now among those that nobody wears, None without any."""
        worn = frozenset(taken)
        with self._lock:
            bands = [
                (device.rssi_dbm, device.id)
                for device in (*self._adopted.values(), *self._strangers.values())
                if device.profile.kind == "heart_rate"
                and device.rssi_dbm is not None
                and device.id not in worn
                and device.link(now_s) == "live"
                and _may_be_worn(device, now_s)
            ]
        return max(bands)[1] if bands else None

    def _at(self, address: str) -> Device | None:
        return self._adopted.get(self._id_of_address.get(address, "")) or self._strangers.get(address)

    def _find(self, device_id: str) -> Device | None:
        device = self._adopted.get(device_id) or self._strangers.get(device_id)
        return device if device is None or device.adopted or device.seen_s is not None else None

    def _keep(self, stranger: Device) -> None:
        """Put a stranger at the end: the first is the one longest unheard."""
        if stranger.address in self._strangers:
            self._strangers.move_to_end(stranger.address)
            return
        while len(self._strangers) >= MAX_UNADOPTED:
            self._strangers.popitem(last=False)
            self.forgotten += 1
        self._strangers[stranger.address] = stranger


def _is_forgettable(stranger: Device, now_s: float) -> bool:
    heard_s = stranger.tracked_s if stranger.seen_s is None else stranger.seen_s
    return not stranger.keeps_its_word and now_s - heard_s > FORGET_UNADOPTED_AFTER_S


def _is_calm(device: Device, now_s: float) -> bool:
    return device.flooded_s is not None and now_s - device.flooded_s > CALM_AFTER_S


def _may_be_worn(band: Device, now_s: float) -> bool:
    """A band that feels no skin lies about somewhere, however near."""
    contact = band.fresh("contact", now_s)
    return contact is None or contact.value > 0.0
