"""What a kiosk is told about its station: the JSON of `GET /stations/{id}` and of the event `state`."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from devices.control.command import Quantity
from devices.control.facts import Hold
from gateway.config.sections.station import Stage
from gateway.stations import Link
from vision.counting.form import Verdict

Phase = Literal["up", "down", "between", "unknown"]
AlertLevel = Literal["degraded", "failed"]


def iso_ms(moment: datetime) -> str:
    """Write a UTC stamp as `2026-01-01T00:00:00.000Z`, the form that browsers and people read alike."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Stamp = Annotated[datetime, PlainSerializer(iso_ms, return_type=str, when_used="json")]


class Message(BaseModel):
    """Base of everything the API sends: frozen, nothing extra."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StationName(Message):
    """Which station this is."""

    id: str
    name: str


class SessionState(Message):
    """The session that runs at the station."""

    id: str
    member_id: str
    display_name: str = Field(description="What to call the member; the id when nothing else is known.")
    short_name: str = Field(description="The same as a screen on a wall may show it.")
    exercise: str | None = Field(description="Chosen at check-in; null when whichever is seen counts.")
    started_at: Stamp
    elapsed_s: float
    language: str | None = Field(description="What the member reads; null when they did not say.")
    still_s: float | None = Field(description="Seconds since the last repetition; null before the first.")
    ends_in_s: float | None = Field(
        description="Nobody was noticed for a while: seconds until the session ends by itself."
    )
    sets: dict[str, int] = Field(description="Sets so far in this session, by exercise.")
    reps: dict[str, int] = Field(description="Full repetitions so far in this session, by exercise.")
    partials: dict[str, int] = Field(description="Partial repetitions so far, by exercise.")


class TreadmillState(Message):
    """The treadmill of the station; a value is null when it is unknown or stale."""

    device_id: str
    link: Link
    speed_kmh: float | None
    incline_percent: float | None
    distance_m: float | None
    energy_kcal: float | None
    elapsed_s: float | None


class HeartRateState(Message):
    """The band of the session; null values are unknown or stale."""

    device_id: str
    link: Link
    bpm: float | None
    zone: int | None = Field(description="1 to 5; null when the rate or the member's maximum is unknown.")
    fraction: float | None = Field(description="Share of the member's maximum heart rate.")
    contact: bool | None = Field(description="Whether the band touches skin; null when it does not tell.")


class StepState(Message):
    """The current step of the session's plan."""

    number: int = Field(description="From 0; `GET /sessions/{id}/steps` lists them all.")
    count: int = Field(description="How many steps there are.")
    remaining_s: float
    targets: dict[Quantity, float] = Field(description="What it asks of the machine.")
    heart_rate_zone: int | None = Field(description="Which zone its speed is to bring, 1 to 5.")


class ControlState(Message):
    """What the box does with the machine of the session."""

    drives: bool = Field(description="Whether the box may set targets itself; otherwise they are an offer.")
    hold: Hold | None = Field(description="Why it yields, as a code for translators; null when it does not.")
    confirmable: bool = Field(
        description="Whether the person's word at the kiosk ends that; otherwise only START on the machine."
    )
    step: StepState | None


class PoseState(Message):
    """Seventeen keypoints (COCO order) of the person at the station; never an image."""

    width: int
    height: int
    points: list[tuple[float, float, float]] = Field(description="x and y in pixels, score 0..1.")
    age_s: float


class CameraState(Message):
    """The camera of the station."""

    id: str
    state: str
    reason: str
    stage: Stage = Field(
        default="skeleton", description="blurred_video: `GET /stations/{id}/pictures` tells what it sees."
    )


class FormState(Message):
    """How a repetition was done; null: not seen well enough, or not asked of this exercise."""

    verdict: Verdict | None = Field(description="The first that is wrong, as a code for translators.")
    reason: str = Field(description="The verdict in plain English.")
    range_of_motion: float | None = Field(description="Share of the exercise's standard range.")
    eccentric_s: float | None = Field(description="Seconds of lowering.")
    concentric_s: float | None = Field(description="Seconds of lifting.")
    symmetry: float | None = Field(description="Travel of the lesser side as a share of the other's.")
    hip_sag_degrees: float | None = Field(description="Hips below the line of the body; negative above.")
    knee_degrees: float | None = Field(description="Hip-knee-ankle at the deepest moment.")


class Alert(Message):
    """Something is wrong that concerns this station, in words for people."""

    part: str
    level: AlertLevel
    reason: str


class StationSnapshot(Message):
    """Everything a kiosk shows, in one object."""

    station: StationName
    at: Stamp
    box_started_at: Stamp
    session: SessionState | None
    exercise: str | None = Field(description="The exercise being done or, between sets, the last one.")
    reps: int = Field(description="Full repetitions of that exercise in this session.")
    partials: int
    refused: int = Field(
        description="Full movements since the last repetition that looked like another exercise: not counted."
    )
    phase: Phase
    depth: float | None
    tempo_s: float | None = Field(description="Seconds that the last repetition took.")
    form: FormState | None = Field(description="Of the last repetition, full or partial.")
    treadmill: TreadmillState | None
    control: ControlState | None = Field(
        description="Null when nobody trains here or the box has no way to command the machine."
    )
    heart_rate: HeartRateState | None
    pose: PoseState | None = Field(description="Null when nobody was seen in the last second.")
    camera: CameraState | None
    alerts: list[Alert]


class RepMessage(Message):
    """Data of the event `rep`."""

    exercise: str
    number: int
    partial: bool
    started_s: float
    turned_s: float
    ended_s: float
    tempo_s: float
    depth: float
    form: FormState | None


class AlertMessage(Message):
    """Data of the event `alert`; level `ok` takes an earlier alert back."""

    part: str
    level: Literal["ok", "degraded", "failed"]
    reason: str
