"""Members, gyms and pasts to compose for: hand-made ones, and arbitrary ones."""

from datetime import date, timedelta
from random import Random
from typing import Any, get_args

from recommender.composing.catalogue import catalogue
from recommender.composing.compose import compose
from recommender.composing.situation import Situation, situate
from recommender.gym import EQUIPMENT, Gym, Machine
from recommender.history import History, PerformedExercise, Workout
from recommender.person import BODY_PARTS, CONDITIONS, GOALS, LEVELS, TRAINING_PHASES, Person
from recommender.plan import Composition, MachineKind
from recommender.prescription import WORKOUT_TYPES, Prescription


def chance_of(seed: int = 1) -> Random:
    """Repeatable chance."""
    return Random(seed)  # noqa: S311 - not a secret


TODAY = date(2026, 11, 20)
KINDS: tuple[MachineKind, ...] = get_args(MachineKind)
EMPTY = Gym()
FULL = Gym(
    machines=tuple(Machine(kind=kind, station_id=f"{kind}-1") for kind in KINDS),
    equipment=frozenset(EQUIPMENT),
)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def did(days_ago: int, *exercises: str, **known: Any) -> Workout:
    """A workout, moderate and steady unless said otherwise."""
    performed = tuple(PerformedExercise(exercise=each, sets=3, reps=30) for each in exercises)
    usual = {"type": "steady", "duration_minutes": 45.0, "intensity_score": 3.0, "exercises": performed}
    return Workout(day=ago(days_ago), **{**usual, **known})


REGULAR = History(tuple(did(days, intensity_score=4.0, duration_minutes=75.0) for days in range(58, 2, -2)))
"""Every other day for two months, long and hard: nothing of what follows is new to them."""


def somebody(**known: Any) -> Person:
    """Forty, healthy, experienced."""
    return Person(**{"age_years": 40.0, "level": "advanced", "goal": "endurance", "weight_kg": 75.0, **known})


def composed(**changed: Any) -> Composition:
    """Compose for somebody with nothing in the way, except as changed."""
    usual: dict[str, Any] = {
        "person": somebody(),
        "prescription": Prescription(45.0, 3.0),
        "type": "steady",
        "gym": FULL,
        "history": REGULAR,
        "today": TODAY,
        "seed": 1,
    }
    return compose(**{**usual, **changed})


def request(chance: Random) -> dict[str, Any]:
    """What compose is asked: anybody, anywhere, after anything."""
    return {
        "person": Person(
            age_years=chance.choice((None, 300.0, chance.uniform(5.0, 20.0), *_several(chance, 18.0, 90.0))),
            weight_kg=chance.choice((None, chance.uniform(25.0, 220.0))),
            level=chance.choice(LEVELS),
            goal=chance.choice(GOALS),
            training_phase=chance.choice(TRAINING_PHASES),
            injuries=_few(chance, BODY_PARTS),
            conditions=_few(chance, CONDITIONS),
            maximum_bpm=chance.choice((None, chance.uniform(120.0, 210.0))),
        ),
        "gym": Gym(
            machines=tuple(_machine(chance) for _ in range(chance.randrange(6))),
            equipment=frozenset(chance.sample(EQUIPMENT, chance.choice((0, 3, 8, len(EQUIPMENT))))),
        ),
        "history": _past(chance),
        "prescription": Prescription(chance.uniform(10.0, 120.0), chance.uniform(1.0, 5.0)),
        "type": chance.choice(WORKOUT_TYPES),
        "today": TODAY,
        "seed": chance.getrandbits(63),
    }


def _several(chance: Random, low: float, high: float) -> tuple[float, ...]:
    return tuple(chance.uniform(low, high) for _ in range(5))


def _few(chance: Random, values: tuple[Any, ...]) -> frozenset[Any]:
    """Mostly none, often one or two, now and then all."""
    return frozenset(chance.sample(values, chance.choice((0, 0, 0, 0, 0, 0, 1, 1, 2, len(values)))))


def _machine(chance: Random) -> Machine:
    return Machine(
        kind=chance.choice(KINDS),
        station_id=chance.choice(("a", "b", "c")),
        free=chance.random() < 0.7,
        max_speed_kmh=chance.choice((None, chance.uniform(0.0, 20.0))),
        max_incline_percent=chance.choice((None, chance.uniform(-1.0, 15.0))),
    )


def _past(chance: Random) -> History:
    """Anything from nothing to a workout a day for six weeks, in any order, with gaps in what is known."""
    often, names = chance.choice((0.0, 0.1, 0.3, 0.5, 1.0)), (*catalogue(), "mystery")
    longest_min = chance.choice((30.0, 60.0, 130.0))
    found = []
    for days in range(chance.choice((2, 10, 42, 42))):
        if chance.random() >= often:
            continue
        known = chance.random()
        found.append(
            did(
                days - 1,  # tomorrow's is no past
                *chance.sample(names, chance.randrange(4)),
                type=chance.choice(WORKOUT_TYPES),
                duration_minutes=chance.uniform(0.0, longest_min),
                intensity_score=chance.uniform(1.0, 5.0) if known < 0.7 else None,
                rpe=chance.uniform(1.0, 10.0) if known > 0.5 else None,
                prescribed=Prescription(30.0, 3.0) if known > 0.8 else None,
            )
        )
    chance.shuffle(found)
    return History(tuple(found))


def situated(history: History = REGULAR, gym: Gym = FULL, **known: Any) -> Situation:
    """What rules look at, for somebody with nothing in the way, except as said."""
    return situate(somebody(**known), gym, history, TODAY, catalogue())
