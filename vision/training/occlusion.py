"""Which joints of a body its own trunk, limbs and head hide from the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vision.counting.geometry import BONES
from vision.keypoints import Joint

if TYPE_CHECKING:
    from vision.training.body import Array
    from vision.training.camera import View

TRUNK_M, HEAD_M = 0.075, 0.09
LIMBS_M = {
    Joint.LEFT_SHOULDER: 0.045,
    Joint.RIGHT_SHOULDER: 0.045,
    Joint.LEFT_HIP: 0.07,
    Joint.RIGHT_HIP: 0.07,
    Joint.LEFT_KNEE: 0.05,
    Joint.RIGHT_KNEE: 0.05,
}
"""Radius of the bone that begins there; forearms are too thin to hide a joint."""
BLOCKERS: tuple[tuple[int, int, float], ...] = (
    *((start, end, LIMBS_M[start]) for start, end, _ in BONES if start in LIMBS_M),
    (Joint.LEFT_SHOULDER, Joint.LEFT_HIP, TRUNK_M),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_HIP, TRUNK_M),
    (Joint.LEFT_SHOULDER, Joint.RIGHT_HIP, TRUNK_M),
    (Joint.LEFT_EAR, Joint.RIGHT_EAR, HEAD_M),
)
"""Parts that hide what is behind them, from joint to joint, and their radius in metres."""
BEHIND_M = (0.06, 0.12)
"""A joint this far behind a part begins to be hidden, and is."""
EARS = [Joint.LEFT_EAR, Joint.RIGHT_EAR]
FACE = [Joint.NOSE, Joint.LEFT_EYE, Joint.RIGHT_EYE]
EVERY_S = 0.1
"""Bodies move little in this time: looked at this often."""


def hidden_joints(view: View, times_s: Array) -> Array:
    """(n, 17) how much of each joint the rest of the body hides, 0..1."""
    stride = max(round(EVERY_S / float(np.median(np.diff(times_s)))), 1)
    looked = np.unique(np.append(np.arange(0, len(times_s), stride), len(times_s) - 1))
    pixels, depth = view.pixels[looked], view.depth_m[looked]
    hidden = np.zeros(depth.shape)
    for first, last, radius_m in BLOCKERS:
        start, line = pixels[:, None, first], pixels[:, None, last] - pixels[:, None, first]
        away = pixels - start
        share = np.clip((away * line).sum(-1) / np.maximum((line**2).sum(-1), 1e-6), 0, 1)
        aside_px = np.linalg.norm(away - share[..., None] * line, axis=-1)
        part_depth = depth[:, [first]] + share * (depth[:, [last]] - depth[:, [first]])
        behind = np.clip((depth - part_depth - BEHIND_M[0]) / (BEHIND_M[1] - BEHIND_M[0]), 0, 1)
        covered = behind * np.clip(1.5 - aside_px / (radius_m * view.scale_px), 0, 1)
        covered[:, [first, last]] = 0
        hidden = np.maximum(hidden, covered)
    # The back of the head hides the face.
    turned = np.clip((depth[:, FACE] - depth[:, EARS].mean(axis=1, keepdims=True)) / 0.05, 0, 1)
    hidden[:, FACE] = np.maximum(hidden[:, FACE], turned)
    return np.stack([np.interp(times_s, times_s[looked], joint) for joint in hidden.T], axis=1)
