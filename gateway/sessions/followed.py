"""What the machine of a session follows, as it is kept for a restart of the box."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Followed:
    """Steps of a plan on their way.

    Attributes:
        steps: all of them, JSON as `gateway.commands.plans` writes it.
        done_s: how much of their time has passed.
    """

    steps: str
    done_s: float
