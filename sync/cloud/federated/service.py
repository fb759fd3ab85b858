"""What the service holds: it ends rounds that are due, and has their averages judged in a thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias

from sync.cloud.database.database import DatabaseUnavailable
from sync.cloud.federated.rounds import Rounds
from sync.cloud.federated.settling import Settling
from sync.cloud.gateways import utc_now
from sync.cloud.lake.objects import StoreUnavailable
from sync.cloud.registry import registry
from sync.cloud.registry.registry import ModelVersionUnknown
from sync.cloud.retraining.lease import Lease
from sync.cloud.retraining.outcome import Refused, RetrainingError

if TYPE_CHECKING:
    from datetime import datetime

    from sync.cloud.database.database import Database
    from sync.cloud.database.tables import ModelVersion
    from sync.cloud.federated.round import AveragedRound

_log = logging.getLogger(__name__)

LEASE: Final = "federated"
_STOP_S: Final = 30.0
RETRY_S: Final = 900.0
"""Judging takes minutes of a processor."""

Judge: TypeAlias = Callable[["AveragedRound", "ModelVersion | None", Event], str]
"""Makes a candidate of an average, judges it, registers it; returns its version (`judging.Judging`).

Given the round, the version that it began from (None: the packaged one), and what ends it early. Raises
`Refused` when it is not good enough, `RetrainingError` when it cannot be done now.
"""


class Federated:
    """The rounds, and what ends them."""

    def __init__(self, database: Database, judge: Judge, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.rounds = Rounds(database, clock=clock)
        self._settling = Settling(database, clock=clock)
        self._database, self._judge = database, judge
        self._stop = Event()
        self._thread: Thread | None = None
        self._not_before_s = 0.0

    def step(self) -> None:
        """End what is due, and have what is averaged judged in a thread.

        Raises:
            DatabaseUnavailable: it does not answer; the next step may.
        """
        self._settling.settle()
        if self._stop.is_set() or (self._thread is not None and self._thread.is_alive()):
            return
        if monotonic() < self._not_before_s:
            return
        if self._settling.averaged() is not None:
            self._thread = Thread(target=self._judged, name="federated")
            self._thread.start()

    def stop(self) -> None:
        """End with the service; what was being judged is judged anew after the next start."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def _judged(self) -> None:
        try:
            with Lease(self._database, LEASE) as lease:
                found = self._settling.averaged()
                if found is not None:  # else another process was quicker
                    self._end(found, lease)
        except (RetrainingError, DatabaseUnavailable, StoreUnavailable) as error:
            _log.warning("a federated round waits to be judged: %s", error)
            self._not_before_s = monotonic() + RETRY_S

    def _end(self, found: AveragedRound, lease: Lease) -> None:
        round_id = found.offer.id
        try:
            version = self._judge(found, self._parent(found), self._stop)
        except Refused as error:
            _log.warning("federated round %s: %s", round_id, error)
            self._settling.refuse(round_id, str(error))
        except (RetrainingError, DatabaseUnavailable, StoreUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - trying again would end the same; kept with the round
            _log.exception("federated round %s could not be judged", round_id)
            self._settling.refuse(round_id, f"it could not be judged: {error}")
        else:
            with self._database.write() as session:
                lease.held(session)
                self._settling.accept(session, round_id, version)
            _log.info("federated round %s: version %s", round_id, version)

    def _parent(self, found: AveragedRound) -> ModelVersion | None:
        with self._database.read() as session, suppress(ModelVersionUnknown):
            return registry.get_model_version(session, found.offer.model.name, found.offer.model.version)
        return None
