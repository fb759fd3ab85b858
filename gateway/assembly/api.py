"""What the box shows of itself: the HTTP API, the metrics, the operator's pages."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import FastAPI

from gateway.api import ApiSettings, BoxServices, create_api
from gateway.api.throttle import FailureThrottle
from gateway.cloud_metrics import of_cloud
from gateway.console.console import Console
from gateway.discovery.surroundings import Surroundings
from gateway.doctor.examination import examine
from gateway.enrolment.metrics import of_identity
from gateway.heart_metrics import of_hearts
from gateway.members.pins import PINS_A_MINUTE, Pins
from gateway.metrics import Metrics
from gateway.previews import BLURRED, Previews
from gateway.store.store import StoreError
from gateway.updates.metrics import of_updates
from sync import outbox

if TYPE_CHECKING:
    from gateway.app import Box, Part


def create_box_api(box: "Box", settings: ApiSettings | None) -> FastAPI:
    """The HTTP API over all parts."""
    return create_api(
        BoxServices(
            configuration=box.configuration,
            stations=box.stations,
            store=box.store,
            board=box.board,
            sessions=box.sessions,
            handovers=box.handovers,
            members=box.members,
            pins=Pins(store=box.store, throttle=FailureThrottle(limit=PINS_A_MINUTE)),
            wellbeing=box.wellbeing,
            consents=box.consents,
            planner=box.planner,
            hearts=box.hearts,
            tokens=box.tokens,
            operators=box.operators,
            logins=box.logins,
            setup_code=box.setup_code,
            surroundings=Surroundings(),
            health=box.health,
            devices=box.machines.registry,
            adoption=box.adoption,
            commands=box.commands,
            plans=box.plans,
            events=box.events,
            cameras=box.cameras,
            previews=Previews(box.cameras.picture, time.monotonic, shown=box.cameras.shown),
            blurred=Previews(box.cameras.picture, time.monotonic, BLURRED),
            history=box.history,
            tuning=box.tuning,
            replays=box.replays,
            models=box.models,
            identity=box.identity,
            inference=box.inference,
            metrics=box.metrics,
            diagnostics=box.diagnostics,
            monitor=box.monitor,
            doctor=lambda: examine(
                box.config, data_dir=box.configuration.layers.data_dir, models_dir=box.models_dir
            ),
            upload=lambda: box.cloud.state,
            settings=settings or ApiSettings(),
        )
    )


def create_console(box: "Box") -> tuple["Part", ...]:
    """The operator's pages, where they are served."""
    if not box.config.http.console:
        return ()
    return (Console(box.api),)


def _outbox(box: "Box") -> tuple[int, float] | None:
    try:
        status = box.store.read_now(lambda db: outbox.status(db.conn))
    except StoreError:  # the store's own state tells of it
        return None
    return status.depth, status.oldest_age_s(datetime.now(UTC)) or 0.0


def create_metrics(box: "Box") -> Metrics:
    """What Prometheus may know, of all parts."""
    metrics = Metrics()
    metrics.watch_health(box.health)
    metrics.watch_supervisor(box.supervisor)
    metrics.watch_machines(box.machines)
    metrics.watch_cameras(box.cameras)
    metrics.watch_inboxes(box.vision_inbox, box.readings_inbox, box.commands.inbox)
    metrics.watch_sessions(active=lambda: len(box.sessions.active()), started=lambda: box.sessions.started)
    metrics.watch_outbox(lambda: _outbox(box))
    metrics.watch_models(box.models, box.replays)
    metrics.watch_inference(box.inference)
    metrics.watch_plans(box.planner, box.monitor)
    metrics.add(*of_hearts(box.hearts))
    metrics.add(*of_cloud(box.cloud, box.store))
    metrics.add(*of_updates(box.updates))
    metrics.add(*of_identity(box.identity))
    return metrics
