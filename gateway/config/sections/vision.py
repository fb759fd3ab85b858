"""`[vision]`: how frames become poses, and when a movement counts."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.config.sections.section import Fraction, Section

Smoothing = Annotated[float, Field(ge=0.25, le=4.0)]
Hysteresis = Annotated[float, Field(ge=0.3, le=0.9)]
DwellSeconds = Annotated[float, Field(ge=0.0, le=1.0)]
SquatDepthDegrees = Annotated[float, Field(ge=60.0, le=160.0)]
PostureSeconds = Annotated[float, Field(ge=0.0, le=5.0)]


class Thresholds(Section):
    """When a movement counts; the defaults suit most rooms. A running box can be tuned station by station."""

    person_score: Fraction = Field(
        default=0.3,
        title="Person",
        description="How sure the pose model must be that somebody is there, 0 to 1.",
    )
    smoothing: Smoothing = Field(
        default=1.0,
        title="Smoothing",
        description="How many times as hard as usual keypoints are smoothed, 0.25 to 4.",
    )
    hysteresis: Hysteresis | None = Field(
        default=None,
        title="Hysteresis",
        description="Share of the way down that must be taken back before it is up again, 0.3 to 0.9; "
        "empty: the exercise's own.",
    )
    dwell_s: DwellSeconds | None = Field(
        default=None,
        title="Dwell",
        description="Seconds that up or down must last, 0 to 1; empty: the exercise's own.",
    )
    posture_s: PostureSeconds = Field(
        default=0.3,
        title="Posture",
        description="Seconds that a posture must be wrong, or right again, before counting stops or goes on.",
    )
    squat_depth_degrees: SquatDepthDegrees = Field(
        default=120.0,
        title="Squat depth",
        description="Angle of the knee, degrees, below which a squat is called deep enough; standing is 180.",
    )


class VisionSection(Section):
    """How frames become poses."""

    pose: Literal["blazepose", "movenet"] = Field(
        default="blazepose", title="Pose model", description="Which model looks."
    )
    runtime: Literal["auto", "litert", "onnx", "edgetpu"] = Field(
        default="auto",
        title="Runtime",
        description="What runs the model; auto takes the best that works here.",
    )
    accelerator: Literal["auto", "cpu", "edgetpu"] = Field(
        default="auto",
        title="Accelerator",
        description="Where it runs; auto takes an Edge TPU when there is one.",
    )
    thresholds: Thresholds = Field(
        default=Thresholds(), title="Thresholds", description="When a movement counts."
    )
