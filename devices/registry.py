"""What is known of each device right now: its last values, how old they are, whether it is there."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from devices.profile import Profile, load_profiles
from devices.reading import Metric, Reading
from devices.topics import normal_address

logger = logging.getLogger(__name__)

LinkState = Literal["live", "stale", "lost", "never"]

# Bridges relay every band that walks past the door; a gym sees hundreds a day, a liar invents more.
MAX_UNADOPTED: Final = 256
FORGET_UNADOPTED_AFTER_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device that the operator has adopted under a name of their own."""

    id: str
    profile: str
    address: str


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device as it stands at one moment; `readings` may be stale, `fresh` are not.

    `age_s`: seconds since the last good frame, None before the first. `rssi_dbm`: as the bridge told.
    """

    id: str
    address: str
    profile: Profile
    adopted: bool
    link: LinkState
    age_s: float | None
    rssi_dbm: int | None
    frames: int
    readings: Mapping[Metric, Reading]
    fresh: Mapping[Metric, Reading]


@dataclass(slots=True)
class _Device:
    id: str
    address: str
    profile: Profile
    adopted: bool
    seen_s: float | None = None
    rssi_dbm: int | None = None
    frames: int = 0
    lost: bool = False
    latest: dict[Metric, tuple[Reading, float]] = field(default_factory=dict)

    def age_s(self, now_s: float) -> float | None:
        return None if self.seen_s is None else max(0.0, now_s - self.seen_s)

    def link(self, now_s: float) -> LinkState:
        age_s = self.age_s(now_s)
        if age_s is None:
            return "never"
        if age_s <= self.profile.stale_after_s:
            return "live"
        return "stale" if age_s <= self.profile.lost_after_s else "lost"

    def fresh(self, metric: Metric, now_s: float) -> Reading | None:
        reading, seen_s = self.latest.get(metric, (None, 0.0))
        return reading if now_s - seen_s <= self.profile.stale_after_s else None

    def view(self, now_s: float) -> DeviceView:
        readings = {metric: reading for metric, (reading, _) in self.latest.items()}
        fresh = {metric: reading for metric, reading in readings.items() if self.fresh(metric, now_s)}
        return DeviceView(
            id=self.id,
            address=self.address,
            profile=self.profile,
            adopted=self.adopted,
            link=self.link(now_s),
            age_s=self.age_s(now_s),
            rssi_dbm=self.rssi_dbm,
            frames=self.frames,
            readings=MappingProxyType(readings),
            fresh=MappingProxyType(fresh),
        )


class DeviceRegistry:
    """All devices by id. `now_s` is monotonic seconds throughout; safe to use from several threads.

    A device that nobody has adopted goes by its address. Those are kept in bounded number: the one
    longest unheard gives way, and `forgotten` counts.
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
        self._adopted: dict[str, _Device] = {}
        self._unadopted: OrderedDict[str, _Device] = OrderedDict()
        self._id_of_address: dict[str, str] = {}
        self.forgotten = 0
        for device in known:
            self._adopt(device)

    def resolve(self, address: str) -> str:
        """Id of the device at an address: the adopted one's, else the address itself."""
        address = normal_address(address)
        return self._id_of_address.get(address, address)

    def observe(
        self,
        address: str,
        profile: Profile,
        readings: Iterable[Reading],
        *,
        now_s: float,
        rssi_dbm: int | None = None,
    ) -> None:
        """Take in a good frame; `profile` describes the device if nobody has adopted it."""
        with self._lock:
            device = self._device_at(normal_address(address), profile)
            device.seen_s = now_s
            device.frames += 1
            if rssi_dbm is not None:
                device.rssi_dbm = rssi_dbm
            for reading in readings:
                device.latest[reading.metric] = (reading, now_s)
            back, device.lost = device.lost, False
        if back:
            logger.info("device %s is back", device.id)

    def sweep(self, now_s: float) -> tuple[str, ...]:
        """Notice what fell silent: ids of adopted devices lost since the last sweep, each logged once.

        Call it about once a second. Unadopted devices unheard for long are forgotten here.
        """
        with self._lock:
            lost = [d for d in self._adopted.values() if not d.lost and d.link(now_s) == "lost"]
            for device in lost:
                device.lost = True
            while self._unadopted and self._longest_unheard_s(now_s) > FORGET_UNADOPTED_AFTER_S:
                self._unadopted.popitem(last=False)
        for device in lost:
            logger.warning("device %s is lost: no frame for %.0f s", device.id, device.age_s(now_s) or 0.0)
        return tuple(device.id for device in lost)

    def get(self, device_id: str, now_s: float) -> DeviceView | None:
        """One device, None when it was never configured nor heard."""
        with self._lock:
            device = self._find(device_id)
            return None if device is None else device.view(now_s)

    def all(self, now_s: float) -> tuple[DeviceView, ...]:
        """Every device: the adopted in the order of the configuration, then the others."""
        with self._lock:
            return tuple(d.view(now_s) for d in (*self._adopted.values(), *self._unadopted.values()))

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

    def _adopt(self, known: KnownDevice) -> None:
        profile = self._profiles.get(known.profile)
        if profile is None:
            names = ", ".join(sorted(self._profiles))
            raise ValueError(f"device {known.id!r}: no profile {known.profile!r}; there are {names}")
        address = normal_address(known.address)
        if known.id in self._adopted:
            raise ValueError(f"device {known.id!r} is given twice")
        if address in self._id_of_address:
            raise ValueError(
                f"device {known.id!r}: {self._id_of_address[address]!r} has the same address {address}"
            )
        self._adopted[known.id] = _Device(known.id, address, profile, adopted=True)
        self._id_of_address[address] = known.id

    def _find(self, device_id: str) -> _Device | None:
        return self._adopted.get(device_id) or self._unadopted.get(device_id)

    def _device_at(self, address: str, profile: Profile) -> _Device:
        adopted_id = self._id_of_address.get(address)
        if adopted_id is not None:
            return self._adopted[adopted_id]
        device = self._unadopted.pop(address, None) or _Device(address, address, profile, adopted=False)
        while len(self._unadopted) >= MAX_UNADOPTED:
            self._unadopted.popitem(last=False)
            self.forgotten += 1
        self._unadopted[address] = device  # at the end: the first is the one longest unheard
        return device

    def _longest_unheard_s(self, now_s: float) -> float:
        return next(iter(self._unadopted.values())).age_s(now_s) or 0.0
