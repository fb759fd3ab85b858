"""What any characteristic says, in one form: canonical measurements, and everything beside them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from devices.reading import UNITS, Measurement

Said = str | float

_NOTHING: Final[Mapping[str, Said]] = MappingProxyType({})


class Notification(NamedTuple):
    """The measurements of one notification, and what a `FragmentMerger` needs to know of it.

    `said`: what it says by name, metric or not; a code by its word.
    """

    measurements: tuple[Measurement, ...] = ()
    more: bool = False
    width: int | None = None
    said: Mapping[str, Said] = _NOTHING

    @property
    def stated(self) -> tuple[tuple[str, Said], ...]:
        """All that it says by name: the measurements, then the rest, both in the order of the frame."""
        return (*self.measurements, *(item for item in self.said.items() if item[0] not in UNITS))


def notification(said: Mapping[str, float], *, more: bool = False, width: int | None = None) -> Notification:
    """Of numbers by name: those whose name is a metric are measurements."""
    measurements = tuple([Measurement._make(item) for item in said.items() if item[0] in UNITS])
    return Notification(measurements, more, width, said)
