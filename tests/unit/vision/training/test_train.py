"""Teaching frames with little effort. Loads TensorFlow; training from nothing is tested by its command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from provisioning.models import read_model, verify
from vision.phase.belief import LOGITS
from vision.phase.model import PACKAGED, load
from vision.phase.window import CHANNELS, STEPS
from vision.training import folder
from vision.training.frames import Frame, Picture
from vision.training.layers import Layer
from vision.training.onnx_file import to_onnx
from vision.training.recipe import Effort
from vision.training.simulator import simulate
from vision.training.takes import DOWN, UP

if TYPE_CHECKING:
    from vision.training.frames import Label

pytest.importorskip("keras", reason="the extra `train` is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LITTLE = Effort(takes=84, judges=4, windows=150, epochs=1, copies=2)


def people(exercise: str, label: Label, count: int) -> list[Frame]:
    """Frames of one simulated person, in order, in a folder for push-ups."""
    take = simulate(np.random.default_rng(5), exercise=exercise, pose_model="blazepose")
    wanted = {"up": take.phase == UP, "down": take.phase == DOWN}.get(label, take.exercise >= 0)
    found = np.flatnonzero(wanted & take.points.any(axis=(1, 2)))[:count]
    return [
        Frame(Picture(Path("frames") / label / f"{number}.jpg", "pushup", label), take.points[number])
        for number in found
    ]


def quiet(_step: str, _done: int, _total: int) -> None:
    """Say nothing of the progress."""


@pytest.fixture
def taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty folder of a model; what little effort teaches, int8 may lose."""
    monkeypatch.setattr(folder, "LOSS_MOST", 0.1)
    path = tmp_path / "phase"
    path.mkdir()
    return path


def test_frames_of_a_gym_teach_the_packaged_model(taught: Path) -> None:
    from vision.training.train import train_on_frames  # noqa: PLC0415 - loads TensorFlow

    frames = people("pushup", "up", 40) + people("pushup", "down", 40)
    frames.append(Frame(Picture(Path("frames/up/x.jpg"), "pushup", "up"), None))
    report, found = train_on_frames(
        taught, start=PACKAGED, frames=frames, seed=3, poses=[], effort=LITTLE, on_progress=quiet
    )
    assert verify(read_model(taught)) == ()
    assert load(taught).name != load().name
    assert load(taught, "litert").name == load(taught).name
    assert found.learned + found.judged == len(frames)
    assert (found.nobody, found.kept) == (1, False)
    assert found.after > max(found.before, 0.8)
    assert report is not None
    assert report.exact["movenet"].exercise > 0.3  # one in eight is chance: what it knew is not forgotten


def test_a_model_that_cannot_be_bettered_stays(taught: Path) -> None:
    from vision.training.train import train_on_frames  # noqa: PLC0415 - loads TensorFlow

    frames = people("jumping_jack", "else", 12)
    report, found = train_on_frames(
        taught, start=PACKAGED, frames=frames, seed=3, poses=[], effort=LITTLE, on_progress=quiet
    )
    assert report is None
    assert found.kept
    assert found.after <= found.before
    assert list(taught.iterdir()) == []


def test_a_model_of_another_recipe_cannot_be_gone_on_from(taught: Path, tmp_path: Path) -> None:
    from vision.training.train import train_on_frames  # noqa: PLC0415 - loads TensorFlow

    layers = [Layer(np.ones((STEPS * CHANNELS, LOGITS), np.float32), np.zeros(LOGITS, np.float32))]
    (tmp_path / "cpu.onnx").write_bytes(to_onnx(layers))
    frames = people("pushup", "up", 8)
    with pytest.raises(folder.TrainingError, match="another recipe"):
        train_on_frames(
            taught, start=tmp_path, frames=frames, seed=3, poses=[], effort=LITTLE, on_progress=quiet
        )
    assert list(taught.iterdir()) == []
