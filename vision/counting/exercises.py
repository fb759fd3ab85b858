"""The catalogue of exercises that can be counted."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args

from vision.counting.carried import HandsLoaded, Hanging, OnTwoFeet, SplitStance
from vision.counting.form import FormStandard, Half
from vision.counting.lifted import FeetSpread, LegsAtRest, UpperArmsStill
from vision.counting.limbs import Limb
from vision.counting.phase import PhaseSettings, Symbol
from vision.counting.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vision.counting.posture import PostureRule
    from vision.counting.reps import RepKind

POSTURES: Mapping[str, PostureRule] = MappingProxyType(
    {
        "hands_loaded": HandsLoaded(),
        "on_two_feet": OnTwoFeet(),
        "split_stance": SplitStance(),
        "hanging": Hanging(),
        "upper_arms_still": UpperArmsStill(),
        "feet_spread": FeetSpread(),
        "legs_at_rest": LegsAtRest(),
    }
)
KNOWN_EXERCISES = ("pushup", "squat", "situp", "pullup", "lunge", "curl", "jumping_jack")
"""Names that plans and stations may use."""


SHORTEST_PATTERN = 2
"""A rep is told by its descent and its return (see `vision.counting.reps`)."""


class UnknownExerciseError(ValueError):
    """An exercise that this version cannot count."""


class CatalogueError(ValueError):
    """The catalogue of exercises is wrong."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """How one exercise is counted."""

    name: str
    limb: Limb
    posture: PostureRule
    phase: PhaseSettings
    patterns: Mapping[RepKind, tuple[tuple[Symbol, ...], ...]]
    signal: Signal = "reach"
    form: FormStandard = field(default_factory=FormStandard)


def _symbols(name: str, pattern: str) -> tuple[Symbol, ...]:
    known: dict[str, Symbol] = {symbol: symbol for symbol in get_args(Symbol)}
    try:
        symbols = tuple(known[letter] for letter in pattern.split())
    except KeyError as error:
        raise CatalogueError(f"{name}: pattern {pattern!r} has an unknown symbol {error}") from error
    if len(symbols) < SHORTEST_PATTERN:
        raise CatalogueError(f"{name}: pattern {pattern!r} needs a way there and a way back")
    return symbols


def _form(name: str, table: Mapping[str, Any]) -> FormStandard:
    if table.get("eccentric") not in {None, *get_args(Half)}:
        raise CatalogueError(f"{name}: [form] eccentric must be one of {get_args(Half)}")
    try:
        return FormStandard(**table)
    except TypeError as error:
        raise CatalogueError(f"{name}: [form] {error}") from error


def parse(text: str) -> dict[str, Exercise]:
    """Read a catalogue.

    Raises:
        CatalogueError: it is not valid; says which exercise and why.
    """
    exercises = {}
    for name, table in tomllib.loads(text).items():
        if table.get("limb") not in get_args(Limb) or table.get("posture") not in POSTURES:
            raise CatalogueError(
                f"{name}: limb must be one of {get_args(Limb)}, posture one of {tuple(POSTURES)}"
            )
        signal = table.get("signal", "reach")
        if signal not in get_args(Signal):
            raise CatalogueError(f"{name}: signal must be one of {get_args(Signal)}")
        try:
            phase = PhaseSettings(**table.get("phase", {}))
        except TypeError as error:
            raise CatalogueError(f"{name}: [phase] {error}") from error
        patterns: dict[RepKind, tuple[tuple[Symbol, ...], ...]] = {
            "full": tuple(_symbols(name, pattern) for pattern in table.get("full", [])),
            "partial": tuple(_symbols(name, pattern) for pattern in table.get("partial", [])),
        }
        if not patterns["full"]:
            raise CatalogueError(f"{name}: no pattern for a full rep")
        exercises[name] = Exercise(
            name,
            table["limb"],
            POSTURES[table["posture"]],
            phase,
            MappingProxyType(patterns),
            signal,
            _form(name, table.get("form", {})),
        )
    return exercises


@cache
def catalogue() -> Mapping[str, Exercise]:
    """The exercises that this version counts."""
    text = resources.files("vision.counting").joinpath("exercises.toml").read_text(encoding="utf-8")
    return MappingProxyType(parse(text))


def find(name: str) -> Exercise:
    """The exercise of this name.

    Raises:
        UnknownExerciseError: this version does not count it; says what it does count.
    """
    exercises = catalogue()
    if name in exercises:
        return exercises[name]
    choices = ", ".join(exercises)
    raise UnknownExerciseError(f"unknown exercise {name!r}: choose from {choices}")
