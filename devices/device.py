"""One device as it stands: its last values and their age, whether it is there, how well it is heard."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from devices.codecs.width import DeviceWidths
from devices.profile import Profile
from devices.rate_limit import TokenBucket
from devices.reading import PLAUSIBLE, Metric, Reading

LinkState = Literal["live", "stale", "lost", "never"]

# So many seconds' worth of messages may come at once: a bridge that was away, what a broker had kept.
BURST_S: Final = 5.0
# A flood is over when nothing was dropped for so long.
CALM_AFTER_S: Final = 10.0

# How much the newest message weighs in the link's quality: a few dozen messages are remembered.
_QUALITY_WEIGHT: Final = 1 / 32
_RSSI_WEIGHT: Final = 1 / 4
# A counter that jumped further was reset, not missed.
_MOST_MISSED: Final = 100


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device as it stands at one moment; `readings` may be stale, `fresh` are not.

    Attributes:
        age_s: seconds since the last good message, None before the first.
        available: what the device or its last will says of itself, None when it says nothing.
        rssi_dbm: signal strength at the bridge, smoothed over the last few messages.
        quality: share of its latest messages that came and were good, 0 to 1; None before the first.
        dropped: messages beyond what one device may send.
        targets: what the machine says it is heading for.
        bridge: which bridge relays it, and how that bridge writes its address; None for what is not relayed.
        resistance_octets: how wide this machine writes a resistance, as far as it said so.
    """

    id: str
    address: str
    profile: Profile
    adopted: bool
    link: LinkState
    age_s: float | None
    available: bool | None
    rssi_dbm: int | None
    quality: float | None
    firmware: str | None
    frames: int
    dropped: int
    readings: Mapping[Metric, Reading]
    fresh: Mapping[Metric, Reading]
    targets: Mapping[Metric, float]
    bridge: str | None
    bridge_address: str | None
    resistance_octets: int | None

    @property
    def battery_percent(self) -> float | None:
        """The last that was heard of the battery; it empties slowly, so that this does not become stale."""
        reading = self.readings.get("battery_percent")
        return None if reading is None else reading.value


@dataclass(slots=True, eq=False)
class Device:
    """The same, while it changes. Everyone but the registry reads it only; the limiters are the intake's."""

    id: str
    address: str
    profile: Profile
    adopted: bool
    tracked_s: float = 0.0
    seen_s: float | None = None
    available: bool | None = None
    rssi_dbm: float | None = None
    quality: float | None = None
    firmware: str | None = None
    frames: int = 0
    dropped: int = 0
    flooded_s: float | None = None
    lost: bool = False
    latest: dict[Metric, tuple[Reading, float]] = field(default_factory=dict)
    targets: dict[Metric, float] = field(default_factory=dict)
    bridge: str | None = None
    bridge_address: str | None = None
    widths: DeviceWidths = field(default_factory=DeviceWidths)
    limiter: TokenBucket = field(init=False)
    urgent_limiter: TokenBucket = field(init=False)
    bounds: Mapping[Metric, tuple[float, float]] = field(init=False)

    def __post_init__(self) -> None:
        self.describe(self.profile)

    def describe(self, profile: Profile) -> None:
        """Be of this kind from now on."""
        per_s = profile.max_messages_per_s
        self.profile = profile
        self.limiter = TokenBucket(per_s, max(1.0, per_s * BURST_S))
        self.urgent_limiter = TokenBucket(per_s, max(1.0, per_s * BURST_S))
        self.bounds = {**PLAUSIBLE, **profile.ranges}

    def age_s(self, now_s: float) -> float | None:
        """Seconds since the last good message."""
        return None if self.seen_s is None else max(0.0, now_s - self.seen_s)

    def link(self, now_s: float) -> LinkState:
        """Whether it is there."""
        age_s = self.age_s(now_s)
        if age_s is None:
            return "never"
        if self.available is False:
            return "lost"
        if age_s <= self.profile.stale_after_s or self.keeps_its_word:
            return "live"
        return "stale" if age_s <= self.profile.lost_after_s else "lost"

    @property
    def keeps_its_word(self) -> bool:
        """Whether its last value holds until it says another: it tells changes only, and that it is there."""
        return self.profile.on_change and self.available is True

    def fresh(self, metric: Metric, now_s: float) -> Reading | None:
        """The last value, None when there is none or it is stale."""
        reading, seen_s = self.latest.get(metric, (None, 0.0))
        if self.profile.on_change:
            return reading if self.link(now_s) == "live" else None
        return (
            reading if now_s - seen_s <= self.profile.stale_after_s and self.available is not False else None
        )

    def came(self, missed: int) -> None:
        """Count a good message, and those that were missed before it."""
        quality = 1.0 if self.quality is None else self.quality
        if 0 < missed <= _MOST_MISSED:
            quality *= (1 - _QUALITY_WEIGHT) ** missed
        self.quality = quality + (1.0 - quality) * _QUALITY_WEIGHT

    def failed(self) -> None:
        """Count a message that was refused."""
        self.quality = (1.0 if self.quality is None else self.quality) * (1 - _QUALITY_WEIGHT)

    def received_at_dbm(self, rssi_dbm: int) -> None:
        """Take a signal strength; single ones jump by several dB while nobody moves."""
        known = self.rssi_dbm
        self.rssi_dbm = rssi_dbm if known is None else known + (rssi_dbm - known) * _RSSI_WEIGHT

    def view(self, now_s: float) -> DeviceView:
        """A copy that no longer changes."""
        readings = {metric: reading for metric, (reading, _) in self.latest.items()}
        fresh = {metric: reading for metric, reading in readings.items() if self.fresh(metric, now_s)}
        return DeviceView(
            id=self.id,
            address=self.address,
            profile=self.profile,
            adopted=self.adopted,
            link=self.link(now_s),
            age_s=self.age_s(now_s),
            available=self.available,
            rssi_dbm=None if self.rssi_dbm is None else round(self.rssi_dbm),
            quality=self.quality,
            firmware=self.firmware,
            frames=self.frames,
            dropped=self.dropped,
            readings=MappingProxyType(readings),
            fresh=MappingProxyType(fresh),
            targets=MappingProxyType(dict(self.targets)),
            bridge=self.bridge,
            bridge_address=self.bridge_address,
            resistance_octets=self.widths.resistance.octets,
        )
