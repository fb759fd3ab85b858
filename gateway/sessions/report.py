"""What was done in a session: the JSON of `GET /sessions/{id}` and the body of the record for the cloud."""

from datetime import date
from typing import Literal

from pydantic import Field

from gateway.live.snapshot import Message, Stamp
from recommender.person import Goal, Level, Sex
from recommender.plan import Source
from recommender.prescription import WorkoutType
from vision.counting.form import Verdict


class RepDetail(Message):
    """One repetition, timed in seconds since the session began."""

    number: int
    at_s: float = Field(description="When it was finished.")
    tempo_s: float
    depth: float
    partial: bool
    verdict: Verdict | None = Field(
        default=None, description="What its form was; null when too little was seen."
    )
    range_of_motion: float | None = Field(default=None, description="Share of the exercise's standard range.")
    eccentric_s: float | None = Field(default=None, description="Seconds of lowering.")
    concentric_s: float | None = Field(default=None, description="Seconds of lifting.")


class SetReport(Message):
    """Repetitions of one exercise without a long pause."""

    exercise: str
    started_at: Stamp
    ended_at: Stamp
    reps: int
    partials: int
    mean_tempo_s: float | None
    verdicts: dict[Verdict, int] = Field(
        default={}, description="Repetitions, full and partial, by their form."
    )
    reps_detail: list[RepDetail]


class HeartRateReport(Message):
    """Heart rate over the whole session."""

    mean_bpm: float
    max_bpm: float
    seconds_in_zone: list[float] | None = Field(
        description="Zones 1 to 5; null when the member's maximum heart rate is unknown."
    )
    samples: int


class TreadmillReport(Message):
    """What the treadmill's own counters say was done during the session."""

    distance_m: float
    mean_speed_kmh: float | None
    max_speed_kmh: float | None
    duration_s: float = Field(description="Seconds with the belt moving.")


class PlanReport(Message):
    """What the plan of the day asked for, and how much of it was done."""

    id: str
    version: int
    day: date
    goal: Goal
    level: Level | None
    sex: Sex | None
    type: WorkoutType
    source: Source
    duration_minutes: float = Field(description="Prescribed.")
    intensity_score: float = Field(description="Prescribed, 1 to 5.")
    performed_type: WorkoutType | None = Field(description="Of this session; null when nothing was done.")
    performed_minutes: float = Field(description="In this session.")
    performed_intensity: float | None = Field(description="By the heart, 1 to 5; null: not measured.")
    completion: float = Field(description="Share of the plan that was done by the end of this session.")
    accepted: bool | None = Field(description="Null when the member did not say.")
    model_versions: dict[str, str]
    features: dict[str, float | None] = Field(
        description="What the models saw, null where nobody knew it; never sleep or stress."
    )


class ModelVersions(Message):
    """Which models counted."""

    pose: str | None
    phase: str | None


class SessionReport(Message):
    """One session, running or ended."""

    id: str
    station_id: str
    member_id: str
    band_id: str | None
    exercise: str | None
    status: Literal["active", "ended"]
    started_at: Stamp
    ended_at: Stamp | None
    rpe: int | None
    sets: list[SetReport]
    heart_rate: HeartRateReport | None
    treadmill: TreadmillReport | None
    models: ModelVersions
    plan: PlanReport | None = Field(
        default=None, description="Null while it runs, and on a day without a plan."
    )
