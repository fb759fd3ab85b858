"""What driving a machine brings about: octets to write, a link made anew, what became of a command."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from devices.codecs.control_point import Result
from devices.control.command import Command

OutcomeName = Literal[
    "sent", "done", "refused", "failed", "expired", "timed_out", "unreachable", "superseded"
]

RESULTS: Final[Mapping[Result, str]] = MappingProxyType(
    {
        Result.NOT_SUPPORTED: "The machine cannot do this.",
        Result.INVALID_PARAMETER: "The machine does not take this value.",
        Result.FAILED: "The machine could not do it; it may stand in the wrong state.",
        Result.NOT_PERMITTED: "The machine does not let itself be controlled now; press START on it.",
    }
)


@dataclass(frozen=True, slots=True)
class Write:
    """Write these octets to the control point; a broker may forget them after `expires_after_s`."""

    payload: bytes
    expires_after_s: int


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Have the bridge leave the machine and connect anew."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command. After `sent` another one follows, every other is the last.

    `rule` is the number of the rule that refused it, `value` the target that was sent.
    """

    command: Command
    outcome: OutcomeName
    reason: str = ""
    rule: int | None = None
    value: float | None = None


Effect = Write | Reconnect | Outcome
