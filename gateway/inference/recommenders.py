"""The intensity and the effect model of this box: which version works, and how another takes its place.

A version is loaded and tried beside the one that works, and exchanged by one assignment: whoever holds the
old one goes on with it.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from gateway.durations import Durations
from gateway.health import Health
from gateway.inference.contracts import EFFECT, INTENSITY, Contract
from gateway.inference.errors import NotServed
from gateway.inference.tensors import Tensors
from gateway.inference.witnesses import Answered, Witness, Witnesses
from gateway.redaction import shorten_paths
from provisioning.rollback import previous_path
from recommender import effect, intensity
from recommender.effect import EffectModel
from recommender.intensity import IntensityModel
from recommender.onnx_model import ModelRefused

_log = logging.getLogger(__name__)

RUNTIME: Final = "onnx"
PACKAGED: Final = intensity.PACKAGED.parent
"""The folder of the models that came with the program."""
_LOAD_BOUNDS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_INFERENCE_BOUNDS_S: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1)

Model = TypeVar("Model", IntensityModel, EffectModel)


class VersionRefused(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """A version of a model cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class ServedModel:
    """One version of a model, ready to be asked; any number of threads may share it.

    Attributes:
        name: of the model.
        model: what the recommender makes plans with.
        contract: what it takes and gives.
    """

    name: str
    model: IntensityModel | EffectModel
    contract: Contract

    @property
    def version(self) -> str:
        """As its folder says."""
        return self.model.version

    def infer(self, inputs: Tensors) -> Tensors:
        """Return the outputs, by name, of a batch of inputs that keep the contract.

        Raises:
            FloatingPointError: the model says what is no number.
        """
        if isinstance(self.model, IntensityModel):
            said = self.model.predict(inputs["features"], inputs["imputed"])
        else:
            said = self.model.predict(
                inputs["features"], inputs["imputed"], inputs["workout_type"], inputs["prescription"]
            )
        if not np.isfinite(said).all():
            raise FloatingPointError(f"{self.name} {self.version} says what is no number")
        return {self.contract.outputs[0].name: said}


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the two models.

    Attributes:
        contract: what it takes and gives.
        load: makes one of a folder.
        without: what happens where none can be used.
    """

    contract: Contract
    load: Callable[[Path], IntensityModel | EffectModel]
    without: str


_KINDS: Final[Mapping[str, _Kind]] = {
    intensity.NAME: _Kind(INTENSITY, intensity.load, "plans follow the rules alone"),
    effect.NAME: _Kind(EFFECT, effect.load, "plans take the kind of workout that is most overdue"),
}


@dataclass(frozen=True, slots=True)
class _Measured:
    """A model's session of onnxruntime that notes how long it takes, whoever asks, and tells of it."""

    session: Any
    name: str
    version: str
    durations: Durations
    witnesses: Witnesses

    def run(self, outputs: Any, inputs: Tensors) -> Any:
        begun_s, said = time.perf_counter(), None
        try:
            said = self.session.run(outputs, inputs)
        finally:
            duration_s = time.perf_counter() - begun_s
            self.durations.add(self.name, duration_s)
            answer = None if said is None else said[0]
            self.witnesses.tell(Answered(self.name, self.version, inputs, answer, duration_s))
        return said


