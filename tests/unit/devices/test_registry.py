"""What is known of each device, and for how long."""

import logging
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.dialects.heard import Heard
from devices.profile import Profile, load_profiles
from devices.reading import UNITS, Metric, Reading
from devices.registry import FORGET_UNADOPTED_AFTER_S, MAX_UNADOPTED, DeviceRegistry, KnownDevice

PROFILES = load_profiles()
TREADMILL, BAND = PROFILES["ble-treadmill"], PROFILES["ble-heart-rate"]
ADDRESS = "c0:00:00:00:00:01"
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


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


def reading(metric: Metric, value: float, device_id: str = "mill") -> Reading:
    return Reading(device_id, metric, value, UNITS[metric], NOW, NOW)


@pytest.fixture
def registry() -> DeviceRegistry:
    return DeviceRegistry([KnownDevice("mill", "ble-treadmill", "C0-00-00-00-00-01")])


def test_never_heard(registry: DeviceRegistry) -> None:
    assert registry.link("mill", 0.0) == "never"
    assert registry.value("mill", "speed_kmh", 0.0) is None
    view = registry.get("mill", 0.0)
    assert view is not None
    assert (view.age_s, view.frames, dict(view.readings)) == (None, 0, {})


def test_unknown_id(registry: DeviceRegistry) -> None:
    assert registry.get("nobody", 0.0) is None
    assert registry.link("nobody", 0.0) == "never"
    assert registry.value("nobody", "speed_kmh", 0.0) is None


@pytest.mark.parametrize(
    ("age_s", "link", "value"),
    [
        (0.0, "live", 8.0),
        (4.0, "live", 8.0),
        (4.1, "stale", None),
        (15.0, "stale", None),
        (15.1, "lost", None),
    ],
)
def test_a_value_ages(registry: DeviceRegistry, age_s: float, link: str, value: float | None) -> None:
    observe(registry, ADDRESS, TREADMILL, [reading("speed_kmh", 8.0)], now_s=100.0, rssi_dbm=-60)
    assert registry.link("mill", 100.0 + age_s) == link
    assert registry.value("mill", "speed_kmh", 100.0 + age_s) == value
    view = registry.get("mill", 100.0 + age_s)
    assert view is not None
    assert view.link == link
    assert view.age_s == pytest.approx(age_s)
    assert view.readings["speed_kmh"].value == 8.0
    assert ("speed_kmh" in view.fresh) == (value is not None)
    assert view.rssi_dbm == -60


def test_each_value_ages_on_its_own(registry: DeviceRegistry) -> None:
    observe(registry, ADDRESS, TREADMILL, [reading("speed_kmh", 8.0), reading("distance_m", 5.0)], now_s=0.0)
    observe(registry, ADDRESS, TREADMILL, [reading("speed_kmh", 9.0)], now_s=3.0)
    assert registry.value("mill", "speed_kmh", 5.0) == 9.0
    assert registry.value("mill", "distance_m", 5.0) is None
    assert registry.link("mill", 5.0) == "live"


def test_a_frame_without_readings_still_says_that_the_device_is_there(registry: DeviceRegistry) -> None:
    observe(registry, ADDRESS, TREADMILL, [], now_s=1.0)
    assert registry.link("mill", 1.0) == "live"


def test_lost_and_back_are_logged_once(registry: DeviceRegistry, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="devices.registry")
    observe(registry, ADDRESS, TREADMILL, [], now_s=0.0)
    assert [registry.sweep(now_s) for now_s in (1.0, 5.0, 16.0, 17.0, 60.0)] == [(), (), ("mill",), (), ()]
    observe(registry, ADDRESS, TREADMILL, [], now_s=61.0)
    observe(registry, ADDRESS, TREADMILL, [], now_s=62.0)
    assert [record.getMessage() for record in caplog.records] == [
        "device mill is lost: no frame for 16 s",
        "device mill is back",
    ]


def test_a_device_never_heard_is_not_reported_lost(registry: DeviceRegistry) -> None:
    assert registry.sweep(1e6) == ()


def test_a_device_that_nobody_adopted_goes_by_its_address(registry: DeviceRegistry) -> None:
    observe(registry, "C0:00:00:00:01:01", BAND, [reading("heart_rate_bpm", 70.0)], now_s=0.0)
    assert registry.resolve("C0:00:00:00:01:01") == "c0:00:00:00:01:01"
    assert registry.resolve("c0-00-00-00-00-01") == "mill"
    assert registry.value("c0:00:00:00:01:01", "heart_rate_bpm", 1.0) == 70.0
    assert [(v.id, v.adopted, v.profile.name) for v in registry.all(1.0)] == [
        ("mill", True, "ble-treadmill"),
        ("c0:00:00:00:01:01", False, "ble-heart-rate"),
    ]


