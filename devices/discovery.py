"""Home Assistant's MQTT discovery, device-based form: one retained message makes a device with its entities.

Sources: home-assistant.io/integrations/mqtt, "Device discovery payload" (since 2024.11). Heart rates are left
out on purpose: a gym's dashboard is no place for them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from devices.profile import Kind
from devices.reading import Metric
from devices.topics import PREFIX, status_topic

ORIGIN: Final = "Gymbox"

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9-]")


@dataclass(frozen=True, slots=True)
class Entity:
    """One value of a device, as Home Assistant shows it; `key` is its name in the state's JSON."""

    key: str
    name: str
    platform: Literal["sensor", "binary_sensor"] = "sensor"
    unit: str | None = None
    device_class: str | None = None
    state_class: Literal["measurement", "total_increasing"] | None = "measurement"


_ENTITIES: Final[Mapping[Metric, Entity]] = MappingProxyType(
    {
        "speed_kmh": Entity("speed_kmh", "Speed", unit="km/h", device_class="speed"),
        "incline_percent": Entity("incline_percent", "Incline", unit="%"),
        "distance_m": Entity(
            "distance_m", "Distance", unit="m", device_class="distance", state_class="total_increasing"
        ),
        "cadence_rpm": Entity("cadence_rpm", "Cadence", unit="rpm"),
        "power_w": Entity("power_w", "Power", unit="W", device_class="power"),
        "resistance_level": Entity("resistance_level", "Resistance"),
        "stroke_rate_spm": Entity("stroke_rate_spm", "Stroke rate", unit="spm"),
        "step_rate_spm": Entity("step_rate_spm", "Step rate", unit="spm"),
        "battery_percent": Entity("battery_percent", "Battery", unit="%", device_class="battery"),
    }
)
_SHOWN: Final[Mapping[Kind, tuple[Metric, ...]]] = MappingProxyType(
    {
        "treadmill": ("speed_kmh", "incline_percent", "distance_m"),
        "cross_trainer": ("speed_kmh", "step_rate_spm", "resistance_level", "power_w", "distance_m"),
        "step_climber": ("step_rate_spm",),
        "stair_climber": ("step_rate_spm",),
        "rower": ("stroke_rate_spm", "power_w", "resistance_level", "distance_m"),
        "bike": ("speed_kmh", "cadence_rpm", "power_w", "resistance_level", "distance_m"),
        "heart_rate": ("battery_percent",),
        "machine": ("speed_kmh", "incline_percent", "cadence_rpm", "power_w", "distance_m"),
    }
)
STATION: Final = (
    Entity("busy", "In use", platform="binary_sensor", device_class="occupancy", state_class=None),
    Entity("exercise", "Exercise", state_class=None),
    Entity("reps", "Repetitions"),
)


def entities_of(kind: Kind) -> tuple[Entity, ...]:
    """What is shown of a device of this kind."""
    return tuple(_ENTITIES[metric] for metric in _SHOWN[kind])


@dataclass(frozen=True, slots=True)
class Thing:
    """A device or a station of one box, as it is announced.

    Attributes:
        box_id: the box's name at the broker.
        group: `device` or `station`.
        id: unique in its group.
    """

    box_id: str
    group: Literal["device", "station"]
    id: str
    name: str
    model: str
    entities: Sequence[Entity]
    firmware: str | None = None

    @property
    def unique_id(self) -> str:
        """Name that no other thing of any box has, of letters, digits, dash and underscore."""
        return "_".join(["gymbox", _safe(self.box_id), self.group, _safe(self.id)])

    @property
    def state_topic(self) -> str:
        """Where its values go, as one JSON object."""
        return f"{PREFIX}/{self.box_id}/homeassistant/{self.unique_id}/state"

    @property
    def availability_topic(self) -> str:
        """Where `online` or `offline` stands, retained."""
        return availability_of(self.box_id, self.unique_id)

    def config_topic(self, prefix: str) -> str:
        """Where it is announced, retained; an empty message there removes it."""
        return f"{prefix}/device/{self.unique_id}/config"

    def announcement(self, version: str) -> bytes:
        """The message that announces it; available only while the box is there, too."""
        device = {"ids": [self.unique_id], "name": self.name, "mf": ORIGIN, "mdl": self.model}
        if self.firmware is not None:
            device["sw"] = self.firmware
        message: dict[str, Any] = {
            "dev": device,
            "o": {"name": ORIGIN, "sw": version},
            "cmps": {each.key: self._component(each) for each in self.entities},
            "state_topic": self.state_topic,
            "availability": [{"topic": status_topic(self.box_id)}, {"topic": self.availability_topic}],
            "availability_mode": "all",
            "qos": 1,
        }
        return json.dumps(message, separators=(",", ":")).encode()

    def _component(self, entity: Entity) -> dict[str, str]:
        told = {
            "p": entity.platform,
            "unique_id": f"{self.unique_id}_{entity.key}",
            "name": entity.name,
            "value_template": f"{{{{ value_json.{entity.key} }}}}",
            "unit_of_measurement": entity.unit,
            "device_class": entity.device_class,
            "state_class": entity.state_class,
        }
        if entity.platform == "binary_sensor":
            told |= {"payload_on": "True", "payload_off": "False"}
        return {name: value for name, value in told.items() if value is not None}


def availability_of(box_id: str, unique_id: str) -> str:
    """Where `online` or `offline` stands for a thing, retained."""
    return f"{PREFIX}/{box_id}/homeassistant/{unique_id}/availability"


def _safe(text: str) -> str:
    """Letters, digits and dashes as they are, all else by its number: no two names become one."""
    return _UNSAFE.sub(lambda found: f"_{ord(found[0]):x}_", text)
