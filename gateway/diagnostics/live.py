"""What only a running box can tell: how its parts are and have been, its cameras, machines and metrics."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from gateway.api.services import CameraDirectory, DeviceDirectory, MetricsSource
from gateway.clock import Clock
from gateway.diagnostics.history import HealthHistory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devices.device import DeviceView
    from gateway.health import PartState

_DEVICE: Final = (
    "id",
    "link",
    "age_s",
    "available",
    "rssi_dbm",
    "quality",
    "firmware",
    "frames",
    "dropped",
    "bridge",
)


class Board(Protocol):
    """How the parts are."""

    def snapshot(self) -> "Mapping[str, PartState]":
        """Return all parts as they are now, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The parts of a running box that are asked, on its event loop."""

    health: Board
    history: HealthHistory
    cameras: CameraDirectory
    devices: DeviceDirectory
    metrics: MetricsSource
    clock: Clock = field(default_factory=Clock)

    def health_now(self) -> dict[str, Any]:
        """Every part as it is, and what changed before."""
        return {
            "parts": {name: asdict(state) for name, state in self.health.snapshot().items()},
            "changes": [asdict(each) for each in self.history.changes()],
        }

    def camera_states(self) -> dict[str, Any]:
        """Figures of each camera; nothing of what it sees."""
        return {name: asdict(status) for name, status in self.cameras.camera_status.items()}

    def device_states(self) -> dict[str, Any]:
        """How each of the gym's own devices is heard; no reading, and of the others, their number.

        What is not the gym's own may be somebody's band, so not even its address is told.
        """
        views = self.devices.all(self.clock.now_s())
        own = [_device(each) for each in views if each.adopted]
        return {"devices": own, "others": len(views) - len(own)}

    def metrics_now(self) -> str:
        """What a scrape would get."""
        return self.metrics.render()[0].decode("utf-8", errors="replace")


def _device(view: "DeviceView") -> dict[str, Any]:
    return {"profile": view.profile.name, **{name: getattr(view, name) for name in _DEVICE}}
