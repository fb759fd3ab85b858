"""Who signs what, how many of them must, and for how long: the one table of the repository's roles.

The roles are those of The Update Framework (TUF specification 1.0). Online keys lie beside the service and
only say what is current; whoever steals them can hide news for a while and invent nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Place = Literal["offline", "online"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one role.

    Attributes:
        keys: How many keys are made for it.
        threshold: How many of them must sign.
        lifetime_days: How long what it signs is valid.
        place: Where its keys belong.
        paths: The targets that it may speak for, TUF patterns that match segment by segment; none for the
            roles at the top.
    """

    keys: int = 1
    threshold: int = 1
    lifetime_days: int
    place: Place
    paths: tuple[str, ...] = ()

    def expiry(self, now: datetime) -> datetime:
        """When something that is signed now expires."""
        return now + timedelta(days=self.lifetime_days)

    def half_over(self, expires: datetime, now: datetime) -> bool:
        """Whether something is to be signed anew: half of its time is over, so there is time for a retry."""
        return expires - now < timedelta(days=self.lifetime_days) / 2


def _delegated(name: str, *, lifetime_days: int = 30, place: Place = "online") -> Terms:
    """A role under `targets` for one kind: a file alone, or a folder of files, below a name."""
    return Terms(lifetime_days=lifetime_days, place=place, paths=(f"{name}/*/*", f"{name}/*/*/*"))


DELEGATIONS: Final = ("models", "plans", "config", "software")
# In the order in which they vouch for each other.
ROLES: Final[dict[str, Terms]] = {
    "root": Terms(keys=3, threshold=2, lifetime_days=365, place="offline"),
    "targets": Terms(lifetime_days=90, place="offline"),
    "models": _delegated("models"),
    "plans": _delegated("plans"),
    "config": _delegated("config"),
    # Whoever has it can run anything on every box: never on the machine of the service.
    "software": _delegated("software", lifetime_days=60, place="offline"),
    "snapshot": Terms(lifetime_days=7, place="online"),
    "timestamp": Terms(lifetime_days=1, place="online"),
}
