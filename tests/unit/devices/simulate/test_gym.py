"""The whole simulated gym."""

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import decode, decode_notification
from devices.reading import Measurement
from devices.rejection import FrameRejected
from devices.simulate import SimulatedGym, simulated_devices
from devices.simulate.gym import MAX_CATCH_UP_S
from devices.simulate.misbehaviour import FAULTS
from devices.simulate.programmes import TICK_S
from devices.topics import normal_address, parse_ble_topic

Frames = list[tuple[str, bytes]]


def run(gym: SimulatedGym, seconds: float, every_s: float = 0.1, start_s: float = 1000.0) -> Frames:
    steps = round(seconds / every_s)
    return [frame for n in range(steps + 1) for frame in gym.step(start_s + n * every_s)]


def data(frames: Frames) -> Frames:
    """What comes every second, without the statuses."""
    return [(topic, payload) for topic, payload in frames if not topic.endswith("/2ada")]


def history(seconds: float, **numbers: int) -> dict[str, list[dict[str, float]]]:
    """What each device said, by id."""
    gym = SimulatedGym(**numbers)  # type: ignore[arg-type]  # numbers of devices
    ids = {device.address: device.id for device in gym.devices}
    said: dict[str, list[dict[str, float]]] = defaultdict(list)
    for topic, payload in data(run(gym, seconds)):
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
    assert len({d.address for d in simulated_devices(255, 255, bikes=255, rowers=255)}) == 1020
    assert [d.id for d in simulated_devices(1, 1, bikes=1, rowers=1)] == [
        "treadmill-1", "bike-1", "rower-1", "band-1"
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_frames() -> None:
    assert run(SimulatedGym(seed=7), 30) == run(SimulatedGym(seed=7), 30)
    assert run(SimulatedGym(seed=7), 30) != run(SimulatedGym(seed=8), 30)


@given(st.sampled_from([0.05, 0.1, 0.37, 1.0, 2.5]))
def test_frames_do_not_depend_on_how_often_one_asks(every_s: float) -> None:
    def by_topic(frames: Frames) -> dict[str, list[bytes]]:
        sorted_out: dict[str, list[bytes]] = defaultdict(list)
        for topic, payload in data(frames):
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
    gym = SimulatedGym(bikes=1, rowers=1)
    times: dict[str, list[float]] = defaultdict(list)
    for n in range(600):
        for topic, payload in data(gym.step(n * TICK_S)):
            times[topic].append(n * TICK_S)
            assert len(payload) <= 20
    assert len(times) == 9
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


def test_somebody_rides_and_somebody_rows_and_their_hearts_know() -> None:
    said = history(200, treadmills=0, bikes=1, rowers=1, bands=2)
    ride, row = said["bike-1"][-1], said["rower-1"][-1]
    assert 60 <= ride["cadence_rpm"] <= 100
    assert 40 < ride["power_w"] < 400
    assert 1 <= ride["resistance_level"] <= 40
    assert 18 <= row["stroke_rate_spm"] <= 32
    assert 90 < row["pace_s_per_500m"] < 200
    for machine, band in (("bike-1", "band-1"), ("rower-1", "band-2")):
        assert said[machine][-1]["distance_m"] > 300
        rates = [frame["heart_rate_bpm"] for frame in said[band]]
        assert rates[-1] > rates[0] + 20


def test_people_press_the_keys_of_the_console() -> None:
    gym = SimulatedGym(treadmills=1, bands=0)
    pressed = [payload.hex() for topic, payload in run(gym, 600) if topic.endswith("/2ada")]
    assert pressed[0] == "04"
    assert pressed[1] == "05f401"  # 5.0 km/h
    assert "0201" in pressed


def values(frame: bytes) -> dict[str, float]:
    return {m.metric: m.value for m in decode("2acd", frame)}


def told(gym: SimulatedGym, topic: str, payload: bytes) -> list[tuple[str, str]]:
    return [(where.rpartition("/")[2], what.hex()) for where, what in gym.receive(topic, payload)]


def test_a_machine_does_what_it_is_asked_and_answers() -> None:
    gym = SimulatedGym(treadmills=1, bands=0)
    control = "gymbox/v1/simulated/ble/c0:00:00:00:00:01/1826/2ad9/set"
    assert gym.commands[0] == control.replace("c0:00:00:00:00:01", "+")
    run(gym, 15)
    assert told(gym, control, b"\x02\x20\x03") == [("2ad9", "800205")]  # not before control is asked for
    assert told(gym, control, b"\x00") == [("2ad9", "800001")]
    assert told(gym, control, b"\x02\x20\x03") == [("2ad9", "800201")]  # 8.0 km/h
    (*_, (_, frame)) = data(run(gym, 10, start_s=1015))
    assert values(frame)["speed_kmh"] == 8.0
    assert told(gym, control, b"\x08\x01") == [("2ad9", "800801")]
    (*_, (_, frame)) = data(run(gym, 10, start_s=1025))
    assert values(frame)["speed_kmh"] == 0.0
    assert told(gym, "gymbox/v1/simulated/ble/nobody/1826/2ad9/set", b"\x00") == []


def test_a_new_link_takes_control_away() -> None:
    gym = SimulatedGym(treadmills=0, bands=0, rowers=1)
    control, link = (topic.replace("+", "c0:00:00:00:03:01") for topic in gym.commands)
    assert told(gym, control, b"\x00") == [("2ad9", "800001")]
    assert told(gym, link, b"else") == []
    assert told(gym, link, b"reconnect") == [("link", b"down".hex()), ("link", b"up".hex())]
    assert told(gym, control, b"\x04\x32\x00") == [("2ad9", "800405")]


def test_what_a_bridge_reads_once() -> None:
    gym = SimulatedGym(treadmills=1, bands=1, bikes=1)
    facts = {(topic.split("/")[-1], topic.split("/")[4]): payload for topic, payload in gym.facts()}
    mill, ride = "c0:00:00:00:00:01", "c0:00:00:00:02:01"
    assert facts["link", mill] == facts["link", ride] == b"up"
    assert facts["2ad4", mill].hex() == "5000d0070a00"
    assert len(facts["2ad6", ride]) == 6
    assert len(facts) == 4 + 4
    for (characteristic, _), payload in facts.items():
        if characteristic != "link":
            decode_notification(characteristic, payload)


def test_a_gym_that_misbehaves_does_everything_seen_in_the_field() -> None:
    gym = SimulatedGym(treadmills=2, bands=2, bikes=1, rowers=1, misbehave=0.2)
    frames = run(gym, 300)
    assert set(gym.faults) == set(FAULTS)
    refused = 0
    for topic, payload in frames:
        if topic.endswith(("/2acd", "/2ad1", "/2ad2", "/2a37")):
            try:
                decode(topic.rpartition("/")[2], payload)
            except FrameRejected:
                refused += 1
    assert 5 < refused < len(frames) / 4
    assert not SimulatedGym(misbehave=0.0).faults
