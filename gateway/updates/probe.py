"""Is a version any good: what its makers say that it answers, what nobody may answer, and how long it takes.

The questions are the release's own golden inputs, whose answers are signed with it, and made-up ones from all
over the range of the inputs: a network that gives what is no number, or what no workout can be, is found out
before any member meets it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.inference.recommenders import ServedModel
from gateway.inference.tensors import DTYPES, Tensors
from recommender import effect, intensity

Answer = NDArray[np.floating[Any]]
_QUESTIONS: Final = 64
_SEED: Final = 20_261
_ROUNDS: Final = 15
# Of what takes less than this, a multiple says nothing.
_SLOW_S: Final = 0.005
_MOST_TIMES: Final = 3.0
_MORE_CLAMPED: Final = 0.25
_LEAST_SPREAD: Final = 0.1
_RELATIVE: Final = 1e-3


class ProbeFailed(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """A version is no good; the text says what it does wrong."""


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """What the numbers of an answer are, and between what they mean anything; beyond, they are cut off."""

    names: tuple[str, ...]
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]

    def clipped(self, answer: Answer) -> Answer:
        """What members would meet."""
        return np.clip(answer, self.lowest, self.highest)

    def clamped(self, answer: Answer) -> int:
        """Rows of which something lies at a limit or beyond: many networks cut off by themselves."""
        return int(((answer <= self.lowest) | (answer >= self.highest)).any(axis=1).sum())


FORMS: Final[Mapping[str, AnswerForm]] = {
    intensity.NAME: AnswerForm(("duration_minutes", "intensity_score"), intensity.LOWEST, intensity.HIGHEST),
    effect.NAME: AnswerForm(("training_effect", "completion", "rpe"), effect.LOWEST, effect.HIGHEST),
}


class Golden(BaseModel):
    """Questions, and what the release's makers got for an answer where they tried it."""

    model_config = ConfigDict(frozen=True)

    inputs: dict[str, list[Any]] = Field(min_length=1)
    output: list[list[float]] = Field(min_length=1, max_length=256)
    tolerance: float = Field(default=1e-3, gt=0)


def read_golden(custom: Mapping[str, Any]) -> Golden | None:
    """The golden inputs that a release carries; None when it carries none.

    Raises:
        ProbeFailed: they cannot be read.
    """
    if "golden" not in custom:
        return None
    try:
        return Golden.model_validate(custom["golden"])
    except ValidationError as error:
        raise ProbeFailed(f"its golden inputs cannot be read: {error.error_count()} mistakes") from error


def raw(model: ServedModel, inputs: Tensors) -> Answer:
    """What the network itself says, nothing cut off.

    Raises:
        ProbeFailed: it fails, or gives what is no number.
    """
    try:
        said = np.asarray(model.model.model.run(inputs))
    except Exception as error:  # whatever the runtime raises
        raise ProbeFailed(f"it fails on a question: {type(error).__name__}") from error
    if said.shape != (len(next(iter(inputs.values()))), len(FORMS[model.name].names)):
        raise ProbeFailed(f"its answer has the shape {said.shape}")
    if not np.isfinite(said).all():
        raise ProbeFailed("it answers with what is no number")
    return said


def questions(model: ServedModel, *, rows: int = _QUESTIONS, seed: int = _SEED) -> Tensors:
    """Made-up inputs from all over the range; the same for the same seed."""
    random = np.random.default_rng(seed)
    inputs: dict[str, NDArray[Any]] = {}
    for spec in model.contract.inputs:
        columns = [
            np.round(drawn) if bound.whole else drawn
            for bound in spec.bounds
            for drawn in (random.uniform(bound.low, bound.high, rows),)
        ]
        table = np.stack(columns, axis=1) if spec.row else columns[0]
        inputs[spec.name] = table.astype(DTYPES[spec.datatype])
    return inputs


def prove(
    model: ServedModel,
    before: ServedModel | None,
    golden: Golden | None,
    *,
    now_s: Callable[[], float] = time.perf_counter,
) -> None:
    """Ask a version what it must know. Blocks for a moment.

    Args:
        model: to be judged.
        before: the version that works now, to compare with; None when none does.
        golden: what the release says that it answers.
        now_s: the clock that it is timed with.

    Raises:
        ProbeFailed: it is no good.
    """
    if golden is not None:
        _require_golden(model, golden)
    asked = questions(model)
    share = clamped_share(model, asked)
    if before is None:
        return
    usual = clamped_share(before, asked)
    if share > usual + _MORE_CLAMPED:
        raise ProbeFailed(
            f"{share:.0%} of its answers are at the limits of what can be; before it were {usual:.0%}"
        )
    _require_as_telling(model, before, asked)
    _require_as_fast(model, before, asked, now_s)


def clamped_share(model: ServedModel, asked: Tensors) -> float:
    """How many of its answers would be cut off, as a share. Raises ProbeFailed."""
    said = raw(model, asked)
    return FORMS[model.name].clamped(said) / len(said)


def _require_golden(model: ServedModel, golden: Golden) -> None:
    try:
        inputs = {
            spec.name: np.array(golden.inputs[spec.name], dtype=DTYPES[spec.datatype])
            for spec in model.contract.inputs
        }
    except (KeyError, ValueError, TypeError) as error:
        raise ProbeFailed("its golden inputs are not what it takes") from error
    said, expected = raw(model, inputs), np.array(golden.output)
    if said.shape != expected.shape:
        raise ProbeFailed("its golden answers are not of the form of its answers")
    off = np.abs(said - expected)
    if (off > golden.tolerance + _RELATIVE * np.abs(expected)).any():
        raise ProbeFailed(
            f"it answers its golden inputs otherwise than where it was made, by {off.max():.3g}"
        )


def _require_as_telling(model: ServedModel, before: ServedModel, asked: Tensors) -> None:
    """It must not say nearly the same to everybody."""
    spreads, usual = raw(model, asked).std(axis=0), raw(before, asked).std(axis=0)
    for name, spread, least in zip(FORMS[model.name].names, spreads, _LEAST_SPREAD * usual, strict=True):
        if spread < least:
            raise ProbeFailed(f"its {name} is nearly the same for everybody, whatever it is asked")


def _require_as_fast(
    model: ServedModel, before: ServedModel, asked: Tensors, now_s: Callable[[], float]
) -> None:
    """The best of several rounds, turn by turn: what else the box does meanwhile slows both down alike."""

    def once(each: ServedModel) -> float:
        begun_s = now_s()
        raw(each, asked)
        return now_s() - begun_s

    rounds = [(once(model), once(before)) for _ in range(_ROUNDS)]
    new_s, old_s = (min(each) for each in zip(*rounds, strict=True))
    if new_s > _MOST_TIMES * old_s and new_s - old_s > _SLOW_S:
        raise ProbeFailed(f"it takes {new_s / old_s:.1f} times as long as the version before")
