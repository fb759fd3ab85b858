"""What Prometheus may know of cameras, poses and models."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from gateway.metric_family import Family, Values, single

if TYPE_CHECKING:
    from gateway.cameras import CameraFleet
    from gateway.models import Models
    from gateway.replays import Replays


def of_cameras(fleet: "CameraFleet") -> Iterator[Family]:
    """Return what each camera hands on and drops."""

    def per_camera(field: str) -> Callable[[], Values]:
        return lambda: {
            (camera_id,): float(getattr(status, field))
            for camera_id, status in dict(fleet.camera_status).items()
        }

    counters = {
        "frames": ("gymbox_camera_frames_total", "Frames handed on since the capture process started."),
        "dropped": ("gymbox_camera_frames_dropped_total", "Frames that were not wanted or came too late."),
    }
    for field, (name, text) in counters.items():
        yield Family(name=name, help=text, kind="counter", labels=("camera",), read=per_camera(field))
    yield Family(
        name="gymbox_camera_frame_rate",
        help="Frames a second handed on.",
        kind="gauge",
        labels=("camera",),
        read=per_camera("fps"),
    )


def of_poses(fleet: "CameraFleet") -> Iterator[Family]:
    """Return what becomes of the frames, how long a pose takes, and what is not counted."""

    def status(field: str, scale: float = 1.0) -> Callable[[], Values]:
        def read() -> Values:
            now = fleet.inference_status
            if now is None:
                return {}
            return {(now.pose_model, now.runtime): float(getattr(now, field)) * scale}

        return read

    labels = ("model", "runtime")
    yield Family(
        name="gymbox_pose_frames_total",
        help="Frames that a pose was looked for in.",
        kind="counter",
        labels=labels,
        read=status("frames"),
    )
    yield Family(
        name="gymbox_pose_frames_skipped_total",
        help="Frames of watched cameras that a newer one overtook.",
        kind="counter",
        labels=labels,
        read=status("skipped"),
    )
    yield Family(
        name="gymbox_pose_mean_seconds",
        help="Mean time of the pose model over the last second.",
        kind="gauge",
        labels=labels,
        read=status("mean_ms", 0.001),
    )
    yield Family(
        name="gymbox_reps_refused_total",
        help="Full repetitions that the phase model took for something else, so that they were not counted.",
        kind="counter",
        labels=("station",),
        read=lambda: {
            (station_id,): float(count)
            for status in (fleet.inference_status,)
            if status is not None
            for station_id, count in status.refused.items()
        },
    )


def of_models(models: "Models", replays: "Replays") -> Sequence[Family]:
    """Return which version works, how often another one was asked for, and replays."""
    return (
        Family(
            name="gymbox_model_info",
            help="The models that work now, always 1.",
            kind="gauge",
            labels=("model", "version", "runtime"),
            read=lambda: {(name, *how): 1.0 for name, how in models.running().items()},
        ),
        Family(
            name="gymbox_model_swaps_total",
            help="Times that another version of a model was taken, or refused.",
            kind="counter",
            labels=("model", "outcome"),
            read=lambda: {each: float(count) for each, count in models.outcomes.items()},
        ),
        single(
            "gymbox_vision_replays_total",
            "Times that keypoints were counted again with other settings.",
            "counter",
            lambda: replays.done,
        ),
    )
