"""Coaches that the tests play: plain, deterministic, and what they were asked."""

from dataclasses import dataclass, field
from datetime import date

from recommender.features import FEATURE_NAMES
from recommender.gym import Gym
from recommender.history import History
from recommender.person import Person
from recommender.plan import (
    Block,
    BoundRule,
    Composition,
    ExerciseSets,
    Explanation,
    MachineBout,
    MachineStep,
    Plan,
    Reason,
    Source,
)
from recommender.prescription import Prescription

WARM_UP = MachineBout(
    exercise="treadmill_walk",
    machine="treadmill",
    station_id="run",
    steps=(MachineStep(duration_s=300.0, speed_kmh=5.0, incline_percent=1.0),),
)
RUN = MachineBout(
    exercise="treadmill_run",
    machine="treadmill",
    station_id="run",
    steps=(
        MachineStep(duration_s=600.0, speed_kmh=9.0, heart_rate_zone=3),
        MachineStep(duration_s=600.0, heart_rate_zone=2),
    ),
)
SQUATS = ExerciseSets(
    exercise="squat", sets=3, reps=12, hold_s=None, rest_s=60.0, work_s=40.0, effort_rpe=7.0
)


def make_plan(
    today: date,
    *,
    seed: int = 1,
    main: tuple[ExerciseSets | MachineBout, ...] = (RUN,),
    source: Source = "model",
    first: str = "warm_up",
) -> Plan:
    """A plan of half an hour; its sentence and a rule tell of the night."""
    cool_down = MachineBout(
        exercise="treadmill_walk",
        machine="treadmill",
        station_id="run",
        steps=(MachineStep(duration_s=300.0, speed_kmh=4.0),),
    )
    return Plan(
        day=today,
        goal="endurance",
        composition=Composition(
            type="steady",
            prescription=Prescription(30.0, 3.2),
            blocks=(
                Block(kind=first, items=(WARM_UP,)),  # type: ignore[arg-type]  # wrong ones on purpose
                Block(kind="main", items=main),
                Block(kind="cool_down", items=(cool_down,)),
            ),
            rules=(BoundRule("short_nights", "you slept 61 % of the night"),),
        ),
        source=source,
        source_note="",
        model_versions={"intensity": "1.0", "effect": "1.1"},
        features=dict.fromkeys(FEATURE_NAMES, 0.75),
        imputed={"sleep_efficiency": "nothing is known of the last 3 nights"},
        explanation=Explanation(
            sentences={"en": "Because you slept badly, today is easy.", "zh": "昨晚睡得不好所以今天轻松些"},
            reasons=(Reason(feature="sleep_efficiency", value=0.61, minutes=-4.0, intensity=-0.3),),
            base_minutes=34.0,
            base_intensity=3.5,
        ),
        seed=seed,
    )


@dataclass
class PlayedCoach:
    """Makes the same plan for everybody, or fails; keeps what it was asked."""

    error: Exception | None = None
    source: Source = "model"
    first: str = "warm_up"
    main: tuple[ExerciseSets | MachineBout, ...] = (RUN,)
    asked: list[tuple[Person, History, Gym, date, int]] = field(default_factory=list)
    limits: list[Prescription | None] = field(default_factory=list)

    def plan(
        self,
        person: Person,
        history: History,
        gym: Gym,
        today: date,
        seed: int,
        *,
        at_most: Prescription | None = None,
    ) -> Plan:
        self.asked.append((person, history, gym, today, seed))
        self.limits.append(at_most)
        if self.error is not None:
            raise self.error
        return make_plan(today, seed=seed, main=self.main, source=self.source, first=self.first)
