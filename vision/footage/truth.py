"""The truth about the clip, computed from the motion programme that also drives the picture."""

from typing import TypedDict

from vision.footage.motion import Programme

FPS = 25


class Bout(TypedDict):
    """One exercise in the clip, and when each repetition reaches its lowest point."""

    exercise: str
    reps: int
    bottoms_s: list[float]


class Truth(TypedDict):
    """What is in the clip."""

    file: str
    width: int
    height: int
    fps: int
    duration_s: float
    exercises: list[Bout]


def frame_count(script: Programme) -> int:
    """Whole frames in the programme."""
    return round(script.duration_s * FPS)


def truth(script: Programme, file: str, width: int, height: int) -> Truth:
    """The truth for a clip rendered at this size."""
    bottoms_s = {"pushup": script.pushup_bottoms_s, "squat": script.squat_bottoms_s}
    return Truth(
        file=file,
        width=width,
        height=height,
        fps=FPS,
        duration_s=frame_count(script) / FPS,
        exercises=[
            Bout(exercise=name, reps=len(times_s), bottoms_s=[round(time_s, 3) for time_s in times_s])
            for name, times_s in bottoms_s.items()
        ],
    )
