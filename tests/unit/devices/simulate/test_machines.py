"""What the machines of a simulated gym do when they are asked."""

from random import Random

import pytest

from devices.codecs import bike, decode_notification, features, treadmill
from devices.codecs.control_point import Op, Request, encode_request
from devices.codecs.features import Target
from devices.codecs.machine_status import StatusOp, decode
from devices.simulate.heart import Person
from devices.simulate.machines import Band, Bike, Machine, Rower, Treadmill

PERSON = Person.random(Random(4))  # noqa: S311 - repeatable chance, not a secret


def live(machine: Machine, seconds: float) -> list[StatusOp]:
    """Let time pass; the statuses of it."""
    for _ in range(round(seconds * 10)):
        machine.tick()
    return [decode(status).op for status in machine.news()]


def ask(machine: Machine, op: Op, *values: float) -> None:
    machine.controls.write(encode_request(Request(op, values)))


@pytest.fixture
def mill() -> Treadmill:
    """In use, and controlled."""
    mill = Treadmill(PERSON)
    assert StatusOp.STARTED_BY_USER in live(mill, 15)
    ask(mill, Op.REQUEST_CONTROL)
    return mill


def test_a_belt_follows_the_targets(mill: Treadmill) -> None:
    ask(mill, Op.SET_SPEED, 7.5)
    ask(mill, Op.SET_INCLINE, 4.0)
    live(mill, 15)
    said = treadmill.decode(mill.frame()).values
    assert (said["speed_kmh"], said["incline_percent"]) == (7.5, 4.0)


def test_a_safety_key_stops_the_belt_at_once_and_for_good(mill: Treadmill) -> None:
    ask(mill, Op.SET_SPEED, 12.0)
    live(mill, 12)
    mill.pull_safety_key()
    assert live(mill, 11) == [StatusOp.STOPPED_BY_SAFETY_KEY, StatusOp.CONTROL_LOST]
    assert mill.belt.speed_kmh == 0.0
    ask(mill, Op.SET_SPEED, 12.0)
    live(mill, 2)
    assert mill.belt.speed_kmh == 0.0


def test_a_person_who_goes_on_changes_the_speed_only_when_nobody_controls_it(mill: Treadmill) -> None:
    ask(mill, Op.SET_SPEED, 6.0)
    assert live(mill, 60) == []  # the next stage began meanwhile
    free = Treadmill(PERSON)
    live(free, 15)
    assert live(free, 60) == [StatusOp.SPEED_CHANGED, StatusOp.INCLINE_CHANGED]


def test_a_bike_holds_the_power_that_it_is_asked_for() -> None:
    ride = Bike(PERSON)
    live(ride, 30)
    ask(ride, Op.REQUEST_CONTROL)
    ask(ride, Op.SET_POWER, 180.0)
    live(ride, 20)
    assert bike.decode(ride.frame()).values["power_w"] == pytest.approx(180, abs=2)
    ride.controls.targets.clear()
    ask(ride, Op.SET_RESISTANCE, 3.0)
    live(ride, 20)
    assert bike.decode(ride.frame()).values["resistance_level"] == 3


@pytest.mark.parametrize("kind", [Bike, Rower])
def test_an_odd_frame_is_one_of_the_other_width(kind: type[Bike | Rower]) -> None:
    machine = kind(PERSON)
    live(machine, 30)
    usual = decode_notification(machine.characteristic, machine.frame())
    odd = decode_notification(machine.characteristic, machine.odd_frame())
    assert (usual.width, odd.width) == (2, 1)


@pytest.mark.parametrize("machine", [Treadmill(PERSON), Bike(PERSON), Rower(PERSON)])
def test_the_facts_name_what_can_be_asked(machine: Machine) -> None:
    facts = dict(machine.facts())
    targets = features.decode(facts.pop("2acc")).targets
    assert targets == Target(sum(target for _, target, _ in machine.takes.values()))
    assert set(facts) == set(machine.takes)


def test_counters_begin_anew_where_the_standard_has_no_more_room() -> None:
    ride = Bike(PERSON)
    ride.bike = ride.bike.after(100_000, target_rpm=90, target_level=20, weight_kg=75)
    assert bike.decode(ride.frame()).values["elapsed_s"] == 100_000 % 65_536


def test_a_band_off_any_machine_beats() -> None:
    band = Band(Random(1), None)  # noqa: S311 - repeatable chance, not a secret
    for _ in range(50):
        band.tick()
    found = decode_notification("2a37", band.frame()).measurements
    assert sum(each.metric == "rr_interval_ms" for each in found) >= 3
