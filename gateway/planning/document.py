"""A plan as JSON: what is stored, shown at the kiosk and exported. The recommender's words, nothing added."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from gateway.live.snapshot import Message
from recommender.person import Goal
from recommender.plan import Block, BlockKind, ExerciseSets, MachineBout, MachineKind, Plan, Source
from recommender.prescription import WorkoutType

# A member's answers to these stay on the box, and so do features that tell them.
PRIVATE_FEATURES: Final = frozenset({"sleep_efficiency", "stress_index"})


class SetsItem(Message):
    """Sets of one exercise."""

    kind: Literal["sets"] = "sets"
    exercise: str
    sets: int
    reps: int | None = Field(description="In each set; null when it is held.")
    hold_s: float | None = Field(description="How long each set is held; null when repetitions are counted.")
    rest_s: float
    work_s: float = Field(description="How long one set takes.")
    effort_rpe: float = Field(description="How hard a set should feel at its end, 1 to 10.")
    duration_s: float


class StepItem(Message):
    """One step at a machine; null is what it leaves open."""

    duration_s: float
    speed_kmh: float | None
    incline_percent: float | None
    power_w: float | None
    heart_rate_zone: int | None = Field(description="The zone that it should lead to, 1 to 5.")
    effort_rpe: float | None = Field(description="How hard it should feel, 1 to 10.")


class MachineItem(Message):
    """A machine and the steps on it."""

    kind: Literal["machine"] = "machine"
    exercise: str
    machine: MachineKind
    station_id: str | None
    steps: list[StepItem]
    duration_s: float


Item = Annotated[SetsItem | MachineItem, Field(discriminator="kind")]


class PlanBlock(Message):
    """Warm-up, main part or cool-down."""

    kind: BlockKind
    duration_s: float
    items: list[Item]


class PlanRule(Message):
    """A rule that changed the plan."""

    name: str
    detail: str = Field(description="What it changed, in words with numbers.")


class PlanReason(Message):
    """What a feature, or what is this member's alone, adds to the prescription."""

    feature: str = Field(description="A feature's name; ratings, goal or steadiness.")
    value: float
    minutes: float = Field(description="How much it moved the duration; a feature's Shapley value.")
    intensity: float = Field(description="How much it moved the intensity; a feature's Shapley value.")


class PlanDocument(Message):
    """What to do on one day, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    day: date = Field(description="In the gym's time zone.")
    goal: Goal
    type: WorkoutType
    duration_minutes: float = Field(ge=10, le=120, description="Warm-up and cool-down included.")
    intensity_score: float = Field(ge=1, le=5, description="1 (very easy) to 5 (as hard as it goes).")
    blocks: list[PlanBlock] = Field(min_length=1)
    rules: list[PlanRule] = Field(description="Every rule that changed something.")
    source: Source = Field(description="What prescribed: the models or the rule engine.")
    source_note: str = Field(description="Why the rule engine stood in; empty otherwise.")
    model_versions: dict[str, str]
    features: dict[str, float]
    imputed: dict[str, str] = Field(description="Why a feature was not known and what stands in, by name.")
    sentences: dict[str, str] = Field(description="Why it is what it is, by language.")
    reasons: list[PlanReason] = Field(description="The weightiest first; empty when the rules prescribed.")
    base_minutes: float = Field(description="What the model says of nobody in particular.")
    base_intensity: float
    seed: int

    @model_validator(mode="after")
    def _begins_gently(self) -> Self:
        if self.blocks[0].kind != "warm_up":
            raise ValueError("a plan begins with a warm-up")
        return self

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Write a plan down.

        Raises:
            ValueError: nobody should be told to do this: no warm-up, or a number that is none.
        """
        composition, why = plan.composition, plan.explanation
        return cls(
            day=plan.day,
            goal=plan.goal,
            type=composition.type,
            duration_minutes=composition.prescription.duration_minutes,
            intensity_score=composition.prescription.intensity_score,
            blocks=[_block(each) for each in composition.blocks],
            rules=[PlanRule(name=each.name, detail=each.detail) for each in composition.rules],
            source=plan.source,
            source_note=plan.source_note,
            model_versions=plan.model_versions,
            features={name: float(value) for name, value in plan.features.items()},
            imputed=plan.imputed,
            sentences=why.sentences,
            reasons=[PlanReason(**asdict(each)) for each in why.reasons],
            base_minutes=why.base_minutes,
            base_intensity=why.base_intensity,
            seed=plan.seed,
        )

    @property
    def exercises(self) -> tuple[str, ...]:
        """Every exercise of the plan, once."""
        found = (item.exercise for block in self.blocks for item in block.items)
        return tuple(dict.fromkeys(found))

    def public_features(self) -> dict[str, float | None]:
        """The features without what must not leave the box; None for one that nobody knew."""
        return {
            name: None if name in self.imputed else value
            for name, value in self.features.items()
            if name not in PRIVATE_FEATURES
        }


def _block(block: Block) -> PlanBlock:
    return PlanBlock(
        kind=block.kind, duration_s=block.duration_s, items=[_item(each) for each in block.items]
    )


def _item(item: ExerciseSets | MachineBout) -> Item:
    if isinstance(item, MachineBout):
        return MachineItem(**asdict(item), duration_s=item.duration_s)
    return SetsItem(**asdict(item), duration_s=item.duration_s)
