"""Whether a command may reach a machine: the rules, pure, with time as an argument (monotonic seconds).

The numbers are those of `docs/explanation/safety.md`, which tells all twelve in words. Three are not decided
here: rule 8 (nothing is replayed after a timeout) and rule 9 (one controller, released at the end) are
procedures and stand in `devices.control.procedures`; rule 12 (safety key and stop switch are never emulated)
holds because nothing in the box could: a stop asks the machine's own firmware, and only the machine's own
word undoes a pulled key (`devices.control.facts`).
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from devices.codecs.ranges import Range
from devices.control.command import Command, Quantity, SetTarget, Start, Stop
from devices.control.facts import MachineFacts

CONFIRMATION_S: Final = 10.0
MAX_REMEMBERED: Final = 4096

# Of the wire; taken where a machine names no step of its own.
_RESOLUTION: Final[Mapping[Quantity, float]] = MappingProxyType(
    {"speed_kmh": 0.01, "incline_percent": 0.1, "resistance_level": 0.1, "power_w": 1.0}
)
_WORDS: Final[Mapping[Quantity, tuple[str, str]]] = MappingProxyType(
    {
        "speed_kmh": ("speed", " km/h"),
        "incline_percent": ("incline", " %"),
        "resistance_level": ("resistance", ""),
        "power_w": ("power", " W"),
    }
)
_NOISE: Final = 0.1  # a belt that is told 8.0 and measures 8.03 is there
_SAME: Final = 1e-6  # what floating point may add to a number of steps, km/h or percent


@dataclass(frozen=True, slots=True)
class Ramp:
    """How far a target may move: in one command, and for each second since the one before."""

    raise_per_command: float
    raise_per_s: float
    lower_per_command: float
    lower_per_s: float


# What a motor moves under a person. Against resistance or power, a rider simply stops pedalling.
RAMPS: Final[Mapping[Quantity, Ramp]] = MappingProxyType(
    {"speed_kmh": Ramp(2.0, 0.5, 4.0, 1.0), "incline_percent": Ramp(2.0, 1.0, 4.0, 2.0)}
)


@dataclass(frozen=True, slots=True)
class SafetySettings:
    """What the operator allows: control at all (off by default), and the highest value of each quantity."""

    enabled: bool = False
    limits: Mapping[Quantity, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The command may be sent now; `value` is the target after clamping, None for a command without one."""

    value: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The command must not be sent. `rule` is its number, `reason` for the person who tried."""

    rule: int
    reason: str


Verdict = Allowed | Refused


class Safety:
    """The rules of one machine over what is known of it."""

    def __init__(self, settings: SafetySettings, facts: MachineFacts) -> None:
        self.settings = settings
        self.facts = facts
        self._seen: OrderedDict[str, None] = OrderedDict()

    def admit(self, command: Command, now_s: float) -> Verdict:
        """Judge a command that has just come in."""
        if isinstance(command, Stop):
            return Allowed()
        return self._rule_6_never_seen_before(command) or self.judge(command, now_s)

    def judge(self, command: Command, now_s: float) -> Verdict:
        """Judge a command at the moment at which it would be sent."""
        if isinstance(command, Stop):
            return Allowed()  # rule 3: always, from anyone, as often as they like
        self.facts.notice_silence(now_s)
        for rule in _RULES_OF_EVERY_COMMAND:
            if refused := rule(self, command, now_s):
                return refused
        if isinstance(command, Start):
            return _rule_2_a_person_is_there(self, "starting the machine", now_s) or Allowed()
        value = _rule_4_clamped(self, command)
        if isinstance(value, Refused):
            return value
        for target_rule in _RULES_OF_TARGETS:
            if refused := target_rule(self, command, value, now_s):
                return refused
        return Allowed(value)

    def towards(self, quantity: Quantity, wanted: float, now_s: float) -> float | None:
        """The target nearest to `wanted` that ramp and ranges allow now; None when there is none to send.

        For the box's own wishes: a value between two of the machine's steps gives the one that changes less.
        """
        supported, limit = self.facts.ranges.get(quantity), self.settings.limits.get(quantity)
        known = self.facts.known(quantity, now_s)
        at = known[-1] if known else self.facts.told(quantity)
        if supported is None or limit is None or (at is None and quantity in RAMPS):
            return None
        step = self.step(quantity)
        if at is not None and abs(wanted - at) <= max(step, _NOISE) / 2 + _SAME:
            return None
        low, high = _reach(self, quantity, known, now_s)
        steps = (min(max(wanted, low), high) - supported.minimum) / step
        whole = math.floor(steps + _SAME) if at is None or wanted > at else math.ceil(steps - _SAME)
        value = supported.minimum + min(max(whole, 0), _highest_step(supported, limit, step)) * step
        reachable = low - _SAME <= value <= high + _SAME
        return value if reachable and (at is None or abs(value - at) > _SAME) else None

    def step(self, quantity: Quantity) -> float:
        """The machine's own increment of a quantity."""
        supported = self.facts.ranges.get(quantity)
        return (supported.increment if supported else 0.0) or _RESOLUTION[quantity]

    def _rule_6_never_seen_before(self, command: Start | SetTarget) -> Refused | None:
        if command.id in self._seen:
            return Refused(6, f"The command {command.id} was sent before. Send a new one with a new id.")
        self._seen[command.id] = None
        if len(self._seen) > MAX_REMEMBERED:
            self._seen.popitem(last=False)
        return None


