"""`[[station]]`: a place where one member trains."""

from typing import Final, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from gateway.config.polygon import area, is_simple
from gateway.config.sections.section import Fraction, Id, Section, refusal

Exercise = Literal["pushup", "squat", "situp", "pullup", "lunge", "curl", "jumping_jack"]
Stage = Literal["skeleton", "blurred_video"]
EXERCISES: Final[tuple[Exercise, ...]] = get_args(Exercise)


class StationSection(Section):
    """A place where one member trains: a treadmill, a piece of floor in front of a camera, or both."""

    id: Id = Field(title="Station", description="Name of the station in addresses: /kiosk/<id>.")
    name: str = Field(
        default="", title="Shown name", description="What people call it; empty: its id.", max_length=60
    )
    treadmill: Id | None = Field(default=None, title="Treadmill", description="The id of a [[device]].")
    camera: Id | None = Field(default=None, title="Camera", description="The id of a [[camera]].")
    zone: tuple[tuple[Fraction, Fraction], ...] | None = Field(
        default=None,
        title="Zone",
        description="Corners of the floor that belongs to the station, each [x, y] from 0 to 1 of the "
        "picture from its upper left corner; empty: the whole picture.",
    )
    exercises: tuple[Exercise, ...] = Field(
        default=("pushup", "squat"), title="Exercises", description="What is counted here.", min_length=1
    )
    stage: Stage = Field(
        default="skeleton",
        title="Stage",
        description="What the kiosk shows of who trains: skeleton, points of the body alone; blurred_video, "
        "the same over the camera's picture, blurred on the box until nobody can be known in it.",
    )

    @property
    def label(self) -> str:
        """What people call the station."""
        return self.name or self.id

    @field_validator("zone")
    @classmethod
    def _real_area(
        cls, zone: tuple[tuple[float, float], ...] | None
    ) -> tuple[tuple[float, float], ...] | None:
        if zone is None:
            return None
        if len(set(zone)) < 3:  # noqa: PLR2004 - a triangle
            raise refusal("needs at least 3 different corners")
        if area(zone) < 1e-4:  # noqa: PLR2004 - a hundredth of the picture by a hundredth
            raise refusal("has no area: its corners lie on a line, or its outline crosses itself")
        if not is_simple(zone):
            raise refusal("crosses or touches itself: give the corners in the order of a walk around it")
        return zone

    @field_validator("exercises")
    @classmethod
    def _each_once(cls, exercises: tuple[Exercise, ...]) -> tuple[Exercise, ...]:
        return tuple(dict.fromkeys(exercises))

    @model_validator(mode="after")
    def _zone_has_camera(self) -> Self:
        if self.zone is not None and self.camera is None:
            raise refusal("has a zone but no camera; add the camera or remove the zone")
        return self

    @model_validator(mode="after")
    def _video_has_camera(self) -> Self:
        if self.stage == "blurred_video" and self.camera is None:
            raise refusal("shows blurred_video but has no camera; add the camera or set stage to skeleton")
        return self
