"""Teaching a trained network a gym's own frames, while it rehearses what it knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vision.phase.belief import NONE, PHASES, Belief
from vision.training.examples import joined
from vision.training.frames import LABELS, FramesError
from vision.training.stills import Still, examples_of, held_still

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vision.training.examples import Examples
    from vision.training.frames import Frame, Label
    from vision.training.network import Network

LEARNING_RATE = 5e-4
EPOCHS = 12
REHEARSED = 3000
"""Examples of what it knew; as many are made of the frames."""
STRETCH = 0.1
"""Another lens or place of the camera makes a body so much wider or lower."""
MISPLACED = 0.02
"""How far a joint is found from where it is, in sizes of the body."""
DOUBT = 0.05
"""How far scores differ from frame to frame."""


def named(network: Network, frames: Sequence[Frame]) -> list[Label]:
    """What a network takes each frame for, on its own; nobody in it is `else`.

    A frame is `up` or `down` of the exercise that its folder is for, or else it is neither.
    """
    return [
        "else" if belief is None else _label(belief, frame.picture.exercise)
        for frame, belief in zip(frames, _beliefs(network, frames), strict=True)
    ]


def _label(belief: Belief, exercise: str) -> Label:
    doing = belief.of(exercise)
    up, down = (doing * float(belief.phase[PHASES.index(name)]) for name in ("up", "down"))
    return LABELS[int(np.argmax([up, down, 1 - up - down]))]


def accuracy(network: Network, frames: Sequence[Frame]) -> float:
    """Share of the frames that a network names rightly."""
    right = [name == frame.picture.label for name, frame in zip(named(network, frames), frames, strict=True)]
    return float(np.mean(right))


def teach(
    network: Network,
    frames: Sequence[Frame],
    rehearsal: Examples,
    rng: np.random.Generator,
    on_epoch: Callable[[int], None],
) -> None:
    """Go on learning, half from frames and half from what it has learned before.

    Raises:
        FramesError: there is nobody in any of the frames.
    """
    stills = _stills(network, frames)
    if not stills:
        raise FramesError(
            "nobody is found in any frame to learn from, which are the first three quarters of each label"
        )
    shown = rehearsal[rng.permutation(len(rehearsal))[:REHEARSED]]
    copies = max(1, len(shown) // (2 * len(stills)))
    varied = [_varied(still, rng) for still in stills for _ in range(copies)]
    own = examples_of(varied, rng, copies=2)
    network.fit(joined([own, shown]), epochs=EPOCHS, learning_rate=LEARNING_RATE, on_epoch=on_epoch)


def _beliefs(network: Network, frames: Sequence[Frame]) -> list[Belief | None]:
    """What the network believes of each frame; None where nobody is."""
    held = [held_still(frame.points) for frame in frames if frame.points is not None]
    answers = iter(network.logits(np.stack(held)) if held else ())
    return [None if frame.points is None else Belief.from_logits(0.0, next(answers)) for frame in frames]


def _stills(network: Network, frames: Sequence[Frame]) -> list[Still]:
    """The frames with somebody in them.

    `else` may be the way between up and down, or no exercise: whichever the network believes already.
    """
    stills = []
    for frame, belief in zip(frames, _beliefs(network, frames), strict=True):
        if frame.points is None or belief is None:
            continue
        exercise, label = frame.picture.exercise, frame.picture.label
        if label == "else" and belief.of(exercise) < belief.exercise.max():
            exercise = NONE
        phase = "between" if label == "else" else label
        stills.append(Still(frame.picture.path.name, frame.points, exercise, phase))
    return stills


def _varied(still: Still, rng: np.random.Generator) -> Still:
    """The same as another camera, and another look of the pose model, would find it."""
    points = still.points.astype(np.float64)
    points[:, :2] *= rng.uniform(1 - STRETCH, 1 + STRETCH, 2)
    size_px = float(np.ptp(points[:, :2], axis=0).max())
    points[:, :2] += rng.normal(0, MISPLACED * size_px, (len(points), 2))
    points[:, 2] = np.clip(points[:, 2] + rng.normal(0, DOUBT, len(points)), 0, 1)
    return replace(still, points=points.astype(np.float32))
