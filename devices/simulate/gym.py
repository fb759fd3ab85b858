"""A whole gym, deterministic for its seed: what its machines and bands say as time goes on."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, repeat
from random import Random
from typing import Final, Literal, Protocol

from devices.codecs import heart_rate, treadmill
from devices.codecs.heart_rate import HeartRate
from devices.simulate.belt import RESTING_VO2, Belt, kcal_per_min, vo2
from devices.simulate.heart import Heart, Person
from devices.topics import BleTopic

TICK_S: Final = 0.1
INTERVAL_S: Final = 1.0  # treadmills and bands notify once a second
JITTER_S: Final = 0.03  # of a radio in a busy hall

# A laptop that slept, a process that was stopped: nobody wants the notifications of that hour.
MAX_CATCH_UP_S: Final = 5.0

# With the usual ATT payload of 20 octets, nine intervals fit beside flags and rate.
_MAX_RR = 9


@dataclass(frozen=True, slots=True)
class SimulatedDevice:
    """What a configuration needs to name one of them; `wears` is a band's treadmill, if any."""

    id: str
    profile: Literal["ble-treadmill", "ble-heart-rate"]
    address: str


@dataclass(frozen=True, slots=True)
class Stage:
    """Part of a workout: how long, at which targets. `uptake` is work off the treadmill."""

    duration_s: float
    speed_kmh: float = 0.0
    incline_percent: float = 0.0
    uptake: float = RESTING_VO2


def simulated_devices(treadmills: int = 3, bands: int = 4) -> tuple[SimulatedDevice, ...]:
    """The devices of a simulated gym. Band n is worn on treadmill n; further ones on the floor."""
    return (
        *(
            SimulatedDevice(f"treadmill-{n}", "ble-treadmill", _address(0, n))
            for n in range(1, treadmills + 1)
        ),
        *(SimulatedDevice(f"band-{n}", "ble-heart-rate", _address(1, n)) for n in range(1, bands + 1)),
    )


class _Source(Protocol):
    """One machine or band: lives tick by tick, speaks once a second."""

    topic: str

    def tick(self) -> None: ...

    def frame(self) -> bytes: ...


class SimulatedGym:
    """Treadmills with people on them, and the bands they wear. No clock and no I/O of its own."""

    def __init__(
        self,
        *,
        treadmills: int = 3,
        bands: int = 4,
        seed: int = 1,
        bridge: str = "simulated",
        open_for_s: float = 0.0,
    ) -> None:
        """`open_for_s`: how long everybody trains already when time starts."""
        self.devices = simulated_devices(treadmills, bands)
        self._sources = [
            _Scheduled(source, _seeded(seed, "radio", i)) for i, source in self._people(seed, bridge)
        ]
        self._origin_s: float | None = None
        self._ticks = 0
        self._open_for_s = open_for_s

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
            for scheduled in self._sources:
                due.extend(scheduled.tick(self._ticks * TICK_S))
        return due

    def _people(self, seed: int, bridge: str) -> Iterator[tuple[int, _Source]]:
        machines: list[Treadmill] = []
        for i, device in enumerate(self.devices):
            random = _seeded(seed, "person", i)
            if device.profile == "ble-treadmill":
                topic = str(BleTopic(bridge, device.address, "1826", "2acd"))
                machine = Treadmill(topic, random, len(machines))
                machines.append(machine)
                yield i, machine
            else:
                topic = str(BleTopic(bridge, device.address, "180d", "2a37"))
                worn_on = i - len(machines)
                on = machines[worn_on] if worn_on < len(machines) else None
                yield i, Band(topic, random, on)


class _Scheduled:
    """When a source speaks: once a second at its own phase, a little early or late each time."""

    def __init__(self, source: _Source, random: Random) -> None:
        self._source = source
        self._random = random
        self._slot_s = random.uniform(0, INTERVAL_S)
        self._next_s = self._slot_s

    def tick(self, now_s: float) -> Iterator[tuple[str, bytes]]:
        self._source.tick()
        if now_s >= self._next_s:
            self._slot_s += INTERVAL_S
            self._next_s = self._slot_s + self._random.uniform(-JITTER_S, JITTER_S)
            yield self._source.topic, self._source.frame()


