"""Profiles: what the box has to know of a kind of device, one TOML file each."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Final, Literal, Self

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from devices.codecs import CODECS
from devices.dialects.topic_pattern import PatternInvalid, TopicPattern
from devices.dialects.units import UnitUnknown, conversion
from devices.reading import Metric

Kind = Literal[
    "treadmill",
    "cross_trainer",
    "step_climber",
    "stair_climber",
    "rower",
    "bike",
    "heart_rate",
    "machine",  # it says itself what it is, or nobody has to know
]
Target = Literal["speed_kmh", "incline_percent", "resistance_level", "power_w"]

DEFAULT_STALE_AFTER_S: Final = 4.0
# Machines notify about once a second, bands as often; four times a second is the most that was seen.
DEFAULT_MESSAGES_PER_S: Final = 20.0

SUFFIX: Final = ".toml"

_WORDS: Final = {
    "extra_forbidden": "is not a key of a profile",
    "missing": "is missing",
    "model_type": "must be a JMESPath in quotes, or a table with path, unit and scale",
}

_Uuid16 = Annotated[str, Field(pattern=r"^[0-9a-f]{4}$", description="four lower-case hex digits")]


class ProfileInvalid(ValueError):  # noqa: N818 - reads as what it says
    """A profile file cannot be used; the text says which file, which key and why."""


def _compilable(path: str) -> str:
    try:
        jmespath.compile(path)
    except JMESPathError as error:
        reason = str(error).splitlines()[0].removesuffix(", for expression:")
        raise ValueError(f"{path!r} is no JMESPath: {reason}") from error
    return path


def _as_table(rule: Any) -> Any:
    """Take a bare path for a rule that has nothing else to say."""
    return {"path": rule} if isinstance(rule, str) else rule


def _topic(text: str) -> str:
    try:
        TopicPattern(text)
    except PatternInvalid as error:
        raise ValueError(str(error)) from error
    return text


JmesPath = Annotated[str, AfterValidator(_compilable)]
Topic = Annotated[str, AfterValidator(_topic)]
Range = Annotated[tuple[float, float], Field(description="least and most")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Ble(_Part):
    """A GATT characteristic that notifies, relayed by a bridge."""

    service: _Uuid16
    characteristic: _Uuid16

    @model_validator(mode="after")
    def _can_be_decoded(self) -> Self:
        if self.characteristic not in CODECS:
            raise ValueError(f"nobody decodes {self.characteristic}; there are {', '.join(sorted(CODECS))}")
        return self


class Rule(_Part):
    """Where in a message a value stands (JMESPath) and its unit; `scale` is multiplied in before that."""

    path: JmesPath
    unit: str | None = None
    scale: float = 1.0


class MessageRule(_Part):
    """One kind of message: on which topic it comes, and what it says."""

    topic: Topic
    readings: Mapping[Metric, Annotated[Rule, BeforeValidator(_as_table)]] = {}
    rssi_dbm: JmesPath | None = None
    firmware: JmesPath | None = None
    measured_at_ms: JmesPath | None = None

    @model_validator(mode="after")
    def _units_exist(self) -> Self:
        for metric, rule in self.readings.items():
            if rule.unit is not None:
                try:
                    conversion(metric, rule.unit)
                except UnitUnknown as error:
                    raise ValueError(str(error)) from error
        return self


class Availability(_Part):
    """A topic, usually retained, on which a device or its last will says whether it is there."""

    topic: Topic
    online: str = "online"
    offline: str = "offline"


class Homie(_Part):
    """The Homie 5 convention: devices describe themselves.

    `properties` adds names (`<node>/<property>` or `<property>`) to those that are understood anyway.
    """

    domain: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] = "homie"
    properties: Mapping[str, Metric] = {}


class Control(_Part):
    """What the box may set, if the gym allows it, and how it says so."""

    via: Literal["ftms"]
    targets: Annotated[frozenset[Target], Field(min_length=1)]


class Profile(_Part):
    """One kind of device: what it is and how its words are understood.

    A value that was not renewed for `stale_after_s` is unknown; with `on_change` a device that is there need
    not repeat what has not changed. `ranges` are what this model can do at all: numbers beyond are faults.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Annotated[str, Field(min_length=1)]
    kind: Kind
    stale_after_s: Annotated[float, Field(gt=0, le=3600)] = DEFAULT_STALE_AFTER_S
    lost_after_s: Annotated[float, Field(gt=0, le=86400)] = 15.0
    on_change: bool = False
    discover: bool = False
    max_messages_per_s: Annotated[float, Field(gt=0, le=10_000)] = DEFAULT_MESSAGES_PER_S
    ranges: Mapping[Metric, Range] = {}
    ble: Ble | None = None
    homie: Homie | None = None
    messages: tuple[MessageRule, ...] = Field(default=(), alias="message")
    availability: Availability | None = None
    control: Control | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        spoken = [self.ble is not None, self.homie is not None, bool(self.messages)]
        if sum(spoken) != 1:
            raise ValueError("needs exactly one of [ble], [homie] and [[message]]: how does it speak?")
        if self.availability is not None and not self.messages:
            raise ValueError("availability belongs to [[message]]; the others tell by themselves")
        if self.lost_after_s < self.stale_after_s:
            raise ValueError("lost_after_s must not be shorter than stale_after_s")
        for metric, (low, high) in self.ranges.items():
            if low >= high:
                raise ValueError(f"ranges.{metric}: {low:g} is not less than {high:g}")
        return self

    @model_validator(mode="after")
    def _can_be_discovered(self) -> Self:
        if self.discover:
            for text in self.topics:
                if not TopicPattern(text).can_discover:
                    raise ValueError(f"discover needs {{address}} to be a whole level of {text!r}")
        return self

    @model_validator(mode="after")
    def _control_fits(self) -> Self:
        if self.control is not None and self.ble is None:
            raise ValueError("control goes over a machine's Control Point; it needs [ble]")
        return self

    @property
    def topics(self) -> tuple[str, ...]:
        """The topic patterns of its messages; where it says whether it is there comes first."""
        first = () if self.availability is None else (self.availability.topic,)
        return first + tuple(message.topic for message in self.messages)


