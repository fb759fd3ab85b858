"""The machines and bands of a simulated gym: somebody on each, and the frames that tell of it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from random import Random
from typing import ClassVar, Final

from devices.codecs import bike, features, heart_rate, machine_status, ranges, rower, treadmill
from devices.codecs.control_point import Op
from devices.codecs.features import Feature, Features, Target
from devices.codecs.heart_rate import HeartRate
from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.codecs.ranges import Range
from devices.simulate import ergometer, programmes
from devices.simulate.belt import Belt, kcal_per_min, vo2
from devices.simulate.controls import Controls
from devices.simulate.heart import Heart, Person
from devices.simulate.programmes import TICK_S, Stage

CONTROL_POINT: Final = "2ad9"
STATUS: Final = "2ada"
FEATURE: Final = "2acc"

# With the usual ATT payload of 20 octets, nine intervals fit beside flags and rate.
_MAX_RR = 9
_UINT16, _UINT24 = 1 << 16, 1 << 24
_NARROW = 1
_NARROW_UNIT = 10  # resistance of one octet counts tens


class Source(ABC):
    """Something that lives tick by tick and speaks once a second."""

    service: ClassVar[str]
    characteristic: ClassVar[str]

    @abstractmethod
    def tick(self) -> None:
        """Let `TICK_S` pass."""

    @abstractmethod
    def frame(self) -> bytes:
        """What it notifies now. Counters wrap as the standard's widths do."""

    def odd_frame(self) -> bytes:
        """The same with a field of a width that is not its own."""
        return self.frame() + b"\0"


class Machine(Source):
    """A fitness machine and the person who does a programme on it, over and over."""

    service = "1826"
    measures: ClassVar[Feature]
    takes: ClassVar[Mapping[str, tuple[Op, Target, Range]]]

    def __init__(self, person: Person, stages: Iterator[Stage], *, only_at_console: bool = False) -> None:
        self.person = person
        self.controls = Controls(
            {op: range_ for op, _, range_ in self.takes.values()}, only_at_console=only_at_console
        )
        self._stages = stages
        self._stage = Stage(0.0)
        self._news: list[bytes] = []

    @property
    @abstractmethod
    def uptake(self) -> float:
        """Oxygen that the person needs now, in ml per kg and minute."""

    def tick(self) -> None:
        """Let `TICK_S` pass."""
        stage = next(self._stages)
        if stage is not self._stage:
            self._news += self._person_does(stage)
            self._stage = stage
        self._move(stage)

    def news(self) -> tuple[bytes, ...]:
        """Statuses since the last call."""
        news, self._news = tuple(self._news), []
        return news

    def pull_safety_key(self) -> None:
        """Somebody falls, or tries it out."""
        self._news += self.controls.safety_key_pulled()

    def facts(self) -> Iterator[tuple[str, bytes]]:
        """What a bridge reads once, by characteristic: the features and the ranges."""
        targets = Target(sum(target for _, target, _ in self.takes.values()))
        yield FEATURE, features.encode(Features(self.measures, targets))
        for characteristic, (_, _, range_) in self.takes.items():
            yield characteristic, ranges.encode(characteristic, range_)

    @abstractmethod
    def _move(self, stage: Stage) -> None: ...

    def _person_does(self, stage: Stage) -> Iterator[bytes]:
        """What pressing the console's keys tells, when a stage begins."""
        if stage.moves and not self.controls.running:
            yield self.controls.person_starts()
        elif not stage.moves and self.controls.running:
            yield self.controls.person_stops()

    def _kcal_per_min(self) -> float:
        return kcal_per_min(self.uptake, self.person.weight_kg)


class Treadmill(Machine):
    """A treadmill; it runs at the person's speed, or at what was asked of it since."""

    characteristic = "2acd"
    measures = Feature.DISTANCE | Feature.INCLINE | Feature.ENERGY | Feature.ELAPSED
    takes: ClassVar = {
        "2ad4": (Op.SET_SPEED, Target.SPEED, Range(0.8, 20.0, 0.1)),
        "2ad5": (Op.SET_INCLINE, Target.INCLINE, Range(0.0, 15.0, 0.5)),
    }

    def __init__(self, person: Person, number: int = 0, *, only_at_console: bool = False) -> None:
        running = programmes.stages(programmes.running(person, number), first_start_s=2.0 + 3.0 * number)
        super().__init__(person, running, only_at_console=only_at_console)
        self.belt = Belt()

    @property
    def uptake(self) -> float:
        """Oxygen that the runner needs now, in ml per kg and minute."""
        return vo2(self.belt.speed_kmh, self.belt.incline_percent)

    def frame(self) -> bytes:
        """Treadmill Data."""
        per_min = self._kcal_per_min() if self.belt.speed_kmh else 0.0
        return treadmill.encode(
            {
                "speed_kmh": self.belt.speed_kmh,
                "distance_m": int(self.belt.distance_m) % _UINT24,
                "incline_percent": self.belt.incline_percent,
                "energy_kcal": int(self.belt.energy_kcal) % (_UINT16 - 1),
                "energy_kcal_per_h": round(per_min * 60),
                "energy_kcal_per_min": round(per_min),
                "elapsed_s": int(self.belt.elapsed_s) % _UINT16,
            }
        )

    def _move(self, stage: Stage) -> None:
        asked, moves = self.controls.targets, self.controls.running
        self.belt = self.belt.after(
            TICK_S,
            target_kmh=asked.get(Op.SET_SPEED, stage.speed_kmh) if moves else 0.0,
            target_percent=asked.get(Op.SET_INCLINE, stage.incline_percent),
            weight_kg=self.person.weight_kg,
        )

    def _person_does(self, stage: Stage) -> Iterator[bytes]:
        yield from super()._person_does(stage)
        if stage.moves and not self.controls.targets:
            for op, value in (
                (StatusOp.SPEED_CHANGED, stage.speed_kmh),
                (StatusOp.INCLINE_CHANGED, stage.incline_percent),
            ):
                yield machine_status.encode(MachineStatus(op, (value,)))


