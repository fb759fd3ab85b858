"""Warm-up, main part and cool-down that add up to a time."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from recommender.composing import set_work
from recommender.composing.machine_work import Station
from recommender.composing.metabolism import RESTING_UPTAKE, uptake
from recommender.composing.rules import kinds
from recommender.composing.rules.limits import OLDER_YEARS
from recommender.exertion import expected_rpe
from recommender.plan import Block, MachineBout
from recommender.prescription import LOWEST_INTENSITY, SHORTEST_MINUTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.composing.aim import Aim
    from recommender.composing.catalogue import Exercise, Kind
    from recommender.composing.rules.doses import Dose
    from recommender.composing.situation import Situation
    from recommender.plan import ExerciseSets, MachineKind

Items = list["ExerciseSets | MachineBout"]

EDGE_SHARE: Final = 1.0 / 6.0
SHORTEST_EDGE_S: Final = 120
LONGEST_EDGE_S: Final = 600
"""Warm-up and cool-down: 5 to 10 min each (ACSM's Guidelines, 11th ed.), less when all is short."""
CAREFUL_FACTOR: Final = 1.5
LONGEST_CAREFUL_SHARE: Final = 0.25
STRETCHED_EDGE: Final = 1.5
"""What the main part leaves of its time may make the cool-down so much longer."""

EDGE_STEP_S: Final = 30
SHORTEST_WITH_MACHINE_MINUTES: Final = 30.0
"""In workouts as long as this the warm-up begins at a machine, as people in gyms do."""
EASY_MACHINES: Final[tuple[MachineKind, ...]] = ("treadmill", "bike", "cross_trainer")
"""Those that anybody can move at gently."""
MOST_EDGE_ITEMS: Final = 6
MOST_HELD_ITEMS: Final = 10
"""So many exercises people can keep in mind: of a warm-up or cool-down, of a main part."""

DRILL_PIECE_S: Final = (40.0, 60.0)
CHANGE_S: Final = 5.0
HOLD_PIECE_S: Final = (35.0 + CHANGE_S, 60.0 + CHANGE_S)
OLDER_HOLD_PIECE_S: Final = (45.0 + CHANGE_S, 60.0 + CHANGE_S)
"""Stretches are held for 10 to 30 s, by older adults for 30 to 60 s, and repeated up to a minute and more
(ACSM, chapter 5); the least and the most with the change to the next one."""
MOST_HOLDS: Final = 4
WALK_PIECE_S: Final = (1200.0, 2400.0)
SHORTEST_BASE_S: Final = 60.0
SIMILAR_MET: Final = 0.5
CIRCUIT_EXERCISES: Final = 6
MOST_REPEATS: Final = 15


class Composer:
    """Builds the blocks of one plan; the same for the same seed."""

    def __init__(
        self, aim: Aim, exercises: Sequence[Exercise], situation: Situation, dose: Dose, seed: int
    ) -> None:
        self.aim = aim
        self._exercises = exercises
        self._situation = situation
        self._dose = dose
        self._chance = Random(seed)  # noqa: S311 - the same plan for the same seed, not a secret
        self.station = self._chosen_station()
        self._first_machine = self._chosen_first_machine()

    def blocks(self) -> tuple[Block, ...]:
        """Warm-up, main part, cool-down; never longer than the aim, shorter when too little fills it."""
        total_s = int(self.aim.minutes * 60.0)
        edge_s = self._edge_s(total_s)
        warm_up = self._warm_up(edge_s)
        main = self._main(int(total_s - edge_s - _duration_s(warm_up)))
        left_s = int(total_s - _duration_s(warm_up) - _duration_s(main))
        if self.aim.minutes > SHORTEST_MINUTES:  # what is no shorter can only be stretched
            left_s = min(left_s, int(STRETCHED_EDGE * edge_s))
        cool_down = self._cool_down(left_s, main)
        return (
            Block(kind="warm_up", items=tuple(warm_up)),
            Block(kind="main", items=tuple(main)),
            Block(kind="cool_down", items=tuple(cool_down)),
        )

    def _chosen_station(self) -> Station | None:
        """Where the workout takes place; None when it needs no machine or none is free."""
        if self.aim.type not in kinds.AT_MACHINES:
            return None
        return self._one_of(kinds.machines(self._exercises))

    def _chosen_first_machine(self) -> Station | None:
        """Where a workout away from machines begins to warm up; None when it is too short for that."""
        if self.aim.type in kinds.AT_MACHINES or self.aim.minutes < SHORTEST_WITH_MACHINE_MINUTES:
            return None
        return self._one_of(
            [each for each in kinds.machines(self._exercises) if each.machine in EASY_MACHINES]
        )

    def _one_of(self, machines: Sequence[Exercise]) -> Station | None:
        """One of the machines that are free."""
        if not machines:
            return None
        kind = self._chance.choice(sorted({each.machine for each in machines if each.machine}))
        ways = sorted((each for each in machines if each.machine == kind), key=lambda each: each.met)
        machine = self._chance.choice(self._situation.usable_machines(kind))
        return Station(machine, gentle=ways[0], brisk=ways[-1], situation=self._situation)

    def _edge_s(self, total_s: int) -> int:
        """How long warm-up and cool-down each last."""
        person = self._situation.person
        careful = self._situation.age_years >= OLDER_YEARS or bool(
            {"heart_disease", "hypertension"} & person.conditions
        )
        share = EDGE_SHARE * CAREFUL_FACTOR if careful else EDGE_SHARE
        edge_s = min(max(share * total_s, SHORTEST_EDGE_S), LONGEST_EDGE_S)
        return int(min(edge_s, LONGEST_CAREFUL_SHARE * total_s)) // EDGE_STEP_S * EDGE_STEP_S

    def _warm_up(self, budget_s: int) -> Items:
        if self.station is not None:
            return [self.station.warm_up(budget_s, self.aim.intensity)]
        first: Items = []
        if self._first_machine is not None:
            first = [self._first_machine.easy(budget_s // 2 // EDGE_STEP_S * EDGE_STEP_S)]
        drills = set_work.evenly(
            _few(self._shuffled("warm_up"), MOST_EDGE_ITEMS - len(first)),
            budget_s - _duration_s(first),
            piece_s=DRILL_PIECE_S,
            rest_s=0.0,
            effort_rpe=expected_rpe(LOWEST_INTENSITY),
            most_sets=MOST_REPEATS,
        )
        return [*first, *drills]

    def _main(self, budget_s: int) -> Items:
        if self.aim.type == "steady":
            return self._steady(budget_s)
        if self.aim.type == "intervals":
            return self._intervals(budget_s)
        if self.aim.type == "mobility":
            held = _few(self._shuffled("mobility"), MOST_HELD_ITEMS)
            return [*self._holds(held, budget_s, self.aim.intensity, fewest_sets=2)]
        return [
            *set_work.resistance(
                kinds.strength(self._exercises),
                budget_s,
                dose=self._dose,
                effort_rpe=expected_rpe(self.aim.intensity),
                situation=self._situation,
                chance=self._chance,
            )
        ]

    def _steady(self, budget_s: int) -> Items:
        if self.station is not None:
            return [self.station.steady(budget_s, self.aim.intensity, self._chance)]
        return [*self._walks(budget_s, self.aim.intensity)]

    def _intervals(self, budget_s: int) -> Items:
        aim = self.aim
        if self.station is not None:
            return [self.station.intervals(budget_s, aim.intensity, aim.hardest, self._chance)]
        interval = set_work.CIRCUITS[self._situation.person.level]
        base_s = budget_s - interval.rounds(budget_s) * interval.round_s
        base: list[ExerciseSets] = []
        if base_s >= SHORTEST_BASE_S and kinds.steady(self._exercises):
            base = self._walks(base_s, LOWEST_INTENSITY)
        exercises = self._shuffled("cardio", kinds.circuit(self._exercises))[:CIRCUIT_EXERCISES]
        return [*base, *set_work.circuit(exercises, budget_s, interval, expected_rpe(aim.hardest))]

    def _walks(self, budget_s: float, intensity: float) -> list[ExerciseSets]:
        """What can be kept up for long and asks about as much as the intensity does, without a machine."""
        person = self._situation.person
        met = uptake(intensity, self._situation.age_years, person.level) / RESTING_UPTAKE
        ranked = sorted(kinds.steady(self._exercises), key=lambda each: abs(each.met - met))
        similar = [each for each in ranked if abs(each.met - ranked[0].met) <= SIMILAR_MET]
        return set_work.evenly(
            similar,
            budget_s,
            piece_s=WALK_PIECE_S,
            rest_s=0.0,
            effort_rpe=expected_rpe(intensity),
            most_sets=MOST_REPEATS,
        )

    def _cool_down(self, budget_s: int, main: Items) -> Items:
        """Very easy at the machine for the first half, then stretches for what was trained."""
        stretches = self._stretches_for(main)
        if self.station is None:
            return [*self._holds(_few(stretches, MOST_EDGE_ITEMS), budget_s, LOWEST_INTENSITY)]
        easy_s = budget_s // 2 // EDGE_STEP_S * EDGE_STEP_S
        held = self._holds(_few(stretches, MOST_EDGE_ITEMS - 1), budget_s - easy_s, LOWEST_INTENSITY)
        return [self.station.easy(easy_s), *held]

    def _holds(
        self, exercises: Sequence[Exercise], budget_s: float, intensity: float, *, fewest_sets: int = 1
    ) -> list[ExerciseSets]:
        older = self._situation.age_years >= OLDER_YEARS
        return set_work.evenly(
            exercises,
            budget_s,
            piece_s=OLDER_HOLD_PIECE_S if older else HOLD_PIECE_S,
            rest_s=CHANGE_S,
            effort_rpe=expected_rpe(intensity),
            most_sets=MOST_HOLDS,
            fewest_sets=fewest_sets,
        )

    def _stretches_for(self, main: Items) -> list[Exercise]:
        """Those for the muscle groups of the main part first; what was not done in it before what was."""
        done = {each.exercise for each in main}
        trained = {muscle for each in self._exercises if each.id in done for muscle in each.primary}
        return sorted(
            self._shuffled("mobility"),
            key=lambda each: (each.id in done, trained.isdisjoint(each.primary)),
        )

    def _shuffled(self, kind: Kind, exercises: Sequence[Exercise] | None = None) -> list[Exercise]:
        """Exercises of a kind in an order of chance."""
        found = [each for each in exercises or self._exercises if each.kind == kind]
        self._chance.shuffle(found)
        return found


def _few(exercises: Sequence[Exercise], most: int) -> list[Exercise]:
    """The first so many; at most one to breathe or relax, which comes last."""
    moving = [each for each in exercises if each.pattern != "breathing"]
    calm = [each for each in exercises if each.pattern == "breathing"]
    return [*moving, *calm[:1]][:most]


def _duration_s(items: Items) -> float:
    return sum(item.duration_s for item in items)