def parse_profile(text: str, source: str) -> Profile:
    """Read one profile; `source` names it in an error.

    Raises:
        ProfileInvalid: not TOML, an unknown or missing key, or a value out of range.
    """
    try:
        return Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ProfileInvalid(f"{source}: not TOML: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{_key(each['loc'])}: {_reason(each)}" for each in error.errors())
        raise ProfileInvalid(f"{source}: {faults}") from error


def load_profiles(extra: Iterable[Traversable] = ()) -> Mapping[str, Profile]:
    """The shipped profiles and those of further files, by name; a later file replaces an earlier one.

    Raises:
        ProfileInvalid: a file cannot be used.
    """
    profiles = (*_shipped(), *(read_profile(file) for file in sorted(extra, key=_name)))
    return {profile.name: profile for profile in profiles}


def read_profile(file: Traversable) -> Profile:
    """Read one profile file.

    Raises:
        ProfileInvalid: it cannot be read or used.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ProfileInvalid(f"{file.name}: is not UTF-8 text") from error
    except OSError as error:
        raise ProfileInvalid(f"{file.name}: cannot be read: {error.strerror or error}") from error
    return parse_profile(text, file.name)


@cache
def _shipped() -> tuple[Profile, ...]:
    """They are part of the package and do not change while it runs."""
    folder = resources.files("devices") / "profiles"
    files = [file for file in folder.iterdir() if file.name.endswith(SUFFIX)]
    return tuple(read_profile(file) for file in sorted(files, key=_name))


def _name(file: Traversable) -> str:
    return file.name


def _key(path: tuple[int | str, ...]) -> str:
    """Write a key path as people do: `message[0].topic`."""
    steps = [step for step in path if step != "[key]"]
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.lstrip(".") or "profile"


def _reason(error: ErrorDetails) -> str:
    """Say in plain words what is wrong, and what was probably meant."""
    reason = _WORDS.get(error["type"], error["msg"].removeprefix("Value error, ").removeprefix("Input "))
    if error["type"] == "literal_error":
        expected = error["ctx"]["expected"]
        reason = f"must be one of {expected}"
        meant = difflib.get_close_matches(str(error["input"]), re.findall(r"'([^']+)'", expected), n=1)
        reason += f" (did you mean {meant[0]!r}?)" if meant else ""
    return reason