def _rule_1_control_is_enabled(safety: Safety, _command: Start | SetTarget, _now_s: float) -> Refused | None:
    if safety.settings.enabled:
        return None
    return Refused(1, "The operator has not given the box control of this machine.")


def _rule_6_in_time(_safety: Safety, command: Start | SetTarget, now_s: float) -> Refused | None:
    if now_s < command.expires_s:
        return None
    return Refused(6, f"The command came {now_s - command.expires_s:.1f} s after it had expired.")


def _rule_6_of_this_session(safety: Safety, command: Start | SetTarget, _now_s: float) -> Refused | None:
    if safety.facts.session_id is None:
        return Refused(6, "Nobody is checked in at this machine.")
    if safety.facts.session_id != command.session_id:
        return Refused(6, "The command belongs to another session than the one that runs at this machine.")
    return None


def _rule_7_yields(safety: Safety, _command: Start | SetTarget, now_s: float) -> Refused | None:
    facts = safety.facts
    if (why := facts.why_held) is not None:
        return Refused(7, why)
    if not facts.linked:
        return Refused(7, "The link to the machine is down.")
    if not facts.heard(now_s):
        return Refused(7, "The machine does not tell what it is doing.")
    return None


def _rule_2_a_person_is_there(safety: Safety, what: str, now_s: float) -> Refused | None:
    if safety.facts.since_confirmed_s(now_s) <= CONFIRMATION_S:
        return None
    return Refused(
        2,
        f"No {what} without a person: confirm on the kiosk or press START on the machine, "
        f"at most {CONFIRMATION_S:g} s before.",
    )


def _rule_2_belt_is_not_set_in_motion(
    safety: Safety, command: SetTarget, _value: float, now_s: float
) -> Refused | None:
    """A speed for a belt at rest is a start by another name."""
    if command.quantity != "speed_kmh" or (safety.facts.measured("speed_kmh", now_s) or 0.0) > 0.0:
        return None
    return _rule_2_a_person_is_there(safety, "moving a belt at rest", now_s)


