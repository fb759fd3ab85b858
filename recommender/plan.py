"""A plan: what to do today, block by block, which rules bound it, and why it is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

    from recommender.person import Goal
    from recommender.prescription import Prescription, WorkoutType

BlockKind = Literal["warm_up", "main", "cool_down"]
MachineKind = Literal["treadmill", "bike", "rower", "cross_trainer", "stair_climber"]
Source = Literal["model", "rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseSets:
    """Sets of one exercise.

    Attributes:
        exercise: its id in the catalogue.
        sets: how many.
        reps: in each set; None when it is held.
        hold_s: how long each set is held; None when repetitions are counted.
        rest_s: after each set.
        work_s: how long one set takes.
        effort_rpe: how hard a set should feel at its end, 1 to 10.
    """

    exercise: str
    sets: int
    reps: int | None
    hold_s: float | None
    rest_s: float
    work_s: float
    effort_rpe: float

    @property
    def duration_s(self) -> float:
        """Work and rest."""
        return self.sets * (self.work_s + self.rest_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineStep:
    """One step at a machine; None is what the step leaves open.

    Attributes:
        duration_s: how long.
        speed_kmh: of the belt.
        incline_percent: of the belt.
        power_w: at the pedals or the handle.
        heart_rate_zone: 1 to 5, the zone that it should lead to.
        effort_rpe: how hard it should feel, 1 to 10.
    """

    duration_s: float
    speed_kmh: float | None = None
    incline_percent: float | None = None
    power_w: float | None = None
    heart_rate_zone: int | None = None
    effort_rpe: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineBout:
    """A machine and the steps on it.

    Attributes:
        exercise: its id in the catalogue.
        machine: what kind of machine.
        station_id: where it stands; None when the gym did not say.
        steps: in order.
    """

    exercise: str
    machine: MachineKind
    station_id: str | None
    steps: tuple[MachineStep, ...]

    @property
    def duration_s(self) -> float:
        """All steps together."""
        return sum(step.duration_s for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Warm-up, main part or cool-down."""

    kind: BlockKind
    items: tuple[ExerciseSets | MachineBout, ...]

    @property
    def duration_s(self) -> float:
        """All items together."""
        return sum(item.duration_s for item in self.items)


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule that changed the plan.

    Attributes:
        name: of the rule, as `docs/reference/plan-rules.md` lists it.
        detail: what it changed, in words with numbers.
    """

    name: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What the composer makes: the blocks in order, and the rules that bound.

    Attributes:
        type: what kind of training.
        prescription: what the blocks add up to, within 5 %.
        blocks: warm-up first, cool-down last.
        rules: every rule that changed something.
    """

    type: WorkoutType
    prescription: Prescription
    blocks: tuple[Block, ...]
    rules: tuple[BoundRule, ...]

    @property
    def duration_s(self) -> float:
        """All blocks together."""
        return sum(block.duration_s for block in self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one feature, or one thing that is this person's alone, adds to the prescription.

    Attributes:
        feature: its name; `ratings`, `goal` or `steadiness` (`recommender.prescribing.Prescribed`).
        value: of the feature; of the others the points of intensity that they add.
        minutes: how much it moved the duration; a feature's Shapley value.
        intensity: how much it moved the intensity; likewise.
    """

    feature: str
    value: float
    minutes: float
    intensity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why the prescription is what it is.

    Attributes:
        sentences: one sentence a member believes, by language (`en`, `zh`).
        reasons: all ten features and what is this person's alone, the weightiest first; empty when the rule
            engine prescribed.
        base_minutes: what the model says of nobody in particular.
        base_intensity: likewise.
    """

    sentences: dict[str, str]
    reasons: tuple[Reason, ...]
    base_minutes: float
    base_intensity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Today's workout.

    Attributes:
        day: for which it is, in the gym's timezone.
        goal: of the member.
        composition: what to do.
        source: what prescribed: the models or the rule engine.
        source_note: why the rule engine stood in; empty otherwise.
        model_versions: of each model that was asked.
        features: the ten, by name.
        imputed: why a feature was not known and what stands in, by name.
        explanation: why it is what it is.
        seed: with the same inputs it makes the same plan.
    """

    day: date
    goal: Goal
    composition: Composition
    source: Source
    source_note: str
    model_versions: dict[str, str]
    features: dict[str, float]
    imputed: dict[str, str]
    explanation: Explanation
    seed: int
