"""The registry against a model of a few lines, over arbitrary histories."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from devices.dialects.heard import Heard
from devices.profile import Profile, load_profiles
from devices.reading import Metric, Reading
from devices.registry import DeviceRegistry, KnownDevice

PROFILES = load_profiles()
PROFILE = PROFILES["ble-treadmill"]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADDRESSES = {"mill-a": "c0:00:00:00:00:01", "mill-b": "c0:00:00:00:00:02"}
METRICS: tuple[Metric, ...] = ("speed_kmh", "distance_m")

frames = st.tuples(
    st.sampled_from(sorted(ADDRESSES)),
    st.dictionaries(st.sampled_from(METRICS), st.floats(0, 100)),
    st.floats(0, 10),  # seconds since the frame before
)


def observe(
    registry: DeviceRegistry,
    address: str,
    profile: Profile,
    readings: list[Reading],
    *,
    now_s: float,
    rssi_dbm: int | None = None,
) -> None:
    registry.hear(registry.track(address, profile, now_s), readings, Heard(rssi_dbm=rssi_dbm), now_s)


def readings(device_id: str, values: dict[Metric, float]) -> list[Reading]:
    return [Reading(device_id, metric, value, "", NOW, NOW) for metric, value in values.items()]


@given(st.lists(frames, max_size=30), st.floats(0, 30))
def test_values_and_links_are_those_of_the_model(
    history: list[tuple[str, dict[Metric, float], float]], pause_s: float
) -> None:
    registry = DeviceRegistry([KnownDevice(i, "ble-treadmill", a) for i, a in ADDRESSES.items()])
    last_frame: dict[str, float] = {}
    last_value: dict[tuple[str, Metric], tuple[float, float]] = {}
    now_s = 0.0
    for device_id, values, after_s in history:
        now_s += after_s
        observe(registry, ADDRESSES[device_id], PROFILE, readings(device_id, values), now_s=now_s)
        last_frame[device_id] = now_s
        last_value |= {(device_id, metric): (value, now_s) for metric, value in values.items()}
    now_s += pause_s
    for device_id in ADDRESSES:
        for metric in METRICS:
            value, seen_s = last_value.get((device_id, metric), (None, 0.0))
            expected = value if now_s - seen_s <= PROFILE.stale_after_s else None
            assert registry.value(device_id, metric, now_s) == expected
        age_s = None if device_id not in last_frame else now_s - last_frame[device_id]
        assert registry.link(device_id, now_s) == link(age_s)


def link(age_s: float | None) -> str:
    if age_s is None:
        return "never"
    if age_s <= PROFILE.stale_after_s:
        return "live"
    return "stale" if age_s <= PROFILE.lost_after_s else "lost"


@given(st.lists(st.floats(0, 20), min_size=1, max_size=40))
def test_lost_is_told_once_per_silence(pauses_s: list[float]) -> None:
    registry = DeviceRegistry([KnownDevice("mill-a", "ble-treadmill", ADDRESSES["mill-a"])])
    now_s, told = 0.0, 0
    for pause_s in pauses_s:
        observe(registry, ADDRESSES["mill-a"], PROFILE, [], now_s=now_s)
        for share in (0.5, 1.0):
            told += len(registry.sweep(now_s + pause_s * share))
        now_s += pause_s
    assert told == sum(pause_s > PROFILE.lost_after_s for pause_s in pauses_s)
