"""One line of the doctor's report."""

from dataclasses import dataclass

from gateway.health import State


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part is, why, and what a person can do about it."""

    part: str
    state: State
    reason: str
    fix: str = ""