class Treadmill:
    """A treadmill and the person who runs a programme on it, over and over."""

    def __init__(self, topic: str, random: Random, number: int) -> None:
        self.topic = topic
        self.person = Person.random(random)
        self.belt = Belt()
        self._programme = _stages(running_programmes(self.person, number), first_start_s=2.0 + 3.0 * number)

    @property
    def uptake(self) -> float:
        """Oxygen that the runner needs now, in ml per kg and minute."""
        return vo2(self.belt.speed_kmh, self.belt.incline_percent)

    def tick(self) -> None:
        """Let `TICK_S` pass."""
        stage = next(self._programme)
        self.belt = self.belt.after(
            TICK_S,
            target_kmh=stage.speed_kmh,
            target_percent=stage.incline_percent,
            weight_kg=self.person.weight_kg,
        )

    def frame(self) -> bytes:
        """Treadmill Data as it would be notified now. Counters wrap as the standard's widths do."""
        per_min = kcal_per_min(self.uptake, self.person.weight_kg) if self.belt.speed_kmh else 0.0
        return treadmill.encode(
            {
                "speed_kmh": self.belt.speed_kmh,
                "distance_m": int(self.belt.distance_m) % (1 << 24),
                "incline_percent": self.belt.incline_percent,
                "energy_kcal": int(self.belt.energy_kcal) % 0xFFFF,
                "energy_kcal_per_h": round(per_min * 60),
                "energy_kcal_per_min": round(per_min),
                "elapsed_s": int(self.belt.elapsed_s) % (1 << 16),
            }
        )


class Band:
    """A heart-rate band, worn on a treadmill or by somebody who trains on the floor."""

    def __init__(self, topic: str, random: Random, on: Treadmill | None) -> None:
        self.topic = topic
        self.heart = Heart(on.person if on else Person.random(random), random)
        self._on = on
        self._programme = _stages(floor_programmes(random), first_start_s=2.0)
        self._beats: list[int] = []

    def tick(self) -> None:
        """Let `TICK_S` pass."""
        uptake = self._on.uptake if self._on else next(self._programme).uptake
        self._beats += self.heart.step(TICK_S, uptake)

    def frame(self) -> bytes:
        """Heart Rate Measurement with every beat since the last one."""
        beats, self._beats = self._beats[-_MAX_RR:], []
        return heart_rate.encode(HeartRate(round(self.heart.rate_bpm), contact=True, rr_1024=tuple(beats)))


def running_programmes(person: Person, first: int = 0) -> Iterator[list[Stage]]:
    """A steady run, intervals, a hill, each between a warm-up and a walk; as fast as this person can."""
    # On the flat, running costs 0.2 ml/kg per metre (ACSM), so capacity bounds the speed.
    top_kmh = (person.vo2_max - RESTING_VO2) / 0.2 * 60 / 1000
    easy_kmh, steady_kmh, hard_kmh = (round(top_kmh * share, 1) for share in (0.55, 0.68, 0.82))
    mains = (
        [Stage(300, steady_kmh, 1.0)],
        [stage for _ in range(4) for stage in (Stage(60, hard_kmh, 1.0), Stage(60, easy_kmh, 0.0))],
        [Stage(60, 5.5, grade) for grade in (2.0, 4.0, 6.0, 8.0, 6.0, 3.0)],
    )
    for turn in count(first):
        yield [Stage(45, 5.0), *mains[turn % len(mains)], Stage(60, 4.5), Stage(30)]


def floor_programmes(random: Random) -> Iterator[list[Stage]]:
    """A set of push-ups or squats, then a rest, over and over."""
    while True:
        work = Stage(random.uniform(25, 40), uptake=random.uniform(26, 34))
        yield [work, Stage(random.uniform(12, 20), uptake=8.0)]


def _stages(programmes: Iterator[list[Stage]], first_start_s: float) -> Iterator[Stage]:
    """The stage of each tick: a pause, then one programme after the other."""
    for programme in chain([[Stage(first_start_s)]], programmes):
        for stage in programme:
            yield from repeat(stage, round(stage.duration_s / TICK_S))


def _seeded(seed: int, what: str, number: int) -> Random:
    """Own chance for each part, so that one more band changes nothing for the others."""
    return Random(f"{seed} {what} {number}")  # noqa: S311 - chance for a simulation, not a secret


def _address(kind: int, number: int) -> str:
    return f"c0:00:00:00:{kind:02x}:{number:02x}"
