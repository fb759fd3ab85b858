"""Homie 5: devices that describe themselves. Pure; facts from the convention of 2025-05-11.

<domain>/5/<device>/$state                    init, ready, disconnected, sleeping, lost; retained
<domain>/5/<device>/$description              JSON; retained
<domain>/5/<device>/<node>/<property>         a value; retained unless the description says otherwise
<domain>/5/<device>/<node>/<property>/$target what the value is heading for
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from devices.dialects.envelope import parse_json
from devices.dialects.mapping import as_number, finite
from devices.dialects.units import Conversion, UnitUnknown, conversion
from devices.reading import UNITS, Measurement, Metric
from devices.rejection import FrameRejected
from devices.topics import quoted

VERSION: Final = "5"
STATE: Final = "$state"
DESCRIPTION: Final = "$description"
TARGET: Final = "$target"
# Descriptions of what has many parts are long.
MAX_DESCRIPTION_OCTETS: Final = 65_536

_STATES: Final = frozenset({"init", "ready", "disconnected", "sleeping", "lost"})
_MAX_PROPERTIES: Final = 512
_NUMBERS: Final = frozenset({"integer", "float", "boolean"})
# What properties are called in the field, beside the metrics' own names.
_NAMES: Final[Mapping[str, Metric]] = {
    "speed": "speed_kmh",
    "belt-speed": "speed_kmh",
    "incline": "incline_percent",
    "inclination": "incline_percent",
    "grade": "incline_percent",
    "distance": "distance_m",
    "energy": "energy_kcal",
    "calories": "energy_kcal",
    "heart-rate": "heart_rate_bpm",
    "pulse": "heart_rate_bpm",
    "cadence": "cadence_rpm",
    "power": "power_w",
    "stroke-rate": "stroke_rate_spm",
    "elapsed": "elapsed_s",
    "elapsed-time": "elapsed_s",
    "battery": "battery_percent",
    "battery-level": "battery_percent",
    "contact": "contact",
    **{cast("Metric", name.replace("_", "-")): cast("Metric", name) for name in get_args(Metric)},
}


@dataclass(frozen=True, slots=True)
class Property:
    """A property that is understood: which metric it is and how its number becomes canonical."""

    metric: Metric
    convert: Conversion

    def read(self, payload: bytes) -> tuple[Measurement, ...]:
        """Return the value, none for an empty payload.

        Raises:
            FrameRejected: kind `mapping`, it is no number.
        """
        number = as_number(payload.decode("utf-8", errors="replace"), self.metric)
        if number is None:
            return ()
        return (Measurement(self.metric, finite(self.convert(number), self.metric)),)


@dataclass(frozen=True, slots=True)
class Description:
    """What a device says of itself; `properties` by `<node>/<property>`, those only that are understood."""

    root: str | None
    properties: Mapping[str, Property]


def parse_description(payload: bytes, extra: Mapping[str, Metric]) -> Description:
    """Read a `$description`; `extra` names properties that a profile knows.

    Raises:
        FrameRejected: kinds `encoding`, `json`, `mapping`.
    """
    document = _table(parse_json(payload), "the description")
    properties: dict[str, Property] = {}
    taken: set[Metric] = set()
    for node_id, node in _table(document.get("nodes", {}), "nodes").items():
        for property_id, attributes in _table(_table(node, node_id).get("properties", {}), node_id).items():
            found = _property(node_id, property_id, _table(attributes, property_id), extra)
            if found is not None and found.metric not in taken and len(properties) < _MAX_PROPERTIES:
                properties[f"{node_id}/{property_id}"] = found
                taken.add(found.metric)
    root = document.get("root", document.get("parent"))
    return Description(root=root if isinstance(root, str) else None, properties=properties)


def parse_state(payload: bytes) -> str:
    """Read a `$state`.

    Raises:
        FrameRejected: kind `mapping`, there is no such state.
    """
    state = payload.decode("utf-8", errors="replace")
    if state not in _STATES:
        raise FrameRejected("mapping", f"there is no state {quoted(state, 20)}")
    return state


def _property(
    node_id: str, property_id: str, attributes: Mapping[str, Any], extra: Mapping[str, Metric]
) -> Property | None:
    metric = extra.get(f"{node_id}/{property_id}") or extra.get(property_id) or _NAMES.get(property_id)
    if metric is None or attributes.get("datatype") not in _NUMBERS:
        return None
    unit = attributes.get("unit")
    try:
        # A fan has a speed as well: what cannot be given in the metric's units is something else.
        return Property(metric, conversion(metric, unit if isinstance(unit, str) and unit else UNITS[metric]))
    except UnitUnknown:
        return None


def _table(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise FrameRejected("mapping", f"{quoted(what, 40)} is {type(value).__name__}, not an object")
    return value
