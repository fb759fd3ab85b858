"""One clip through one pose model at one rate: what everybody counts in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.counting.methods import OURS, asked, ours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.counting.clips import LabelledClip, Truth
    from benchmarks.counting.methods import Peer
    from benchmarks.counting.poses import PoseSeries


@dataclass(frozen=True, slots=True)
class Row:
    """What is counted in a clip.

    Attributes:
        clip: the clip and its truth.
        pose: the pose model.
        fps: frames a second that it saw; None is every frame.
        counts: full repetitions by exercise asked and by method; a method that cannot count it is missing.
        followed: by peer and exercise, the numbers that the peer's thresholds are compared with.
        first: the frame with which the sampling begins.
    """

    clip: LabelledClip
    pose: str
    fps: float | None
    counts: Mapping[str, Mapping[str, int]]
    followed: Mapping[str, Mapping[str, Sequence[float]]]
    first: int = 0

    def truth(self, exercise: str) -> Truth | None:
        """What is true for an exercise; None where it does not happen."""
        return self.clip.truth.get(exercise)

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "file": self.clip.path.name,
            "source": self.clip.source,
            "kind": self.clip.kind,
            "pose": self.pose,
            "fps": self.fps,
            "first": self.first,
            "truth": {
                exercise: (truth.least, truth.reps, truth.most) for exercise, truth in self.clip.truth.items()
            },
            "counts": self.counts,
        }


def count_clip(
    clip: LabelledClip, pose: str, fps: float | None, poses: PoseSeries, peers: Sequence[Peer]
) -> Row:
    """Ask everybody for every exercise."""
    followed = {peer.name: peer.follow(poses) for peer in peers}
    counts: dict[str, dict[str, int]] = {}
    for exercise in asked():
        counts[exercise] = {OURS: ours(poses, exercise)}
        for peer in peers:
            if exercise in followed[peer.name]:
                counts[exercise][peer.name] = peer.count(followed[peer.name][exercise], peer.usual)
    return Row(clip, pose, fps, counts, followed)
