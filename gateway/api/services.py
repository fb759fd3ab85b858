"""What the API needs from the rest of the box: one typed object, handed in by the composition root."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gateway.clock import Clock
from sync.upload.state import UploadState

if TYPE_CHECKING:
    from devices.registry import DeviceView
    from gateway.adoption import Adoption
    from gateway.commands.plans import Plans
    from gateway.commands.service import Commands
    from gateway.device_history import DeviceHistory
    from gateway.diagnostics.collect import Diagnostics
    from gateway.discovery.surroundings import Surroundings
    from gateway.doctor.finding import Finding
    from gateway.enrolment.agent import IdentityAgent
    from gateway.events.log import EventLog
    from gateway.handovers import Handovers
    from gateway.hearts.hearts import Hearts
    from gateway.inference.service import Inference
    from gateway.live.board import HealthView, LiveBoard
    from gateway.members.consent import Consents
    from gateway.members.members import Members
    from gateway.members.pins import Pins
    from gateway.members.wellbeing import WellbeingDiary
    from gateway.models import Models
    from gateway.monitoring.monitor import PlanMonitor
    from gateway.operators.accounts import Operators
    from gateway.operators.logins import Logins
    from gateway.operators.setup_code import SetupCode
    from gateway.planning.planner import Planner
    from gateway.previews import Previews
    from gateway.reconfiguration.configuration import Configuration
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


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How the API behaves.

    Attributes:
        loopback_operator: requests from this very machine act as the operator (the demo only).
        kiosk_dir: folder of the kiosk page's static files.
        max_body_bytes: longest request body taken.
        setup_dir: folder of the static files of the setup and login pages.
        failures_per_minute: wrong tokens, passwords or codes that one client may show before it has to wait.
        failures_per_account: wrong passwords for one account, from whichever clients; more than a client may
            show, so that nobody keeps an operator out from a single place.
    """

    loopback_operator: bool = False
    kiosk_dir: Path = Path(__file__).parents[1] / "kiosk"
    setup_dir: Path = Path(__file__).parents[1] / "setup"
    max_body_bytes: int = 65_536
    failures_per_minute: int = 10
    failures_per_account: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxServices:
    """Everything the routes reach."""

    configuration: "Configuration"
    stations: "Mapping[str, Station]"
    store: "Store"
    board: "LiveBoard"
    sessions: "SessionService"
    handovers: "Handovers"
    members: "Members"
    pins: "Pins"
    wellbeing: "WellbeingDiary"
    consents: "Consents"
    planner: "Planner"
    hearts: "Hearts"
    tokens: "Tokens"
    operators: "Operators"
    logins: "Logins"
    setup_code: "SetupCode"
    surroundings: "Surroundings"
    health: "HealthView"
    devices: DeviceDirectory
    adoption: "Adoption"
    commands: "Commands"
    plans: "Plans"
    events: "EventLog"
    cameras: CameraDirectory
    previews: "Previews"
    blurred: "Previews"
    history: "DeviceHistory"
    tuning: "Tuning"
    replays: "Replays"
    models: "Models"
    identity: "IdentityAgent"
    inference: "Inference"
    metrics: MetricsSource
    diagnostics: "Diagnostics"
    monitor: "PlanMonitor | None" = None
    doctor: "Callable[[], Sequence[Finding]]" = tuple
    upload: Callable[[], UploadState] = UploadState
    clock: Clock = field(default_factory=Clock)
    settings: ApiSettings = field(default_factory=ApiSettings)
