"""The composition root of the cloud: builds the parts and wires them. It holds no logic."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from fastapi import APIRouter

from sync.cloud.api import probes, records, releases
from sync.cloud.api.create import create_api
from sync.cloud.chores import Chores
from sync.cloud.compaction import Compactor
from sync.cloud.console.pages import add_console
from sync.cloud.database.database import Database
from sync.cloud.database.upgrade import upgrade
from sync.cloud.erase import Eraser
from sync.cloud.est.service import Identities, named_by
from sync.cloud.federated import routes as federated
from sync.cloud.federated.judging import Judging
from sync.cloud.federated.service import Federated
from sync.cloud.fleet.service import Fleet
from sync.cloud.gateways import Gateways, utc_now
from sync.cloud.ingest import Ingest
from sync.cloud.jobs import routes as diagnostics
from sync.cloud.jobs.bundles import Bundles
from sync.cloud.jobs.service import Jobs
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.landing import sweep
from sync.cloud.metrics import Metrics
from sync.cloud.operators import admin_routes as operators_admin
from sync.cloud.operators import routes as operators
from sync.cloud.operators.desk import Operators
from sync.cloud.readiness import Degraded, Readiness
from sync.cloud.retraining.release import publisher
from sync.cloud.retraining.trigger import Retrainer
from sync.cloud.rollout.after_retraining import EVERY_S as CHALLENGERS_EVERY_S
from sync.cloud.rollout.after_retraining import roll_out_challengers
from sync.cloud.rollout.rollouts import Rollouts
from sync.cloud.rollout.signed_software import EVERY_S as SOFTWARE_EVERY_S
from sync.cloud.rollout.signed_software import note_signed
from sync.cloud.settings import CloudSettings
from sync.cloud.shadows import api as shadows
from sync.cloud.signing.chore import EVERY_S as SIGN_EVERY_S
from sync.cloud.signing.chore import keep_fresh
from sync.cloud.signing.repository import Repository

_COMPACT_EVERY_S: Final = 600.0
_ALERTS_EVERY_S: Final = 30.0
_ERASE_EVERY_S: Final = 5.0
_BUNDLES_EVERY_S: Final = 3600.0
_FEDERATED_EVERY_S: Final = 30.0
_IDENTITY_EVERY_S: Final = 5.0
_JOBS_EVERY_S: Final = 5.0
_ROLLOUTS_EVERY_S: Final = 5.0
_SEEN_EVERY_S: Final = 10.0
_SWEEP_EVERY_S: Final = 60.0


class Cloud:
    """One process of the service. It keeps nothing: any number of them share a database and a store.

    Raises:
        CloudSettingsError: the password file cannot be read.
        StoreUnavailable: the folder of the objects cannot be made.
    """

    def __init__(self, settings: CloudSettings, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self.database = Database(settings.database.address())
        self.objects = ObjectStore(settings.objects.url)
        self.metrics = Metrics()
        by_name = named_by(settings.service, settings.identity)
        self.gateways = Gateways(self.database, clock=clock, named_by=by_name)
        self.identities = Identities(
            self.database,
            self.gateways,
            service=settings.service,
            identity=settings.identity,
            clock=clock,
        )
        self.enrolments, self.tls = self.identities.enrolments, self.identities.tls
        self.ingest = Ingest(database=self.database, objects=self.objects, metrics=self.metrics, clock=clock)
        self.eraser = Eraser(database=self.database, objects=self.objects, clock=clock)
        self.rollouts = Rollouts(self.database, clock=clock)
        self.jobs = Jobs(self.database, clock=clock)
        self.bundles = Bundles(self.database, self.objects, clock=clock)
        learning = (self.database, settings.objects.url, self.objects, settings.retraining)
        self.retrainer = Retrainer(*learning, publisher(settings.signing))
        judging = Judging(*learning, publisher(settings.signing))
        self.federated = Federated(self.database, judging, clock=clock)
        secure = self.tls is not None or settings.service.url is not None  # TLS ends here, or in a proxy
        self.operators = Operators(self.database, secure=secure, clock=clock)
        self.fleet = Fleet(
            self.database,
            gateways=self.gateways,
            enrolments=self.enrolments,
            rollouts=self.rollouts,
            jobs=self.jobs,
            bundles=self.bundles,
            settings=settings.fleet,
            clock=clock,
        )
        self.chores = Chores(self.metrics)
        self._add_chores()
        self._add_chores_of_signing()
        self.readiness = Readiness(
            {"database": self.database.ping, "objects": self.objects.ping, "chores": self._chores_are_done}
        )
        self.api = create_api(self.gateways, self.operators, self.metrics, self._routers())
        add_console(self.api)

    def start(self) -> None:
        """Bring the database to this version and begin what goes on by itself.

        Raises:
            DatabaseUnavailable: it cannot be reached.
            DatabaseUnknown: a newer version has written it.
            CloudSettingsError: a file of TLS cannot be used.
        """
        upgrade(self.database)
        self.identities.look()
        self.chores.start()

    def stop(self) -> None:
        """End; what is acknowledged is durable already."""
        self.chores.stop()
        self.gateways.close()
        self.retrainer.stop()
        self.federated.stop()
        self.ingest.close()
        self.readiness.close()
        self.database.close()

    def _add_chores(self) -> None:
        add, clock = self.chores.add, self._clock
        compactor = Compactor(database=self.database, objects=self.objects, clock=clock)
        add("identity", every_s=_IDENTITY_EVERY_S, work=self.identities.look)
        add("seen", every_s=_SEEN_EVERY_S, work=self.gateways.note_seen)
        add("erase", every_s=_ERASE_EVERY_S, work=self._erase)
        add("sweep", every_s=_SWEEP_EVERY_S, work=lambda: sweep(self.database, self.objects, now=clock()))
        add("compaction", every_s=_COMPACT_EVERY_S, work=compactor.work)
        add("rollouts", every_s=_ROLLOUTS_EVERY_S, work=self.rollouts.step)
        add("jobs", every_s=_JOBS_EVERY_S, work=self.jobs.step)
        add("diagnostics", every_s=_BUNDLES_EVERY_S, work=self.bundles.sweep)
        add("retraining", every_s=self._settings.retraining.check_every_s, work=self.retrainer.check)
        add("federated", every_s=_FEDERATED_EVERY_S, work=self.federated.step)
        add("alerts", every_s=_ALERTS_EVERY_S, work=self.fleet.alerts.look)
        if self._settings.rollouts.after_retraining == "careful":
            work = partial(roll_out_challengers, self.database, self.rollouts)
            add("challengers", every_s=CHALLENGERS_EVERY_S, work=work)

    def _add_chores_of_signing(self) -> None:
        repository, keys = self._settings.signing.repository, self._settings.signing.online_keys
        if repository is None:
            return
        note = partial(note_signed, self.database, Repository(repository), clock=self._clock)
        self.chores.add("software", every_s=SOFTWARE_EVERY_S, work=note)
        if keys is not None:
            work = partial(keep_fresh, repository, keys)
            self.chores.add("signing", every_s=SIGN_EVERY_S, work=work)

    def _routers(self) -> list[APIRouter]:
        service, repository = self._settings.service, self._settings.signing.repository
        return [
            shadows.routes(self.database, clock=self._clock),  # asked most often, and looked through in order
            records.routes(
                self.ingest, self.metrics, max_requests=service.max_requests, workers=service.workers
            ),
            self.identities.routes(),
            probes.routes(self.readiness, self.metrics, metrics_token=service.metrics_token()),
            federated.routes(self.federated.rounds),
            diagnostics.routes(self.bundles),
            *([] if repository is None else [releases.routes(repository)]),
            operators.routes(),
            operators_admin.routes(),
            *self.fleet.routers(),
        ]

    def _erase(self) -> None:
        self.metrics.erasures_waiting.set(self.eraser.work())

    def _chores_are_done(self) -> None:
        if failing := self.chores.failing():
            raise Degraded("; ".join(f"{name}: {reason}" for name, reason in failing.items()))