class Bike(Machine):
    """A bike; its brake is where the person put it, or where it was asked to be since."""

    characteristic = "2ad2"
    measures = Feature.CADENCE | Feature.DISTANCE | Feature.RESISTANCE | Feature.ENERGY | Feature.ELAPSED
    takes: ClassVar = {
        "2ad6": (Op.SET_RESISTANCE, Target.RESISTANCE, Range(0.0, 40.0, 1.0)),
        "2ad8": (Op.SET_POWER, Target.POWER, Range(0.0, 600.0, 1.0)),
    }

    def __init__(self, person: Person, number: int = 0) -> None:
        riding = programmes.stages(programmes.cycling(person, number), first_start_s=2.0 + 3.0 * number)
        super().__init__(person, riding)
        self.bike = ergometer.Bike()

    @property
    def uptake(self) -> float:
        """Oxygen that the rider needs now, in ml per kg and minute."""
        return ergometer.vo2(self.bike.power_w, self.person.weight_kg)

    def frame(self) -> bytes:
        """Indoor Bike Data, resistance in two octets as real bikes have it."""
        return bike.encode(self._values(float(round(self.bike.level))))

    def odd_frame(self) -> bytes:
        """Resistance in one octet."""
        level = float(round(self.bike.level / _NARROW_UNIT) * _NARROW_UNIT)
        return bike.encode(self._values(level), width=_NARROW)

    def _values(self, level: float) -> dict[str, float]:
        return {
            "speed_kmh": self.bike.speed_kmh,
            "cadence_rpm": self.bike.cadence_rpm,
            "distance_m": int(self.bike.distance_m) % _UINT24,
            "resistance_level": level,
            "power_w": round(self.bike.power_w),
            "elapsed_s": int(self.bike.elapsed_s) % _UINT16,
        }

    def _move(self, stage: Stage) -> None:
        asked = self.controls.targets
        level = asked.get(Op.SET_RESISTANCE, stage.level)
        if Op.SET_POWER in asked and self.bike.cadence_rpm:
            level = ergometer.level_for(asked[Op.SET_POWER], self.bike.cadence_rpm)
        self.bike = self.bike.after(
            TICK_S, target_rpm=stage.rate, target_level=level, weight_kg=self.person.weight_kg
        )


class Rower(Machine):
    """A rowing machine."""

    characteristic = "2ad1"
    measures = Feature.DISTANCE | Feature.PACE | Feature.RESISTANCE | Feature.ELAPSED | Feature.POWER
    takes: ClassVar = {"2ad6": (Op.SET_RESISTANCE, Target.RESISTANCE, Range(1.0, 10.0, 1.0))}

    def __init__(self, person: Person, number: int = 0) -> None:
        rowing = programmes.stages(programmes.rowing(number), first_start_s=2.0 + 3.0 * number)
        super().__init__(person, rowing)
        self.rower = ergometer.Rower()

    @property
    def uptake(self) -> float:
        """Oxygen that the rower needs now, in ml per kg and minute."""
        return ergometer.vo2(self.rower.power_w, self.person.weight_kg)

    def frame(self) -> bytes:
        """Rower Data."""
        return rower.encode(self._values(float(round(self.rower.level))))

    def odd_frame(self) -> bytes:
        """Resistance in one octet."""
        return rower.encode(self._values(_NARROW_UNIT), width=_NARROW)

    def _values(self, level: float) -> dict[str, float]:
        return {
            "stroke_rate_spm": self.rower.stroke_rate_spm,
            "stroke_count": int(self.rower.strokes) % _UINT16,
            "distance_m": int(self.rower.distance_m) % _UINT24,
            "pace_s_per_500m": min(round(self.rower.pace_s_per_500m), _UINT16 - 1),
            "power_w": round(self.rower.power_w),
            "resistance_level": level,
            "elapsed_s": int(self.rower.elapsed_s) % _UINT16,
        }

    def _move(self, stage: Stage) -> None:
        self.rower = self.rower.after(
            TICK_S,
            target_spm=stage.rate,
            target_level=self.controls.targets.get(Op.SET_RESISTANCE, stage.level),
            weight_kg=self.person.weight_kg,
        )


class Band(Source):
    """A heart-rate band, worn on a machine or by somebody who trains on the floor."""

    service = "180d"
    characteristic = "2a37"

    def __init__(self, random: Random, on: Machine | None) -> None:
        self.heart = Heart(on.person if on else Person.random(random), random)
        self._on = on
        self._stages = programmes.stages(programmes.on_the_floor(random), first_start_s=2.0)
        self._beats: list[int] = []

    def tick(self) -> None:
        """Let `TICK_S` pass."""
        uptake = self._on.uptake if self._on else next(self._stages).uptake
        self._beats += self.heart.step(TICK_S, uptake)

    def frame(self) -> bytes:
        """Heart Rate Measurement with every beat since the last one."""
        beats, self._beats = self._beats[-_MAX_RR:], []
        return heart_rate.encode(HeartRate(round(self.heart.rate_bpm), contact=True, rr_1024=tuple(beats)))
