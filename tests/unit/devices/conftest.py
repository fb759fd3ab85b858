"""An intake with its registry, and a short way to hand it messages."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from devices.intake import Intake, Intaken
from devices.profile import Profile, load_profiles, parse_profile
from devices.registry import DeviceRegistry, DeviceView, KnownDevice
from devices.rejection import FrameRejected

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
MILL_ADDRESS = "c0:00:00:00:00:01"


class Desk:
    """Messages in, readings out, time by hand."""

    def __init__(self, *known: KnownDevice, profiles: Mapping[str, Profile] | None = None) -> None:
        self.profiles = load_profiles() if profiles is None else profiles
        self.registry = DeviceRegistry(known, profiles=self.profiles)
        self.machine_frames: list[tuple[str, str, bytes, float]] = []
        self.intake = Intake(
            self.registry, self.profiles, on_machine_frame=lambda *frame: self.machine_frames.append(frame)
        )

    def hand(self, topic: str, payload: bytes | str, now_s: float = 0.0, *, retain: bool = False) -> Intaken:
        octets = payload.encode() if isinstance(payload, str) else payload
        return self.intake.handle(topic, octets, retain=retain, received_at=NOW, now_s=now_s)

    def values(self, topic: str, payload: bytes | str, now_s: float = 0.0) -> dict[str, float]:
        return {each.metric: round(each.value, 3) for each in self.hand(topic, payload, now_s).readings}

    def refusal(
        self, topic: str, payload: bytes | str, now_s: float = 0.0, *, retain: bool = False
    ) -> FrameRejected:
        with pytest.raises(FrameRejected) as caught:
            self.hand(topic, payload, now_s, retain=retain)
        return caught.value

    def view(self, device_id: str, now_s: float = 0.0) -> DeviceView:
        view = self.registry.get(device_id, now_s)
        assert view is not None
        return view


MakeDesk = Callable[..., Desk]


@pytest.fixture
def desk() -> Desk:
    return Desk(KnownDevice("mill", "ble-treadmill", MILL_ADDRESS))


@pytest.fixture
def desk_for() -> MakeDesk:
    """A desk that knows one more profile, given as TOML, or one more device of a shipped one."""

    def make(known: KnownDevice, profile: str | None = None) -> Desk:
        profiles = dict(load_profiles())
        if profile is not None:
            parsed = parse_profile(profile, "test.toml")
            profiles[parsed.name] = parsed
        return Desk(known, profiles=profiles)

    return make
