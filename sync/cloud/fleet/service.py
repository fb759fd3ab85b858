"""The services of this room, put together, and their routes."""

from collections.abc import Callable
from datetime import datetime, timedelta

from fastapi import APIRouter

from sync.cloud.database.database import Database
from sync.cloud.est.enrolments import Enrolments
from sync.cloud.fleet import watch
from sync.cloud.fleet.alerts import Alerts
from sync.cloud.fleet.conditions import Thresholds
from sync.cloud.fleet.history import History
from sync.cloud.fleet.inventory import Inventory
from sync.cloud.fleet.routes import (
    alerts,
    boxes,
    config,
    enrolments,
    history,
    jobs,
    models,
    rollouts,
    software,
    tenants,
)
from sync.cloud.fleet.tags import Tags
from sync.cloud.gateways import Gateways, utc_now
from sync.cloud.jobs.bundles import Bundles
from sync.cloud.jobs.service import Jobs
from sync.cloud.rollout.rollouts import Rollouts
from sync.cloud.settings import FleetSection
from sync.cloud.shadows.desk import Twins


class Fleet:
    """What those see and do who look after boxes."""

    def __init__(
        self,
        database: Database,
        *,
        gateways: Gateways,
        enrolments: Enrolments,
        rollouts: Rollouts,
        jobs: Jobs,
        bundles: Bundles,
        settings: FleetSection,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._clock = clock
        self._gateways = gateways
        self._rollouts = rollouts
        self._jobs = jobs
        self._bundles = bundles
        self._enrolments = enrolments
        sources = (watch.boxes(_thresholds(settings)), watch.halted_rollouts, watch.alarms)
        self.alerts = Alerts(database, sources, clock=clock)
        self.inventory = Inventory(database, clock=clock)
        self.tags = Tags(database, clock=clock)
        self.twins = Twins(database, clock=clock)
        self.history = History(database)

    def routers(self) -> list[APIRouter]:
        """Return the routes of all of them."""
        return [
            boxes.routes(self.inventory, self.tags, self.twins),
            config.routes(self.twins),
            enrolments.routes(self._enrolments, self._gateways, self.inventory),
            jobs.routes(self._jobs, self._bundles, self.inventory),
            alerts.routes(self.alerts),
            rollouts.routes(self._rollouts),
            models.routes(self._database),
            software.routes(self._database, clock=self._clock),
            tenants.routes(self._gateways),
            history.routes(self.history),
        ]


def _thresholds(settings: FleetSection) -> Thresholds:
    return Thresholds(
        offline_after=timedelta(minutes=settings.offline_after_min),
        unwell_after=timedelta(minutes=settings.unwell_after_min),
        clock_off_s=settings.clock_off_s,
        outbox_after=timedelta(hours=settings.outbox_after_h),
        disk_free=settings.disk_free_percent / 100,
        certificate_within=timedelta(days=settings.certificate_days),
    )
