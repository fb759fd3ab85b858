"""One machine that may be commanded: its rules, the plan that it follows, and who asked for what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from devices.control.command import Command, Quantity, SetTarget, Start, Stop
from devices.control.following import Follower
from devices.control.procedures import MachineControl

if TYPE_CHECKING:
    import asyncio

    from devices.control.effects import Outcome
    from gateway.commands.plans import PlanStep
    from gateway.sessions.active import ActiveSession

NAMES: Final[Mapping[Quantity, str]] = {
    "speed_kmh": "set_speed",
    "incline_percent": "set_incline",
    "resistance_level": "set_resistance",
    "power_w": "set_power",
}


@dataclass(slots=True)
class Asked:
    """Who asked for a command, who waits for its outcome, and what is known of it until then."""

    actor: str
    answer: "asyncio.Future[Outcome]"
    so_far: "Outcome"


@dataclass(slots=True)
class Machine:
    """What the box holds of one machine while it runs; lives on the event loop.

    Attributes:
        asked: by the command's identity, not its id: who repeats an id asks a second time.
    """

    id: str
    control: MachineControl
    session: "ActiveSession | None" = None
    follower: Follower | None = None
    plan: "tuple[PlanStep, ...]" = ()
    heart_rate_bpm: float | None = None
    asked: dict[int, Asked] = field(default_factory=dict)

    @property
    def band_id(self) -> str | None:
        """The band of whoever trains here."""
        return None if self.session is None else self.session.band_id


def name_of(command: Command) -> str:
    """What the API and the log call a command."""
    match command:
        case Stop():
            return "pause" if command.pause else "stop"
        case Start():
            return "start"
        case SetTarget():
            return NAMES[command.quantity]
