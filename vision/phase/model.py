"""The learned phase model: its folder, and what it says of one person."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vision import runtimes
from vision.phase.belief import LOGITS, Belief
from vision.phase.window import CHANNELS, STEPS, PoseWindow
from vision.pose.model_shape import require_shapes
from vision.runtimes import MODEL_FILES, PULL_AGAIN, ModelFileError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.keypoints import Pose
    from vision.runtimes import Runtime

NAME = "phase"
BELIEF_HZ = 10.0
"""People do not change what they do more often."""
PACKAGED = Path(__file__).parent / "weights"
TEACH_AGAIN = "remove the folder, or write it anew with `gymbox models train-phase`"


@dataclass(frozen=True, slots=True)
class PhaseModel:
    """A loaded model; any number of people share it, on one thread.

    Attributes:
        name: name and version, as records keep them.
        folder: where it lies.
        runtime: what executes it.
        trouble: why it is not the one that should be used; empty when all is well.
    """

    name: str
    folder: Path
    runtime: Runtime
    trouble: str = ""

    def logits(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """What it says, before any scaling, of one window (STEPS, CHANNELS): float32 (LOGITS,)."""
        given, said = self.runtime.inputs[0], self.runtime.outputs[0]
        shown = window[None, :, None]
        if given.dtype == "int8":
            shown = np.clip(np.rint(shown / given.scale) + given.zero_point, -128, 127).astype(np.int8)
        answer: NDArray[np.float32] = self.runtime.run([shown])[0][0]
        if said.dtype == "int8":
            answer = (answer.astype(np.float32) - said.zero_point) * np.float32(said.scale)
        return answer


class PhaseRecogniser:
    """Follows one person with a model."""

    def __init__(self, model: PhaseModel) -> None:
        self._model = model
        self._window = PoseWindow()
        self._belief: Belief | None = None

    def update(self, time_s: float, pose: Pose) -> Belief | None:
        """Take one pose; the newest belief, which is renewed `BELIEF_HZ` times a second."""
        if not pose.is_possible:
            return self._belief
        self._window.add(time_s, pose)
        if self._belief is not None and 0 <= time_s - self._belief.time_s < 1 / BELIEF_HZ:
            return self._belief
        window = self._window.features()
        self._belief = None if window is None else Belief.from_logits(time_s, self._model.logits(window))
        return self._belief

    def reset(self) -> None:
        """Forget the person."""
        self._window.reset()
        self._belief = None


def load(folder: Path = PACKAGED, runtime: str = "auto") -> PhaseModel:
    """Load a model's folder.

    `auto` and `cpu` take the exact ONNX file; `litert` and `edgetpu` the int8 one, which runs on the CPU
    unless the folder has been given one that the Edge TPU's compiler made.

    Raises:
        vision.runtimes.RuntimeUnavailableError: the runtime does not work here.
        vision.runtimes.ModelFileError: a file is missing, broken or another model's.
    """
    compiled = folder / MODEL_FILES["edgetpu"]
    chosen = "onnx" if runtime in {"auto", "cpu"} else runtime
    if chosen == "edgetpu" and not compiled.is_file():
        chosen = "litert"
    path = folder / MODEL_FILES.get(chosen, chosen)
    element = "float32" if chosen == "onnx" else "int8"
    try:
        name = _read_name(folder)
        model = runtimes.load(chosen, path)
        require_shapes(
            model,
            path,
            inputs=[((1, STEPS, 1, CHANNELS), element)],
            outputs=[((1, LOGITS), element)],
        )
    except ModelFileError as error:
        raise ModelFileError(str(error).replace(PULL_AGAIN, TEACH_AGAIN)) from error
    return PhaseModel(name, folder, model)


def load_preferred(models_dir: Path, runtime: str = "auto") -> PhaseModel:
    """The model that this gym taught, `models_dir/phase`, if there is one, else the packaged one.

    Raises:
        vision.runtimes.RuntimeUnavailableError: the runtime does not work here.
        vision.runtimes.ModelFileError: the gym's own cannot be used.
    """
    own = models_dir / NAME
    return load(own if own.is_dir() else PACKAGED, runtime)


def load_installed(models_dir: Path, runtime: str = "auto") -> PhaseModel:
    """Like `load_preferred`, but when the gym's own cannot be used, the packaged one; `trouble` says why.

    Raises:
        vision.runtimes.RuntimeUnavailableError: the runtime does not work here.
    """
    try:
        return load_preferred(models_dir, runtime)
    except ModelFileError as error:
        return replace(load(runtime=runtime), trouble=f"{error}; the packaged phase model is used instead")


def _read_name(folder: Path) -> str:
    path = folder / "model.toml"
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        return f"{document['name']}-{document['version']}"
    except OSError as error:
        raise ModelFileError(f"cannot read {path}: {error.strerror}; {TEACH_AGAIN}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelFileError(f"{path} is not TOML ({error}); {TEACH_AGAIN}") from error
    except KeyError as error:
        raise ModelFileError(f"{path} has no {error}; {TEACH_AGAIN}") from error
