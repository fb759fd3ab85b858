"""What is known of each device, and for how long."""

import logging
import threading
from datetime import UTC, datetime

import pytest

from devices.profile import load_profiles
from devices.reading import UNITS, Metric, Reading
from devices.registry import FORGET_UNADOPTED_AFTER_S, MAX_UNADOPTED, DeviceRegistry, KnownDevice

PROFILES = load_profiles()
TREADMILL, BAND = PROFILES["ble-treadmill"], PROFILES["ble-heart-rate"]
ADDRESS = "c0:00:00:00:00:01"
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


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
    registry.observe(ADDRESS, TREADMILL, [reading("speed_kmh", 8.0)], now_s=100.0, rssi_dbm=-60)
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
    registry.observe(ADDRESS, TREADMILL, [reading("speed_kmh", 8.0), reading("distance_m", 5.0)], now_s=0.0)
    registry.observe(ADDRESS, TREADMILL, [reading("speed_kmh", 9.0)], now_s=3.0)
    assert registry.value("mill", "speed_kmh", 5.0) == 9.0
    assert registry.value("mill", "distance_m", 5.0) is None
    assert registry.link("mill", 5.0) == "live"


def test_a_frame_without_readings_still_says_that_the_device_is_there(registry: DeviceRegistry) -> None:
    registry.observe(ADDRESS, TREADMILL, [], now_s=1.0)
    assert registry.link("mill", 1.0) == "live"


def test_lost_and_back_are_logged_once(registry: DeviceRegistry, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="devices.registry")
    registry.observe(ADDRESS, TREADMILL, [], now_s=0.0)
    assert [registry.sweep(now_s) for now_s in (1.0, 5.0, 16.0, 17.0, 60.0)] == [(), (), ("mill",), (), ()]
    registry.observe(ADDRESS, TREADMILL, [], now_s=61.0)
    registry.observe(ADDRESS, TREADMILL, [], now_s=62.0)
    assert [record.getMessage() for record in caplog.records] == [
        "device mill is lost: no frame for 16 s",
        "device mill is back",
    ]


def test_a_device_never_heard_is_not_reported_lost(registry: DeviceRegistry) -> None:
    assert registry.sweep(1e6) == ()


def test_a_device_that_nobody_adopted_goes_by_its_address(registry: DeviceRegistry) -> None:
    registry.observe("C0:00:00:00:01:01", BAND, [reading("heart_rate_bpm", 70.0)], now_s=0.0)
    assert registry.resolve("C0:00:00:00:01:01") == "c0:00:00:00:01:01"
    assert registry.resolve("c0-00-00-00-00-01") == "mill"
    assert registry.value("c0:00:00:00:01:01", "heart_rate_bpm", 1.0) == 70.0
    assert [(v.id, v.adopted, v.profile.name) for v in registry.all(1.0)] == [
        ("mill", True, "ble-treadmill"),
        ("c0:00:00:00:01:01", False, "ble-heart-rate"),
    ]


def test_strangers_are_bounded_and_the_one_longest_unheard_gives_way(registry: DeviceRegistry) -> None:
    for n in range(MAX_UNADOPTED):
        registry.observe(f"stranger-{n}", BAND, [], now_s=float(n))
    registry.observe("stranger-0", BAND, [], now_s=500.0)
    registry.observe("one-more", BAND, [], now_s=501.0)
    ids = {view.id for view in registry.all(501.0)}
    assert len(ids) == MAX_UNADOPTED + 1
    assert {"mill", "stranger-0", "one-more"} <= ids
    assert "stranger-1" not in ids
    assert registry.forgotten == 1


def test_strangers_unheard_for_long_are_forgotten(registry: DeviceRegistry) -> None:
    registry.observe("passer-by", BAND, [], now_s=0.0)
    registry.observe("regular", BAND, [], now_s=300.0)
    registry.sweep(FORGET_UNADOPTED_AFTER_S + 1)
    assert [view.id for view in registry.all(0.0)] == ["mill", "regular"]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (
            [KnownDevice("a", "ble-toaster", "x")],
            "no profile 'ble-toaster'; there are ble-heart-rate, ble-treadmill",
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


def test_reading_while_another_thread_writes(registry: DeviceRegistry) -> None:
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for n in range(3000):
                registry.observe(f"stranger-{n}", BAND, [reading("heart_rate_bpm", 70.0)], now_s=float(n))
        except BaseException as error:  # noqa: BLE001 - carried over to the test's thread
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        registry.all(0.0)
        registry.sweep(0.0)
    writer.join(5)
    assert not failures
