"""What Prometheus may know. Every name of the box's metrics stands here or in a module named `..._metrics`.

The parts keep their own counts; they are read when somebody scrapes, so that no hot path pays for a metric.
"""

import logging
import platform
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from gateway import plan_metrics, vision_metrics
from gateway.metric_family import DurationFamily, Family, Values, single

if TYPE_CHECKING:
    from gateway.cameras import CameraFleet
    from gateway.health import Health
    from gateway.inbox import Inbox
    from gateway.inference.service import Inference
    from gateway.machines import Machines
    from gateway.models import Models
    from gateway.monitoring.monitor import PlanMonitor
    from gateway.planning.planner import Planner
    from gateway.processes.supervisor import Supervisor
    from gateway.replays import Replays

_log = logging.getLogger(__name__)

_STATES: Final = ("ok", "degraded", "failed")
_LINKS: Final = ("connecting", "connected", "waiting", "stopped")


class Metrics(Collector):
    """The box's own registry; nothing is registered globally, so two boxes in one process are two."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._families: list[Family | DurationFamily] = []
        self.failures = 0
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self.add(
            Family(
                name="gymbox_build_info",
                help="Version of the box, always 1.",
                kind="gauge",
                labels=("version", "python"),
                read=lambda: {(_version(), platform.python_version()): 1.0},
            ),
            Family(
                name="gymbox_metrics_failures_total",
                help="Metrics that could not be read.",
                kind="counter",
                read=lambda: {(): float(self.failures)},
            ),
        )

    def add(self, *families: Family | DurationFamily) -> None:
        """Publish these metrics too."""
        self._families.extend(families)

    def render(self) -> tuple[bytes, str]:
        """Return the exposition and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def collect(self) -> Iterable[Metric]:
        """Read every metric; one that fails is left out, so that the others stay visible."""
        for family in tuple(self._families):
            try:
                yield family.collect()
            except Exception:  # noqa: BLE001 - one broken source must not hide the others; logged and counted
                self.failures += 1
                _log.exception("the metric %s could not be read", family.name)

    def watch_health(self, health: "Health") -> None:
        """Publish the state of every part."""

        def states() -> Values:
            parts = health.snapshot()
            return {(part, state): float(parts[part].state == state) for part in parts for state in _STATES}

        self.add(
            Family(
                name="gymbox_part_state",
                help="1 for the state that a part is in, 0 for the others.",
                kind="gauge",
                labels=("part", "state"),
                read=states,
            )
        )

    def watch_supervisor(self, supervisor: "Supervisor") -> None:
        """Publish how often each child process was restarted."""
        self.add(
            Family(
                name="gymbox_child_restarts_total",
                help="Restarts of a child process since the box started.",
                kind="counter",
                labels=("child",),
                read=lambda: {(name,): float(count) for name, count in supervisor.restarts().items()},
            )
        )

    def watch_machines(self, machines: "Machines") -> None:
        """Publish the link to the broker and what became of the frames."""
        self.add(*_machine_families(machines))

    def watch_cameras(self, fleet: "CameraFleet") -> None:
        """Publish what the cameras and the pose model do."""
        self.add(*vision_metrics.of_cameras(fleet), *vision_metrics.of_poses(fleet))

    def watch_inboxes(self, *inboxes: "Inbox[Any]") -> None:
        """Publish what waits, and what was lost, on the way into the event loop."""
        self.add(
            Family(
                name="gymbox_inbox_depth",
                help="Items that wait for the event loop.",
                kind="gauge",
                labels=("inbox",),
                read=lambda: {(inbox.name,): float(len(inbox)) for inbox in inboxes},
            ),
            Family(
                name="gymbox_inbox_dropped_total",
                help="Items lost because the event loop did not keep up.",
                kind="counter",
                labels=("inbox",),
                read=lambda: {(inbox.name,): float(inbox.dropped) for inbox in inboxes},
            ),
        )

    def watch_sessions(self, *, active: Callable[[], int], started: Callable[[], int]) -> None:
        """Publish how much is trained here."""
        self.add(
            single("gymbox_sessions_active", "Sessions that run now.", "gauge", active),
            single("gymbox_sessions_total", "Sessions since the box started.", "counter", started),
        )

    def watch_models(self, models: "Models", replays: "Replays") -> None:
        """Publish which version works, how often another one was asked for, and replays."""
        self.add(*vision_metrics.of_models(models, replays))

    def watch_inference(self, inference: "Inference") -> None:
        """Publish how long the recommender's models take, and how often clients got an answer."""
        models = inference.models
        self.add(
            DurationFamily(
                name="gymbox_model_load_seconds",
                help="Time to load and try a version of a model of the recommender.",
                label="model",
                durations=models.load_times,
            ),
            DurationFamily(
                name="gymbox_model_inference_seconds",
                help="Time of one call of a model of the recommender, for a plan or a client.",
                label="model",
                durations=models.inference_times,
            ),
            Family(
                name="gymbox_inference_requests_total",
                help="Requests by the Open Inference Protocol that a model was asked to answer.",
                kind="counter",
                labels=("model", "outcome"),
                read=lambda: {each: float(count) for each, count in inference.outcomes.items()},
            ),
        )

    def watch_plans(self, planner: "Planner", monitor: "PlanMonitor") -> None:
        """Publish how plans are made, what becomes of them, and whether the models are still right."""
        self.add(*plan_metrics.of_planner(planner), *plan_metrics.of_plans(monitor))

    def watch_outbox(self, status: Callable[[], tuple[int, float] | None]) -> None:
        """Publish what waits for the cloud: how many and how old, or None while the store cannot tell."""

        def read(place: int) -> Values:
            waiting = status()
            return {} if waiting is None else {(): float(waiting[place])}

        self.add(
            Family(
                name="gymbox_outbox_depth",
                help="Records that wait for the cloud.",
                kind="gauge",
                read=lambda: read(0),
            ),
            Family(
                name="gymbox_outbox_oldest_age_seconds",
                help="Age of the oldest record that waits; 0 when none does.",
                kind="gauge",
                read=lambda: read(1),
            ),
        )


def _machine_families(machines: "Machines") -> Sequence[Family]:
    def mqtt(name: str, text: str, read: Callable[[], float]) -> Family:
        return single(name, text, "counter", read)

    return (
        Family(
            name="gymbox_mqtt_link_state",
            help="1 for the state that the link to the broker is in, 0 for the others.",
            kind="gauge",
            labels=("state",),
            read=lambda: {(state,): float(machines.link.state == state) for state in _LINKS},
        ),
        mqtt(
            "gymbox_mqtt_connections_total",
            "Connections to the broker since the box started.",
            lambda: counts.connections if (counts := machines.session_counts) else 0,
        ),
        mqtt(
            "gymbox_mqtt_messages_received_total",
            "Messages that the broker delivered.",
            lambda: counts.received if (counts := machines.session_counts) else 0,
        ),
        mqtt("gymbox_frames_accepted_total", "Good frames of devices.", lambda: machines.counts.accepted),
        Family(
            name="gymbox_frames_rejected_total",
            help="Frames of devices that were refused, by reason.",
            kind="counter",
            labels=("reason",),
            read=lambda: {(kind,): float(count) for kind, count in machines.counts.rejected.items()},
        ),
        Family(
            name="gymbox_readings_implausible_total",
            help="Values that no person and no machine can have, by metric.",
            kind="counter",
            labels=("metric",),
            read=lambda: {(metric,): float(count) for metric, count in machines.counts.implausible.items()},
        ),
    )


def _version() -> str:
    try:
        return version("gymbox")
    except PackageNotFoundError:
        return "unknown"
