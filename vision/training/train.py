"""Train the phase model into a folder: from nothing, or from a trained one and a gym's own frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vision.runtimes import MODEL_FILES
from vision.training import fine_tuning, folder, recipe
from vision.training.frames import split
from vision.training.network import Network
from vision.training.onnx_file import from_onnx

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vision.training.folder import Report
    from vision.training.frames import Frame
    from vision.training.recipe import Effort, OnProgress
    from vision.training.stills import Still

LEARNING_RATE = 3e-3
REHEARSAL_SHARE = 24
"""To remember takes this part of the simulated people that were needed to learn."""


@dataclass(frozen=True, slots=True)
class FramesReport:
    """What frames taught.

    Attributes:
        learned, judged: how many frames were learned from or chose what is kept, and how many others judge.
        before, after: share of the latter that the model names rightly, 0..1.
        nobody: in how many frames nobody was found.
        kept: whether the model stays as it was, because `after` is not better than `before`.
    """

    learned: int
    judged: int
    before: float
    after: float
    nobody: int
    kept: bool


def train(
    target: Path, *, seed: int, poses: Sequence[Still], effort: Effort, on_progress: OnProgress
) -> Report:
    """Learn from simulated people, and from real poses, and write the model into an empty folder.

    Raises:
        vision.training.folder.TrainingError: what was learned cannot be used.
        OSError: a file cannot be written.
    """
    material = recipe.gather(seed, poses, effort, on_progress)
    network = Network(seed)
    network.fit(
        material.learned,
        epochs=effort.epochs,
        learning_rate=LEARNING_RATE,
        on_epoch=lambda done: on_progress("learning", done, effort.epochs),
    )
    data = f"{effort.takes} simulated people (seed {seed})"
    if poses:
        data += f", {len(poses) - len(material.judged['poses'])} of {len(poses)} real poses"
    return folder.write(network.layers, material, target, data=data)


def train_on_frames(
    target: Path,
    *,
    start: Path,
    frames: Sequence[Frame],
    seed: int,
    poses: Sequence[Still],
    effort: Effort,
    on_progress: OnProgress,
) -> tuple[Report | None, FramesReport]:
    """Go on from the model in the folder `start` with labelled frames, and write it into an empty folder.

    Nothing is written, and there is no report of it, when it names the judging frames no better than before.

    Raises:
        vision.training.folder.TrainingError: what was learned, or the model in `start`, cannot be used.
        vision.training.frames.FramesError: nobody is found in any frame to learn from.
        OSError: a file cannot be read or written.
    """
    network = Network(seed)
    try:
        network.layers = from_onnx((start / MODEL_FILES["onnx"]).read_bytes())
    except (KeyError, IndexError, ValueError) as error:
        raise folder.TrainingError(
            f"the model in {start} is of another recipe; remove that folder"
        ) from error
    known, unknown = split(frames)
    before = fine_tuning.accuracy(network, unknown)
    material = recipe.gather(seed, poses, replace(effort, takes=effort.takes // REHEARSAL_SHARE), on_progress)
    varying = np.random.default_rng(seed)
    fine_tuning.teach(
        network,
        known,
        material.learned,
        varying,
        lambda done: on_progress("learning", done, fine_tuning.EPOCHS),
    )
    after = fine_tuning.accuracy(network, unknown)
    nobody = sum(frame.points is None for frame in frames)
    found = FramesReport(len(known), len(unknown), before, after, nobody, kept=after <= before)
    if found.kept:
        return None, found
    data = f"{len(known)} labelled frames, on top of {start.name}"
    return folder.write(network.layers, material, target, data=data), found
