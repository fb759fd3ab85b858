"""Adopting, forgetting and hearing in any order, against a model of a few lines."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from devices.dialects.heard import Heard
from devices.intake import Intake
from devices.profile import load_profiles
from devices.reading import Reading
from devices.registry import DeviceRegistry, KnownDevice
from devices.rejection import FrameRejected

PROFILES = load_profiles()
BAND = PROFILES["ble-heart-rate"]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADDRESSES = [f"c0:00:00:00:00:{n:02x}" for n in range(4)]
NAMES = ["a", "b", "c"]

steps = st.one_of(
    st.tuples(st.just("adopt"), st.sampled_from(NAMES), st.sampled_from(ADDRESSES)),
    st.tuples(st.just("forget"), st.sampled_from([*NAMES, *ADDRESSES]), st.just("")),
    st.tuples(st.just("hear"), st.just(""), st.sampled_from(ADDRESSES)),
)


@dataclass
class Model:
    """What the registry is for: who has which name, and how often each address was heard under it."""

    adopted: dict[str, str] = field(default_factory=dict)
    frames: dict[str, int] = field(default_factory=dict)

    def adopt(self, name: str, address: str) -> bool:
        if name in self.adopted or address in self.adopted.values():
            return False
        self.adopted[name] = address
        return True

    def forget(self, name: str) -> bool:
        if name in self.adopted:
            self.frames.pop(self.adopted.pop(name), None)
            return True
        return name not in self.adopted.values() and self.frames.pop(name, None) is not None

    def name(self, address: str) -> str:
        return next((name for name, each in self.adopted.items() if each == address), address)


@given(st.lists(steps, max_size=25))
def test_names_and_addresses_never_get_mixed_up(history: list[tuple[str, str, str]]) -> None:
    registry, model = DeviceRegistry(profiles=PROFILES), Model()
    for what, name, address in history:
        if what == "adopt":
            try:
                registry.adopt(KnownDevice(name, "ble-heart-rate", address.upper()))
            except ValueError:
                assert not model.adopt(name, address)
            else:
                assert model.adopt(name, address)
        elif what == "forget":
            assert registry.forget(name) == model.forget(name)
        else:
            device = registry.track(address, BAND, 0.0)
            assert device.id == model.name(address)
            registry.hear(device, [Reading(device.id, "heart_rate_bpm", 70.0, "bpm", NOW, NOW)], Heard(), 0.0)
            model.frames[address] = model.frames.get(address, 0) + 1
        strangers = set(model.frames) - set(model.adopted.values())
        views = registry.all(0.0)
        assert {view.id for view in views} == set(model.adopted) | strangers
        assert {view.id: view.address for view in views if view.adopted} == model.adopted
        assert {view.address: view.frames for view in views if view.frames} == model.frames


@given(st.lists(st.tuples(st.sampled_from(ADDRESSES), st.integers(30, 200), steps), max_size=25))
def test_a_beat_reaches_whoever_has_the_address_now(
    history: list[tuple[str, int, tuple[str, str, str]]],
) -> None:
    """Routes are remembered: no adoption may leave a beat with yesterday's name."""
    registry, model = DeviceRegistry(profiles=PROFILES), Model()
    intake = Intake(registry, PROFILES)
    for address, rate, (what, name, whose) in history:
        if what == "adopt" and model.adopt(name, whose):
            registry.adopt(KnownDevice(name, "ble-heart-rate", whose))
        elif what == "forget" and name in model.adopted and model.forget(name):
            registry.forget(name)
        topic = f"gymbox/v1/hall/ble/{address}/180d/2a37"
        taken = intake.handle(topic, bytes([0, rate]), retain=False, received_at=NOW, now_s=0.0)
        model.frames[address] = 1
        assert taken.device_id == model.name(address)
        assert {each.device_id for each in taken.readings} == {taken.device_id}
        assert registry.value(taken.device_id, "heart_rate_bpm", 0.0) == rate


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["$state", "belt/speed", "$description"]), st.booleans(), st.integers(0, 3)
        ),
        max_size=30,
    )
)
def test_a_homie_value_is_never_shown_of_a_machine_that_is_not_ready(
    history: list[tuple[str, bool, int]],
) -> None:
    registry = DeviceRegistry([KnownDevice("mill", "homie-5", "t1")], profiles=PROFILES)
    intake = Intake(registry, PROFILES)
    description = b'{"nodes": {"belt": {"properties": {"speed": {"datatype": "float", "unit": "km/h"}}}}}'
    described, state = False, ""
    for n, (rest, retain, choice) in enumerate(history):
        payload = {
            "$state": (b"ready", b"lost", b"init", b"disconnected")[choice],
            "belt/speed": b"%d" % (choice + 1),
            "$description": description,
        }[rest]
        try:
            intake.handle(f"homie/5/t1/{rest}", payload, retain=retain, received_at=NOW, now_s=n)
        except FrameRejected as rejection:
            refused = rejection.kind
            assert (rest, refused) in {("belt/speed", "mapping"), ("belt/speed", "retained")}
        else:
            described = described or rest == "$description"
            state = payload.decode() if rest == "$state" else state
            # A value that comes now proves that the machine is there, whatever was said before.
            state = "ready" if rest == "belt/speed" and not retain and described else state
        if registry.value("mill", "speed_kmh", float(n)) is not None:
            assert described
            assert state == "ready"
