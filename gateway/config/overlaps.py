"""Stations whose zones share floor in one camera's picture: whoever stands there may be counted at either."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from gateway.config.polygon import WHOLE_PICTURE, Corner, area, shared_area

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.config.model import BoxConfig
    from gateway.config.sections.station import StationSection

# Less of the smaller zone than this is an edge that two neighbours share, drawn by hand.
_LEAST_SHARE: Final = 0.01


def overlaps(config: BoxConfig) -> Iterator[tuple[str, str]]:
    """Yield (key path, warning) for every two stations of one camera whose zones overlap."""
    watched = [(index, each) for index, each in enumerate(config.stations) if each.camera is not None]
    for (_, one), (index, other) in combinations(watched, 2):
        if one.camera != other.camera:
            continue
        smaller = min(one, other, key=_area)
        share = shared_area(_zone(one), _zone(other)) / _area(smaller)
        if share >= _LEAST_SHARE:
            yield f"station[{index}].zone", _warning(one, other, f"{share:.0%} of the zone of '{smaller.id}'")


def _zone(station: StationSection) -> Sequence[Corner]:
    return station.zone or WHOLE_PICTURE


def _area(station: StationSection) -> float:
    return area(_zone(station))


def _warning(one: StationSection, other: StationSection, share: str) -> str:
    without = " and ".join(f"'{each.id}'" for each in (one, other) if each.zone is None)
    why = f"; without a zone {without} takes the whole picture" if without else ""
    return (
        f"'{one.id}' and '{other.id}' share {share} in the picture of camera '{one.camera}'{why}: "
        "whoever is there may be counted at either; draw zones that do not overlap"
    )
