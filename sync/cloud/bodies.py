"""What the body of each kind of record must have: pure.

A newer box may say more, and one that sends summaries less; what is there has the right type and is possible
at all. Whether it is likely is judged before it is learned from.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sync.record import RecordKind

_Count = Annotated[int, Field(ge=0, le=1_000_000)]
_Seconds = Annotated[float, Field(ge=0, le=7 * 86_400)]
_Minutes = Annotated[float, Field(ge=0, le=7 * 1_440)]
_Intensity = Annotated[float, Field(ge=0, le=10)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Bpm = Annotated[float, Field(ge=0, le=300)]
_Rpe = Annotated[int, Field(ge=0, le=10)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class BodyRefused(ValueError):  # noqa: N818 - named by what happened
    """The body has not the form of its kind; the text names the keys."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)


class _Set(_Body):
    exercise: _Name
    reps: _Count
    partials: _Count = 0
    mean_tempo_s: _Seconds | None = None


class _HeartRate(_Body):
    mean_bpm: _Bpm
    max_bpm: _Bpm
    seconds_in_zone: list[_Seconds] | None = None


class _Treadmill(_Body):
    distance_m: Annotated[float, Field(ge=0, le=1_000_000)]
    duration_s: _Seconds
    mean_speed_kmh: Annotated[float, Field(ge=0, le=60)] | None = None
    max_speed_kmh: Annotated[float, Field(ge=0, le=60)] | None = None


class _Prescribed(_Body):
    id: _Name
    day: date
    type: _Name
    duration_minutes: _Minutes
    intensity_score: _Intensity
    features: dict[str, float | None] = {}
    model_versions: dict[str, str] = {}


class _Performed(_Prescribed):
    performed_type: _Name | None = None
    performed_minutes: _Minutes
    performed_intensity: _Intensity | None = None
    completion: _Share
    accepted: bool | None = None


class _Session(_Body):
    id: _Name
    station_id: _Name
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    rpe: _Rpe | None = None
    sets: list[_Set] = []
    heart_rate: _HeartRate | None = None
    treadmill: _Treadmill | None = None
    plan: _Performed | None = None


class _Plan(_Prescribed):
    accepted: bool | None = None
    rpe: _Rpe | None = None


_FORMS: Final[Mapping[RecordKind, type[_Body]]] = {
    "session": _Session,
    "plan": _Plan,
    "device": _Body,
    "health": _Body,
    "erase": _Body,
}


def check(kind: RecordKind, body: str) -> None:
    """Look at a body, given as JSON.

    Raises:
        BodyRefused: it is not a body of this kind.
    """
    try:
        _FORMS[kind].model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        keys = sorted({".".join(str(step) for step in each["loc"]): each["msg"] for each in details}.items())
        said = "; ".join(f"{key}: {reason[:1].lower()}{reason[1:]}" for key, reason in keys[:5])
        raise BodyRefused(f"the body is none of a {kind}: {said}") from error
