"""The whole simulated gym."""

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import decode
from devices.reading import Measurement
from devices.simulate import SimulatedGym, simulated_devices
from devices.simulate.gym import MAX_CATCH_UP_S, TICK_S
from devices.topics import normal_address, parse_ble_topic

Frames = list[tuple[str, bytes]]


def run(gym: SimulatedGym, seconds: float, every_s: float = 0.1, start_s: float = 1000.0) -> Frames:
    steps = round(seconds / every_s)
    return [frame for n in range(steps + 1) for frame in gym.step(start_s + n * every_s)]


def history(seconds: float, treadmills: int = 3, bands: int = 4) -> dict[str, list[dict[str, float]]]:
    """What each device said, by id."""
    gym = SimulatedGym(treadmills=treadmills, bands=bands)
    ids = {device.address: device.id for device in gym.devices}
    said: dict[str, list[dict[str, float]]] = defaultdict(list)
    for topic, payload in run(gym, seconds):
        source = parse_ble_topic(topic)
        said[ids[source.address]].append({m.metric: m.value for m in decode(source.characteristic, payload)})
    return said


def test_devices_have_ids_profiles_and_normal_addresses() -> None:
    devices = simulated_devices(2, 1)
    assert [(d.id, d.profile) for d in devices] == [
        ("treadmill-1", "ble-treadmill"),
        ("treadmill-2", "ble-treadmill"),
        ("band-1", "ble-heart-rate"),
    ]
    assert all(d.address == normal_address(d.address) for d in devices)
    assert devices[0].address == "c0:00:00:00:00:01"
    assert len({d.address for d in simulated_devices(255, 255)}) == 510


def test_the_same_seed_gives_the_same_frames() -> None:
    assert run(SimulatedGym(seed=7), 30) == run(SimulatedGym(seed=7), 30)
    assert run(SimulatedGym(seed=7), 30) != run(SimulatedGym(seed=8), 30)


@given(st.sampled_from([0.05, 0.1, 0.37, 1.0, 2.5]))
def test_frames_do_not_depend_on_how_often_one_asks(every_s: float) -> None:
    def by_topic(frames: Frames) -> dict[str, list[bytes]]:
        sorted_out: dict[str, list[bytes]] = defaultdict(list)
        for topic, payload in frames:
            sorted_out[topic].append(payload)
        return sorted_out

    often, seldom = by_topic(run(SimulatedGym(), 20)), by_topic(run(SimulatedGym(), 20, every_s))
    for topic, payloads in often.items():
        shorter = min(len(payloads), len(seldom[topic]))
        assert shorter >= 18
        assert payloads[:shorter] == seldom[topic][:shorter]


def test_one_more_band_changes_nothing_for_the_others() -> None:
    four = set(run(SimulatedGym(bands=4), 20))
    assert set(run(SimulatedGym(bands=3), 20)) <= four


def test_everybody_speaks_once_a_second_and_fits_in_a_notification() -> None:
    gym = SimulatedGym()
    times: dict[str, list[float]] = defaultdict(list)
    for n in range(600):
        for topic, payload in gym.step(n * TICK_S):
            times[topic].append(n * TICK_S)
            assert len(payload) <= 20
    assert len(times) == 7
    for moments in times.values():
        assert len(moments) == pytest.approx(60, abs=1)
        assert all(0.75 < later - earlier < 1.25 for earlier, later in pairwise(moments))


def test_a_treadmill_behaves_like_one() -> None:
    said = history(700, treadmills=1, bands=0)["treadmill-1"]
    speeds = [frame["speed_kmh"] for frame in said]
    assert speeds[0] == 0
    assert 8 < max(speeds) < 16
    assert max(abs(later - earlier) for earlier, later in pairwise(speeds)) < 1.6
    for total in ("distance_m", "energy_kcal", "elapsed_s"):
        assert all(later[total] >= earlier[total] for earlier, later in pairwise(said))
    travelled = sum(speed / 3.6 for speed in speeds)
    assert said[-1]["distance_m"] == pytest.approx(travelled, rel=0.02)


def test_treadmills_do_different_things() -> None:
    said = history(200)
    speeds = [tuple(frame["speed_kmh"] for frame in said[f"treadmill-{n}"]) for n in (1, 2, 3)]
    assert len(set(speeds)) == 3


def test_the_heart_follows_the_belt() -> None:
    said = history(330, treadmills=1, bands=1)
    rates = [frame["heart_rate_bpm"] for frame in said["band-1"]]
    assert rates[0] < 80
    assert rates[-1] > rates[0] + 40
    walking = rates[40]
    assert rates[0] < walking < rates[-1]
    assert max(abs(later - earlier) for earlier, later in pairwise(rates)) <= 4


def test_somebody_trains_on_the_floor() -> None:
    rates = [frame["heart_rate_bpm"] for frame in history(240)["band-4"]]
    assert max(rates) - min(rates) > 15


def test_beats_between_frames_add_up_to_the_time_between_them() -> None:
    gym = SimulatedGym(treadmills=0, bands=1)
    total_ms, rates = 0.0, []
    for _, payload in run(gym, 300):
        for measurement in decode("2a37", payload):
            if measurement.metric == "rr_interval_ms":
                total_ms += measurement.value
            if measurement.metric == "heart_rate_bpm":
                rates.append(measurement.value)
        assert Measurement("contact", 1.0) in decode("2a37", payload)
    assert total_ms / 1000 == pytest.approx(300, abs=3)
    assert all(measurement.plausible for measurement in decode("2a37", payload))


def test_an_hour_asleep_is_left_out() -> None:
    gym = SimulatedGym()
    gym.step(0.0)
    before = run(gym, 10, start_s=0.0)
    after = gym.step(3600.0)
    assert len(before) > 60
    assert len(after) < 10 * MAX_CATCH_UP_S
    assert len(run(gym, 10, start_s=3600.0)) == pytest.approx(70, abs=7)


def test_an_empty_gym() -> None:
    assert run(SimulatedGym(treadmills=0, bands=0), 5) == []


def test_a_gym_that_is_open_already_goes_on_where_it_would_be() -> None:
    fresh, running = SimulatedGym(seed=3), SimulatedGym(seed=3, open_for_s=60.0)
    fresh.step(0.0)
    for second in range(1, 61):
        fresh.step(float(second))
    assert running.step(1000.0) == []
    late = [running.step(1000.0 + step / 2) for step in range(1, 10)]
    assert late == [fresh.step(60.0 + step / 2) for step in range(1, 10)]
    assert any(late)
