"""The last two hours of every adopted device, in a bounded place."""

from datetime import UTC, datetime, timedelta

from devices.dialects.heard import Heard
from devices.profile import load_profiles
from devices.reading import UNITS, Metric, Reading
from devices.registry import DeviceRegistry, KnownDevice
from gateway.clock import Clock
from gateway.device_history import EVERY_S, QUALITY, RSSI, SAMPLES, DeviceHistory

BELT, STRAY = "aa:00:00:00:00:01", "ff:00:00:00:00:09"
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Gym:
    """One treadmill, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.registry = DeviceRegistry([KnownDevice("belt", "ble-treadmill", BELT)])
        clock = Clock(lambda: self.now_s, lambda: START + timedelta(seconds=self.now_s))
        self.history = DeviceHistory(self.registry, clock)

    def say(self, value: float, *, address: str = BELT, metric: Metric = "speed_kmh") -> None:
        device = self.registry.track(address, load_profiles()["ble-treadmill"], self.now_s)
        reading = Reading(device.id, metric, value, UNITS[metric], START, START)
        self.registry.hear(device, [reading], Heard(rssi_dbm=-60), self.now_s)

    def sample(self) -> None:
        self.history.sample()
        self.now_s += EVERY_S


def test_values_come_oldest_first_and_silence_is_a_gap() -> None:
    gym = Gym()
    gym.say(8.0)
    gym.sample()
    gym.sample()  # what it said is stale by now
    gym.say(9.5)
    gym.sample()
    past = gym.history.of("belt")
    assert past.series["speed_kmh"] == [8.0, None, 9.5]
    assert past.ends_at == START + timedelta(seconds=2 * EVERY_S)
    assert set(past.series) == {"speed_kmh", RSSI, QUALITY}


def test_a_stranger_and_an_unknown_device_have_no_past() -> None:
    gym = Gym()
    gym.say(8.0, address=STRAY)
    gym.sample()
    assert gym.history.of(STRAY).series == gym.history.of("nobody").series == {}


def test_a_day_takes_no_more_room_than_two_hours() -> None:
    gym = Gym()
    for n in range(SAMPLES + 10):
        gym.say(float(n))
        gym.sample()
    series = gym.history.of("belt").series["speed_kmh"]
    assert len(series) == SAMPLES
    assert (series[0], series[-1]) == (10.0, SAMPLES + 9.0)


def test_a_forgotten_device_is_forgotten_here_too() -> None:
    gym = Gym()
    gym.say(8.0)
    gym.sample()
    gym.registry.forget("belt")
    gym.sample()
    assert gym.history.of("belt").series == {}
