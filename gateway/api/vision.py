"""When a movement counts: looked at, changed while people train, and tried on what they just did."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.api.auth import Box, Operator
from gateway.api.v1 import v1_router
from gateway.config.sections.vision import Thresholds
from gateway.live.snapshot import Message
from gateway.sessions.admission import StationUnknown
from gateway.tuning import SettingsChange, Tuning

router = v1_router("vision", "/vision")

StationName = Annotated[str, Field(min_length=1, max_length=64)]


class SettingsPatch(SettingsChange):
    """What to change, and where: what is left out stays, null goes back to what holds without the change."""

    station_id: StationName | None = Field(
        default=None, description="Null: every station that has no value of its own."
    )


class StationSettings(Message):
    """One station with a camera."""

    station_id: str
    changed: Mapping[str, float] = Field(description="What was set for this station alone.")
    settings: Thresholds = Field(description="What holds there.")


class SettingsReport(Message):
    """When a movement counts; a station's own value goes before one for all, that before the file's."""

    configured: Thresholds = Field(description="The configuration file and its defaults.")
    changed: Mapping[str, float] = Field(description="What was set for every station.")
    stations: list[StationSettings]


class ReplayBody(BaseModel):
    """Settings to try, as a change of what holds at the station."""

    model_config = ConfigDict(extra="forbid")

    station_id: StationName
    settings: SettingsChange = SettingsChange()


class Counted(Message):
    """Repetitions within the window."""

    reps: int
    partials: int


class WouldCount(Counted):
    """Repetitions with the settings that were tried."""

    reps_at_s: list[float] = Field(description="When each full one ended, seconds from the window's start.")


class ReplayReport(Message):
    """What was counted live, and what would have been."""

    station_id: str
    exercises: list[str]
    window_s: float = Field(description="How far back the keypoints reach: at most two minutes.")
    as_counted: Counted
    would_count: WouldCount


@router.get("/settings", summary="When a movement counts, station by station")
async def get_settings(box: Box, _operator: Operator) -> SettingsReport:
    """Say what holds and where it comes from."""
    return _report(box.tuning)


@router.patch("/settings", summary="Change when a movement counts, at once and for good")
async def patch_settings(body: SettingsPatch, box: Box, operator: Operator) -> SettingsReport:
    """Store the change, then count by it from the next frame on; no count in progress is lost."""
    if body.station_id is not None:
        _demand_camera(box.tuning, body.station_id)
    await box.tuning.change(body.station_id, body, by=operator.label)
    return _report(box.tuning)


@router.post("/replay", summary="What would other settings have counted in the last two minutes")
async def replay(body: ReplayBody, box: Box, _operator: Operator) -> ReplayReport:
    """Count the keypoints of the running session again; nothing of it is changed or kept.

    The person's own range of motion is learned anew from the beginning of the window.
    """
    _demand_camera(box.tuning, body.station_id)
    counting = box.tuning.candidate(body.station_id, body.settings)
    answer = await box.replays.run(body.station_id, counting)
    would = answer.would_count
    return ReplayReport(
        station_id=body.station_id,
        exercises=list(answer.exercises),
        window_s=answer.window_s,
        as_counted=Counted(reps=answer.as_counted.reps, partials=answer.as_counted.partials),
        would_count=WouldCount(reps=would.reps, partials=would.partials, reps_at_s=list(answer.reps_at_s)),
    )


def _demand_camera(tuning: Tuning, station_id: str) -> None:
    if station_id not in tuning.stations:
        known = ", ".join(tuning.stations) or "none"
        raise StationUnknown(f"No station {station_id} has a camera; those that have one: {known}.")


def _report(tuning: Tuning) -> SettingsReport:
    return SettingsReport(
        configured=tuning.configured,
        changed=tuning.changes(None),
        stations=[
            StationSettings(
                station_id=station_id,
                changed=tuning.changes(station_id),
                settings=tuning.thresholds(station_id),
            )
            for station_id in tuning.stations
        ],
    )