def _rule_4_clamped(safety: Safety, command: SetTarget) -> float | Refused:
    """The value within the machine's range and the operator's limit, both on the machine's own steps."""
    word, unit = _WORDS[command.quantity]
    supported = safety.facts.ranges.get(command.quantity)
    limit = safety.settings.limits.get(command.quantity)
    if supported is None:
        return Refused(4, f"The machine has not told which {word} it takes.")
    if limit is None:
        return Refused(4, f"The operator has set no limit of the {word}, so that the box does not set it.")
    if command.quantity == "speed_kmh" and command.value <= 0.0:
        return Refused(4, "A target speed is above 0 km/h. To bring the belt to rest, send a stop.")
    step = safety.step(command.quantity)
    steps = (command.value - supported.minimum) / step
    if not math.isfinite(steps) or abs(steps - round(steps)) * step > _SAME:
        return Refused(4, f"The machine takes {word} in steps of {step:g}{unit}; {command.value:g} is none.")
    highest = _highest_step(supported, limit, step)
    if highest < 0:
        return Refused(4, f"The operator's limit of {limit:g}{unit} is below what the machine can do at all.")
    return supported.minimum + min(max(round(steps), 0), highest) * step


def _highest_step(supported: Range, limit: float, step: float) -> int:
    return math.floor((min(limit, supported.maximum) - supported.minimum) / step + _SAME)


def _rule_5_ramps(safety: Safety, command: SetTarget, value: float, now_s: float) -> Refused | None:
    if command.quantity not in RAMPS:
        return None
    word, unit = _WORDS[command.quantity]
    known = safety.facts.known(command.quantity, now_s)
    if safety.facts.measured(command.quantity, now_s) is None:
        return Refused(5, f"The machine does not tell its {word}, so nobody knows how far a change would be.")
    low, high = _reach(safety, command.quantity, known, now_s)
    if value > high + _SAME:
        return Refused(5, f"{value:g}{unit} is too far up at once; {high:.2f}{unit} is possible now.")
    if value < low - _SAME:
        return Refused(5, f"{value:g}{unit} is too far down at once; {low:.2f}{unit} is possible now.")
    return None


def _rule_10_blind_heart_rate_only_lowers(
    safety: Safety, command: SetTarget, value: float, now_s: float
) -> Refused | None:
    facts = safety.facts
    if not facts.heart_rate_mode or facts.heart_rate_heard(now_s) or _lowers(facts, command, value, now_s):
        return None
    return Refused(10, "The heart rate is not heard; until it is, targets that follow it only go down.")


def _rule_11_alarms_only_lower(
    safety: Safety, command: SetTarget, value: float, now_s: float
) -> Refused | None:
    if command.source != "alarm" or _lowers(safety.facts, command, value, now_s):
        return None
    return Refused(11, "An alarm may lower or stop, never raise.")


def _lowers(facts: MachineFacts, command: SetTarget, value: float, now_s: float) -> bool:
    known = facts.known(command.quantity, now_s)
    return bool(known) and value <= min(known) + _SAME


def _reach(safety: Safety, quantity: Quantity, known: tuple[float, ...], now_s: float) -> tuple[float, float]:
    """Lowest and highest target that the ramp allows now, seen from all that is known."""
    ramp = RAMPS.get(quantity)
    if ramp is None:
        return -math.inf, math.inf
    up = min(ramp.raise_per_command, ramp.raise_per_s * safety.facts.since_raised_s(quantity, now_s))
    down = min(ramp.lower_per_command, ramp.lower_per_s * safety.facts.since_lowered_s(quantity, now_s))
    return max(known) - down, min(known) + up


_RULES_OF_EVERY_COMMAND: Final[tuple[Callable[[Safety, Start | SetTarget, float], Refused | None], ...]] = (
    _rule_1_control_is_enabled,
    _rule_6_in_time,
    _rule_6_of_this_session,
    _rule_7_yields,
)
_RULES_OF_TARGETS: Final[tuple[Callable[[Safety, SetTarget, float, float], Refused | None], ...]] = (
    _rule_2_belt_is_not_set_in_motion,
    _rule_10_blind_heart_rate_only_lowers,
    _rule_11_alarms_only_lower,
    _rule_5_ramps,
)