def test_strangers_are_bounded_and_the_one_longest_unheard_gives_way(registry: DeviceRegistry) -> None:
    for n in range(MAX_UNADOPTED):
        observe(registry, f"stranger-{n}", BAND, [], now_s=float(n))
    observe(registry, "stranger-0", BAND, [], now_s=500.0)
    observe(registry, "one-more", BAND, [], now_s=501.0)
    ids = {view.id for view in registry.all(501.0)}
    assert len(ids) == MAX_UNADOPTED + 1
    assert {"mill", "stranger-0", "one-more"} <= ids
    assert "stranger-1" not in ids
    assert registry.forgotten == 1


def test_strangers_unheard_for_long_are_forgotten(registry: DeviceRegistry) -> None:
    observe(registry, "passer-by", BAND, [], now_s=0.0)
    observe(registry, "regular", BAND, [], now_s=300.0)
    registry.sweep(FORGET_UNADOPTED_AFTER_S + 1)
    assert [view.id for view in registry.all(0.0)] == ["mill", "regular"]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (
            [KnownDevice("a", "ble-toaster", "x")],
            "no profile 'ble-toaster'; there are ble-bike, ble-cross-trainer",
        ),
        ([KnownDevice("a", "ble-treadmill", "x"), KnownDevice("a", "ble-treadmill", "y")], "given twice"),
        (
            [KnownDevice("a", "ble-treadmill", "X"), KnownDevice("b", "ble-treadmill", "x")],
            "'a' has the same address",
        ),
    ],
)
def test_a_configuration_that_contradicts_itself(known: list[KnownDevice], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DeviceRegistry(known)


def test_what_was_heard_of_a_stranger_stays_when_it_is_adopted(registry: DeviceRegistry) -> None:
    observe(registry, "c0:00:00:00:01:01", BAND, [], now_s=5.0, rssi_dbm=-70)
    before = registry.generation
    registry.adopt(KnownDevice("band-1", "ble-heart-rate", "C0-00-00-00-01-01"))
    assert registry.generation == before + 1
    view = registry.get("band-1", 6.0)
    assert view is not None
    assert (view.adopted, view.age_s, view.rssi_dbm, view.address) == (True, 1.0, -70, "c0:00:00:00:01:01")
    assert [each.id for each in registry.known] == ["mill", "band-1"]
    assert registry.get("c0:00:00:00:01:01", 6.0) is None


def test_who_is_forgotten_comes_back_as_a_stranger(registry: DeviceRegistry) -> None:
    assert registry.forget("mill")
    assert not registry.forget("mill")
    assert registry.at(ADDRESS) is None
    observe(registry, ADDRESS, TREADMILL, [], now_s=0.0)
    assert [view.id for view in registry.all(0.0)] == [ADDRESS]
    assert registry.forget(ADDRESS)
    assert registry.all(0.0) == ()


def test_who_was_only_asked_about_is_not_listed(registry: DeviceRegistry) -> None:
    registry.track("stranger", BAND, 0.0)
    assert [view.id for view in registry.all(0.0)] == ["mill"]
    assert registry.get("stranger", 0.0) is None
    registry.sweep(FORGET_UNADOPTED_AFTER_S + 1)
    assert registry.at("stranger") is None


def test_a_signal_is_smoothed(registry: DeviceRegistry) -> None:
    for rssi_dbm in (-60, -80, -60, -60):
        observe(registry, ADDRESS, TREADMILL, [], now_s=0.0, rssi_dbm=rssi_dbm)
    view = registry.get("mill", 0.0)
    assert view is not None
    assert view.rssi_dbm == -63


@given(
    st.lists(st.tuples(st.integers(-100, -30), st.floats(0, 10), st.booleans(), st.booleans()), max_size=8)
)
def test_the_nearest_band_is_the_strongest_that_is_live_free_and_worn(
    bands: list[tuple[int, float, bool, bool]],
) -> None:
    registry = DeviceRegistry([KnownDevice("mill", "ble-treadmill", ADDRESS)])
    observe(registry, ADDRESS, TREADMILL, [], now_s=10.0, rssi_dbm=-1)
    candidates = []
    for n, (rssi_dbm, age_s, taken, contact) in enumerate(bands):
        touch = reading("contact", float(contact), f"band-{n}")
        observe(registry, f"band-{n}", BAND, [touch], now_s=10.0 - age_s, rssi_dbm=rssi_dbm)
        if age_s <= BAND.stale_after_s and not taken and contact:
            candidates.append((rssi_dbm, f"band-{n}"))
    taken_ids = [f"band-{n}" for n, band in enumerate(bands) if band[2]]
    expected = max(candidates)[1] if candidates else None
    assert registry.nearest_band(10.0, taken=taken_ids) == expected


def test_a_band_without_a_signal_strength_is_not_near(registry: DeviceRegistry) -> None:
    observe(registry, "band", BAND, [], now_s=0.0)
    assert registry.nearest_band(0.0, taken=()) is None


def test_reading_while_another_thread_writes(registry: DeviceRegistry) -> None:
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for n in range(3000):
                observe(registry, f"stranger-{n}", BAND, [reading("heart_rate_bpm", 70.0)], now_s=float(n))
        except BaseException as error:  # noqa: BLE001 - carried over to the test's thread
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        registry.all(0.0)
        registry.sweep(0.0)
    writer.join(5)
    assert not failures
