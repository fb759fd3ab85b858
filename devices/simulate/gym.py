"""A whole gym, deterministic for its seed: what its machines and bands say as time goes on."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from devices.simulate.heart import Person
from devices.simulate.machines import CONTROL_POINT, STATUS, Band, Bike, Machine, Rower, Source, Treadmill
from devices.simulate.misbehaviour import Fault, Misbehaviour, Notice
from devices.simulate.programmes import TICK_S
from devices.topics import LINK, BleTopic, control_topic, link_topic

INTERVAL_S: Final = 1.0  # treadmills and bands notify once a second
JITTER_S: Final = 0.03  # of a radio in a busy hall

# A laptop that slept, a process that was stopped: nobody wants the notifications of that hour.
MAX_CATCH_UP_S: Final = 5.0

Kind = Literal["treadmill", "bike", "rower", "band"]

_PROFILES: Final[Mapping[Kind, str]] = {
    "treadmill": "ble-treadmill",
    "bike": "ble-bike",
    "rower": "ble-rower",
    "band": "ble-heart-rate",
}
_ADDRESSES: Final[Mapping[Kind, int]] = {"treadmill": 0, "band": 1, "bike": 2, "rower": 3}


@dataclass(frozen=True, slots=True)
class SimulatedDevice:
    """What a configuration needs to name one of them."""

    id: str
    profile: str
    address: str
    kind: Kind


def simulated_devices(
    treadmills: int = 3, bands: int = 4, *, bikes: int = 0, rowers: int = 0
) -> tuple[SimulatedDevice, ...]:
    """The devices of a simulated gym; bands are worn on treadmills, then bikes, rowers, the floor."""
    numbers: Mapping[Kind, int] = {"treadmill": treadmills, "bike": bikes, "rower": rowers, "band": bands}
    return tuple(
        SimulatedDevice(f"{kind}-{n}", _PROFILES[kind], f"c0:00:00:00:{_ADDRESSES[kind]:02x}:{n:02x}", kind)
        for kind, number in numbers.items()
        for n in range(1, number + 1)
    )


class SimulatedGym:
    """Machines with people on them, the bands they wear, and the bridge. No clock and no I/O of its own."""

    def __init__(
        self,
        *,
        treadmills: int = 3,
        bands: int = 4,
        bikes: int = 0,
        rowers: int = 0,
        seed: int = 1,
        bridge: str = "simulated",
        open_for_s: float = 0.0,
        misbehave: float = 0.0,
        only_at_console: bool = False,
        epoch_s: float = 0.0,
    ) -> None:
        """Fill the gym.

        `open_for_s`: how long everybody trains already when time starts. `misbehave`: how likely each frame
        is the beginning of a fault. `only_at_console`: no treadmill starts over its control point.
        `epoch_s`: UTC (seconds since 1970) when `now_s` is 0; what bridges stamp is reckoned from it.
        """
        self.devices = simulated_devices(treadmills, bands, bikes=bikes, rowers=rowers)
        self._only_at_console = only_at_console
        self._bridge = bridge
        self._relays = [
            _Relay(
                source,
                bridge,
                device.address,
                Misbehaviour(misbehave, _seeded(seed, "fault", i)),
                _seeded(seed, "radio", i),
            )
            for i, (device, source) in enumerate(self._people(seed))
        ]
        self._machines = {
            relay.address: relay.source for relay in self._relays if isinstance(relay.source, Machine)
        }
        self._epoch_s = epoch_s
        self._origin_s: float | None = None
        self._ticks = 0
        self._open_for_s = open_for_s

    @property
    def commands(self) -> tuple[str, ...]:
        """Topics to listen on, for `receive`."""
        return control_topic(self._bridge, "+"), link_topic(self._bridge, "+")

    @property
    def faults(self) -> Mapping[Fault, int]:
        """How many faults of each kind began so far."""
        return sum((relay.faults for relay in self._relays), Counter())

    def facts(self) -> list[tuple[str, bytes]]:
        """What the bridge tells at once and keeps (retained): links, features, ranges."""
        told: list[tuple[str, bytes]] = []
        for address, machine in self._machines.items():
            told.append((self._topic(address, LINK), b"up"))
            told += [(self._topic(address, each), payload) for each, payload in machine.facts()]
        return told

    def receive(self, topic: str, payload: bytes) -> list[tuple[str, bytes]]:
        """Take what was published on one of `commands`; what the bridge says to it."""
        for address, machine in self._machines.items():
            if topic == control_topic(self._bridge, address):
                return [(self._topic(address, CONTROL_POINT), machine.controls.write(payload))]
            if topic == link_topic(self._bridge, address) and payload == b"reconnect":
                machine.controls.link_lost()
                return [(self._topic(address, LINK), state) for state in (b"down", b"up")]
        return []

    def step(self, now_s: float) -> list[tuple[str, bytes]]:
        """The (topic, payload) that became due since the last call; the first call starts time.

        The frames do not depend on how often this is called, unless it is called too late: after
        more than `MAX_CATCH_UP_S` the time between is left out, as if the gym had stood still.
        """
        if self._origin_s is None:
            self._origin_s = now_s - self._open_for_s
            self._advance(now_s)
        behind_s = now_s - self._origin_s - self._ticks * TICK_S
        if behind_s > MAX_CATCH_UP_S:
            self._origin_s += behind_s - TICK_S
        return self._advance(now_s)

    def _advance(self, now_s: float) -> list[tuple[str, bytes]]:
        due: list[tuple[str, bytes]] = []
        while self._origin_s is not None and self._origin_s + (self._ticks + 1) * TICK_S <= now_s:
            self._ticks += 1
            lived_s = self._ticks * TICK_S
            for relay in self._relays:
                due += relay.tick(lived_s, self._epoch_s + self._origin_s + lived_s)
        return due

    def _topic(self, address: str, characteristic: str) -> str:
        return str(BleTopic(self._bridge, address, Machine.service, characteristic))

    def _people(self, seed: int) -> Iterator[tuple[SimulatedDevice, Source]]:
        machines: list[Machine] = []
        for i, device in enumerate(self.devices):
            random = _seeded(seed, "person", i)
            if device.kind == "band":
                worn_on = i - len(machines)
                yield device, Band(random, machines[worn_on] if worn_on < len(machines) else None)
            else:
                machine = self._machine(device.kind, Person.random(random), len(machines))
                machines.append(machine)
                yield device, machine

    def _machine(self, kind: Kind, person: Person, number: int) -> Machine:
        match kind:
            case "bike":
                return Bike(person, number)
            case "rower":
                return Rower(person, number)
            case _:
                return Treadmill(person, number, only_at_console=self._only_at_console)


class _Relay:
    """A device on its bridge: heard once a second at its own phase, a little early or late each time."""

    def __init__(
        self, source: Source, bridge: str, address: str, misbehaviour: Misbehaviour, random: Random
    ) -> None:
        self.source = source
        self.address = address
        self._topic = BleTopic(bridge, address, source.service, source.characteristic)
        self._status = str(BleTopic(bridge, address, source.service, STATUS))
        self._misbehaviour = misbehaviour
        self._random = random
        self._slot_s = self._random.uniform(0, INTERVAL_S)
        self._next_s = self._slot_s

    @property
    def faults(self) -> Counter[Fault]:
        return self._misbehaviour.begun

    def tick(self, lived_s: float, at_s: float) -> Iterator[tuple[str, bytes]]:
        self.source.tick()
        if isinstance(self.source, Machine):
            for status in self.source.news():
                yield self._status, status
        if lived_s >= self._next_s:
            self._slot_s += INTERVAL_S
            self._next_s = self._slot_s + self._random.uniform(-JITTER_S, JITTER_S)
            yield from self._misbehaviour.relay(
                Notice(self._topic, self.source.frame(), at_s, self.source.odd_frame)
            )


def _seeded(seed: int, what: str, number: int) -> Random:
    """Own chance for each part, so that one more band changes nothing for the others."""
    return Random(f"{seed} {what} {number}")  # noqa: S311 - chance for a simulation, not a secret
