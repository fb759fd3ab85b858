"""What the API needs from the rest of the box: one typed object, handed in by the composition root."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gateway.clock import Clock

if TYPE_CHECKING:
    from devices.registry import DeviceView
    from gateway.adoption import Adoption
    from gateway.commands.plans import Plans
    from gateway.commands.service import Commands
    from gateway.events.log import EventLog
    from gateway.hearts.hearts import Hearts
    from gateway.inference.service import Inference
    from gateway.live.board import HealthView, LiveBoard
    from gateway.members.members import Members
    from gateway.members.wellbeing import WellbeingDiary
    from gateway.models import Models
    from gateway.planning.planner import Planner
    from gateway.replays import Replays
    from gateway.sessions.service import SessionService
    from gateway.stations import Station
    from gateway.store.store import Store
    from gateway.tokens import Tokens
    from gateway.tuning import Tuning
    from vision.processes.messages import CameraStatus


class DeviceDirectory(Protocol):
    """The device registry, read only."""

    def all(self, now_s: float) -> "Sequence[DeviceView]":
        """Return every device that is configured or heard."""

    def get(self, device_id: str, now_s: float) -> "DeviceView | None":
        """Return one device, None when it was never configured nor heard."""


class CameraDirectory(Protocol):
    """The cameras, read only."""

    @property
    def camera_status(self) -> "Mapping[str, CameraStatus]":
        """How each camera does, by its id."""


class MetricsSource(Protocol):
    """Where `/metrics` comes from."""

    def render(self) -> tuple[bytes, str]:
        """Return the exposition and its content type."""


def never_synced() -> datetime | None:
    """Stand in where no cloud is configured."""
    return None


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How the API behaves.

    Attributes:
        loopback_operator: requests from this very machine act as the operator (the demo only).
        kiosk_dir: folder of the kiosk page's static files.
        max_body_bytes: longest request body taken.
        failures_per_minute: wrong tokens that one client may show before it has to wait.
    """

    loopback_operator: bool = False
    kiosk_dir: Path = Path(__file__).parents[1] / "kiosk"
    max_body_bytes: int = 65_536
    failures_per_minute: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxServices:
    """Everything the routes reach."""

    stations: "Mapping[str, Station]"
    store: "Store"
    board: "LiveBoard"
    sessions: "SessionService"
    members: "Members"
    wellbeing: "WellbeingDiary"
    planner: "Planner"
    hearts: "Hearts"
    tokens: "Tokens"
    health: "HealthView"
    devices: DeviceDirectory
    adoption: "Adoption"
    commands: "Commands"
    plans: "Plans"
    events: "EventLog"
    cameras: CameraDirectory
    tuning: "Tuning"
    replays: "Replays"
    models: "Models"
    inference: "Inference"
    metrics: MetricsSource
    last_sync: Callable[[], datetime | None] = never_synced
    clock: Clock = field(default_factory=Clock)
    settings: ApiSettings = field(default_factory=ApiSettings)
