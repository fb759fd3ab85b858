"""What may be asked of a machine, and by whom. There is no source `cloud`: who commands is in the gym."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Quantity = Literal["speed_kmh", "incline_percent", "resistance_level", "power_w"]
QUANTITIES: Final[tuple[Quantity, ...]] = get_args(Quantity)

# `alarm`: something is wrong, such as a heart rate that is no longer heard.
Source = Literal["kiosk", "operator", "plan", "alarm"]
Person = Literal["kiosk", "operator"]


@dataclass(frozen=True, slots=True)
class Stop:
    """Let the machine come to rest; `pause` keeps its counters, where it has a difference."""

    id: str
    source: Source
    pause: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """Start or resume; only a person can ask for it. `expires_s`: monotonic seconds, dropped afterwards."""

    id: str
    source: Person
    session_id: str
    expires_s: float


@dataclass(frozen=True, slots=True)
class SetTarget:
    """Move one quantity to `value`, in the unit that its name ends in. `expires_s` as of `Start`."""

    id: str
    source: Source
    session_id: str
    expires_s: float
    quantity: Quantity
    value: float


Command = Stop | Start | SetTarget