class Recommenders:
    """What makes plans, and what the Open Inference Protocol serves: the same objects."""

    names: Final = tuple(_KINDS)

    def __init__(self, *, models_dir: Path, health: Health) -> None:
        self._models_dir = models_dir
        self._health = health
        self._served: dict[str, tuple[ServedModel, ...]] = {}
        self._trouble: dict[str, str] = {}
        self._witnesses = Witnesses()
        self.load_times = Durations(_LOAD_BOUNDS_S)
        self.inference_times = Durations(_INFERENCE_BOUNDS_S)

    @property
    def intensity(self) -> IntensityModel | None:
        """The intensity model that works now; None when none can be used."""
        return self._current(intensity.NAME, IntensityModel)

    @property
    def effect(self) -> EffectModel | None:
        """The effect model that works now; None when none can be used."""
        return self._current(effect.NAME, EffectModel)

    def load(self) -> None:
        """Load the gym's own models, or the packaged one where it has none or a broken one. Blocks."""
        for name in self.names:
            try:
                self.take(name)
            except VersionRefused as error:
                self._fall_back(name, str(error))

    def take(self, name: str) -> str:
        """Take the version that lies in the model's folder now, or the packaged one without a folder.

        Blocks; returns the version. What works goes on when the new one is refused.

        Raises:
            VersionRefused: damaged, another model's, or it fails its trial.
        """
        own = self._models_dir / name
        current = self._load(name, own if own.is_dir() else PACKAGED / name)
        self._serve(name, current, trouble="")
        return current.version

    def load_beside(self, name: str, folder: Path) -> ServedModel:
        """Load a version that is not to be served, from a folder anywhere. Blocks.

        Raises:
            VersionRefused: damaged, another model's, or it fails its trial.
        """
        return self._load(name, folder, measured=False)

    def watch(self, witness: Witness) -> Callable[[], None]:
        """Tell a witness of every question to a served model from now on; returns what ends that."""
        return self._witnesses.add(witness)

    def serving(self, name: str) -> tuple[ServedModel, ...]:
        """The versions of a model that can be asked: the one that works, then the one before it.

        Raises:
            NotServed: there is no such model, or none of its versions can be used.
        """
        if served := self._served.get(name):
            return served
        if name in self.names:
            why = shorten_paths(self._trouble.get(name) or "it is being loaded")
            raise NotServed(f"The model {name} cannot be used: {why}.")
        raise NotServed(f"There is no model {name[:64]}, only {', '.join(self.names)}.")

    def find(self, name: str, version: str | None) -> ServedModel:
        """The version that was asked for, or without one the one that works.

        Raises:
            NotServed: it is not there.
        """
        served = self.serving(name)
        for each in served:
            if version in {None, each.version}:
                return each
        there = ", ".join(each.version for each in served)
        raise NotServed(f"The model {name} has no version {version}, only {there}.")

    def running(self) -> dict[str, tuple[str, str]]:
        """Version and runtime of the models that work now, by name."""
        return {name: (served[0].version, RUNTIME) for name, served in self._served.items()}

    def trouble(self, name: str) -> str:
        """Why the gym's own model, or any, is not used; empty when all is well."""
        return self._trouble.get(name, "")

    def _current(self, name: str, kind: type[Model]) -> Model | None:
        served = self._served.get(name)
        model = served[0].model if served else None
        return model if isinstance(model, kind) else None

    def _fall_back(self, name: str, reason: str) -> None:
        if (self._models_dir / name).is_dir():
            try:
                current = self._load(name, PACKAGED / name)
            except VersionRefused as error:
                reason = f"{reason}; nor can the packaged one: {error}"
            else:
                self._serve(name, current, trouble=f"{reason}; the packaged {name} model is used instead")
                return
        self._tell(name, f"{reason}; {_KINDS[name].without}")

    def _serve(self, name: str, current: ServedModel, *, trouble: str) -> None:
        versions = [current]
        kept = previous_path(self._models_dir / name)
        if kept.is_dir():
            try:
                before = self._load(name, kept)
            except VersionRefused as error:
                _log.warning("model %s: the version before cannot be served: %s", name, error)
            else:
                versions += [before] if before.version != current.version else []
        self._served = {**self._served, name: tuple(versions)}
        self._tell(name, trouble)

    def _tell(self, name: str, trouble: str) -> None:
        self._trouble[name] = trouble
        self._health.set(f"recommender:{name}", "degraded" if trouble else "ok", trouble)

    def _load(self, name: str, path: Path, *, measured: bool = True) -> ServedModel:
        kind = _KINDS[name]
        try:
            with self.load_times.measured(name):
                model = kind.load(path)
        except (ModelRefused, ImportError, OSError) as error:  # without onnxruntime there are still the rules
            raise VersionRefused(str(error)) from error
        if measured:
            session = _Measured(
                model.model.session, name, model.version, self.inference_times, self._witnesses
            )
            model = replace(model, model=replace(model.model, session=session))
        return ServedModel(name, model, kind.contract)
