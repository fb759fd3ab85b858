"""What a gym has, as far as a plan must know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from recommender.plan import MachineKind

Equipment = Literal[
    "mat", "dumbbell", "barbell", "rack", "bench", "kettlebell", "cable", "pull_up_bar", "dip_bars", "band",
    "box", "medicine_ball", "foam_roller", "leg_press", "step", "rope",
]  # fmt: skip
EQUIPMENT: Final[tuple[Equipment, ...]] = get_args(Equipment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine.

    Attributes:
        kind: what it is.
        station_id: where it stands.
        free: whether nobody trains at it now.
        max_speed_kmh: the operator's limit.
        max_incline_percent: likewise.
    """

    kind: MachineKind
    station_id: str
    free: bool = True
    max_speed_kmh: float | None = None
    max_incline_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gym:
    """Machines and equipment of a gym right now."""

    machines: tuple[Machine, ...] = ()
    equipment: frozenset[Equipment] = frozenset()
