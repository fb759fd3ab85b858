"""What crosses the pipes between the box and its camera processes.

Everything here is a small frozen dataclass, so that a message pickles to about a
kilobyte and a reader can never change what a writer still holds. Times ending in
``_s`` are monotonic seconds, which all processes of one machine share.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vision.counting.counter import CountingSettings, CountStatus
    from vision.counting.reps import Rep
    from vision.keypoints import Pose
    from vision.processes.ring import RingAddress

CameraState: TypeAlias = Literal["starting", "ok", "unreachable", "unauthorised", "no_video", "stalled"]
InferenceState: TypeAlias = Literal["starting", "ok", "degraded", "failed"]
Zone: TypeAlias = tuple[tuple[float, float], ...]
"""Corners of a polygon as fractions of the picture; empty means the whole picture."""

EXIT_NO_MODEL = 2
"""Exit code of an inference process that could not load its pose model; restarting soon is no cure."""
EXIT_HUNG = 3
"""Exit code of a process that ended itself because a call into a library did not return."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStatus:
    """How one camera does; sent when its state changes and once a second."""

    camera_id: str
    state: CameraState
    reason: str = ""
    """Plain words for people, empty when the state is ``ok``; never holds a credential."""
    fps: float = 0.0
    """Frames a second handed on to the ring."""
    source_fps: float = 0.0
    """Frames a second that the camera delivers."""
    frames: int = 0
    """Frames handed on since the process started."""
    dropped: int = 0
    """Frames that the camera delivered and that were not wanted, or came too late."""
    width: int = 0
    height: int = 0
    """Size of the frames handed on; 0 until the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """The person an unwatched camera sees, at the idle rate; nothing is counted."""

    camera_id: str
    captured_s: float
    width: int
    height: int
    pose: Pose | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StationView:
    """The person at a watched station and where the count stands."""

    station_id: str
    camera_id: str
    captured_s: float
    width: int
    height: int
    pose: Pose | None
    status: CountStatus
    refused: int = 0
    """Full repetitions that the phase model spoke against since the station is watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepCounted:
    """One repetition, whole or partial, of the person at a station."""

    station_id: str
    rep: Rep


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceStatus:
    """How the inference process does; sent once a second and before it gives up."""

    pose_model: str
    runtime: str
    """What executes the pose model now."""
    version: str = ""
    """Version of the pose model, as the box named it when it was loaded."""
    phase_model: str = ""
    """Name and version of the phase model, as records keep them; empty while none is loaded."""
    phase_runtime: str = ""
    """What executes the phase model now."""
    phase_trouble: str = ""
    """Why the packaged phase model works and not the gym's own; empty when all is well."""
    state: InferenceState = "ok"
    """``degraded`` when the CPU does an accelerator's work, or with ``phase_trouble``; counting goes on."""
    reason: str = ""
    frames: int = 0
    """Frames a pose was looked for in, since the process started."""
    skipped: int = 0
    """Frames of watched cameras that a newer one overtook."""
    mean_ms: float = 0.0
    """Mean time of the pose model over the last second."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Full repetitions of each station that the phase model spoke against, since the process started."""
    dropped: int = 0
    """Messages that the box did not fetch in time: views first, repetitions last."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Full and partial repetitions."""

    reps: int = 0
    partials: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The answer to a ``Replay``. Times are seconds from the beginning of the window."""

    request_id: int
    exercises: tuple[str, ...]
    window_s: float
    """How far back the keypoints reach, at most two minutes."""
    as_counted: Tally
    would_count: Tally
    reps_at_s: tuple[float, ...]
    """When each full repetition would have ended; the first few hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swapped:
    """The answer to a ``SwapModel``: the other version works on every frame from now on."""

    request_id: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The answer to a request that is not carried out; everything stays as it was."""

    request_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Count at a station from now on; a station watched already starts anew with these exercises."""

    station_id: str
    camera_id: str
    exercises: tuple[str, ...]
    """What to count; several mean whichever of them really happens."""
    zone: Zone = ()
    counting: CountingSettings | None = None
    """When a movement counts; None takes the counter's own defaults."""


@dataclass(frozen=True, slots=True)
class Unwatch:
    """Stop counting at a station."""

    station_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tune:
    """Count at a watched station by these settings from the next frame on; the count goes on."""

    station_id: str
    counting: CountingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What would these settings have counted just now? Answered by ``Replayed`` or ``Declined``."""

    request_id: int
    station_id: str
    counting: CountingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapModel:
    """Take the version of a model that is to be used now. Answered by ``Swapped`` or ``Declined``."""

    request_id: int
    model: str
    """The pose model's name, or ``phase``."""
    version: str


@dataclass(frozen=True, slots=True)
class LookThrough:
    """Look through one more camera from now on."""

    camera_id: str
    ring: RingAddress


@dataclass(frozen=True, slots=True)
class Overlook:
    """Look through a camera no more; what is watched through it sees nothing."""

    camera_id: str


@dataclass(frozen=True, slots=True)
class SetRate:
    """How many frames a second a capture process hands on."""

    fps: float


@dataclass(frozen=True, slots=True)
class Stop:
    """End the process; it is gone within a second."""


CaptureCommand: TypeAlias = SetRate | Stop
Request: TypeAlias = Replay | SwapModel
Answer: TypeAlias = Replayed | Swapped | Declined
InferenceCommand: TypeAlias = Watch | Unwatch | Tune | LookThrough | Overlook | Request | Stop
CaptureMessage: TypeAlias = CameraStatus
InferenceMessage: TypeAlias = CameraView | StationView | RepCounted | InferenceStatus | Answer
