"""The catalogue of exercises that plans are made of."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recommender.gym import Equipment
from recommender.person import BodyPart, Condition, Level
from recommender.plan import MachineKind

Kind = Literal["warm_up", "mobility", "strength", "cardio"]
Pattern = Literal[
    "squat", "hinge", "lunge", "push", "pull", "carry", "core", "isolation",
    "jump", "locomotion", "mobilise", "stretch", "breathing",
]  # fmt: skip
Muscle = Literal[
    "chest", "shoulders", "upper_back", "biceps", "triceps", "forearms", "core", "lower_back",
    "glutes", "quadriceps", "hamstrings", "adductors", "calves", "hip_flexors",
]  # fmt: skip
Language = Literal["en", "zh"]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Code = Annotated[str, Field(pattern=r"^\d{5}$")]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
STRENGTH_PATTERNS: Final[tuple[Pattern, ...]] = (
    "squat", "push", "hinge", "pull", "lunge", "core", "isolation", "carry",
)  # fmt: skip
"""Large muscle groups first, as ACSM 2009 (progression models in resistance training) orders them."""
SLOWEST_STRENGTH_REP_S: Final = 10.0
"""Slower, and one set would not fit into the shortest workout."""


class CatalogueError(ValueError):
    """The catalogue is wrong; the text names the key and says why."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CompendiumEntry(_Table):
    """One activity of the Compendium of Physical Activities: its energy cost in MET."""

    met: Annotated[float, Field(ge=1.0, le=20.0)]
    activity: Annotated[str, Field(min_length=1)]


class Exercise(_Table):
    """One exercise.

    Attributes:
        id: what plans, records and stations call it.
        name: what a member reads, by language.
        kind: in which part of a workout it stands.
        pattern: the movement; a workout takes one of each before it repeats one.
        primary: muscle groups that it trains; they rest for 48 h afterwards.
        secondary: muscle groups that help.
        equipment: all of it is needed.
        machine: the machine that it is done at.
        level: from which level on.
        compendium: code of the activity that describes it best.
        met: energy cost of that activity, in multiples of rest.
        vision_countable: whether the box counts it by camera.
        seconds_per_rep: of a calm repetition, both sides where there are two; None when it is held.
        not_for_injured: with one of these injured it is never done.
        not_for_conditions: likewise.
    """

    id: Id
    name: dict[Language, Annotated[str, Field(min_length=1)]]
    kind: Kind
    pattern: Pattern
    primary: Annotated[tuple[Muscle, ...], Field(min_length=1)]
    secondary: tuple[Muscle, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    machine: MachineKind | None = None
    level: Level
    compendium: Code
    met: float
    vision_countable: bool = False
    seconds_per_rep: Annotated[float, Field(gt=0.0, le=30.0)] | None = None
    not_for_injured: frozenset[BodyPart] = frozenset()
    not_for_conditions: frozenset[Condition] = frozenset()

    @property
    def taxing(self) -> bool:
        """Whether its muscles need 48 h of rest: strength, and jumps."""
        return self.kind == "strength" or self.pattern == "jump"

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if missing := [language for language in LANGUAGES if language not in self.name]:
            raise ValueError(f"name lacks {', '.join(missing)}")
        if both := sorted(set(self.primary) & set(self.secondary)):
            raise ValueError(f"{', '.join(both)} cannot be primary and secondary at once")
        if self.machine is not None and (self.kind != "cardio" or self.seconds_per_rep is not None):
            raise ValueError("an exercise at a machine is held cardio: its repetitions are not counted")
        if self.kind == "strength" and self.pattern not in STRENGTH_PATTERNS:
            raise ValueError(f"pattern of a strength exercise is one of {', '.join(STRENGTH_PATTERNS)}")
        if self.kind == "strength" and (self.seconds_per_rep or 0.0) > SLOWEST_STRENGTH_REP_S:
            raise ValueError(f"seconds_per_rep of a strength exercise is at most {SLOWEST_STRENGTH_REP_S:g}")
        if self.vision_countable and self.seconds_per_rep is None:
            raise ValueError("what the camera counts needs seconds_per_rep")
        return self


class _File(_Table):
    compendium: dict[Code, CompendiumEntry]
    exercises: dict[Id, dict[str, Any]]


def parse(text: str) -> dict[str, Exercise]:
    """Read a catalogue; what an exercise costs comes from its entry of the Compendium.

    Raises:
        CatalogueError: it is no TOML, or a key is missing, unknown or wrong.
    """
    try:
        file = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"the catalogue of exercises is no TOML: {error}") from error
    except ValidationError as error:
        raise CatalogueError(_first_fault(error)) from error
    return {name: _exercise(name, table, file.compendium) for name, table in file.exercises.items()}


def _exercise(name: str, table: Mapping[str, Any], compendium: Mapping[str, CompendiumEntry]) -> Exercise:
    if given := {"id", "met"} & table.keys():
        raise CatalogueError(f"exercises.{name}.{min(given)}: follows from the rest; leave it out")
    code = table.get("compendium")
    entry = compendium.get(code) if isinstance(code, str) else None
    if entry is None:
        raise CatalogueError(f"exercises.{name}.compendium: {code!r} is no code that [compendium] knows")
    try:
        return Exercise.model_validate({**table, "id": name, "met": entry.met})
    except ValidationError as error:
        raise CatalogueError(_first_fault(error, "exercises", name)) from error


def _first_fault(error: ValidationError, *path: str) -> str:
    fault = error.errors()[0]
    return f"{'.'.join((*path, *map(str, fault['loc'])))}: {fault['msg']}"


@cache
def catalogue() -> Mapping[str, Exercise]:
    """Every exercise that plans may use, by id."""
    text = resources.files("recommender.composing").joinpath("exercises.toml").read_text(encoding="utf-8")
    return MappingProxyType(parse(text))
