"""When models are trained anew: after so many new sessions, or when other people come than those before.

The service asks every few minutes. A run goes on in a thread that only waits for workers; several processes
of the service may ask at once, and one of them runs.
"""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from sync.cloud.retraining import datasets, history
from sync.cloud.retraining.examples import survey
from sync.cloud.retraining.lease import is_free
from sync.cloud.retraining.outcome import RetrainingError
from sync.cloud.retraining.pipeline import Policy
from sync.cloud.retraining.recommender_pipeline import RecommenderPipeline
from sync.cloud.retraining.retrain import LEASE, retrain, sweep
from sync.cloud.retraining.statistics import joined
from sync.cloud.retraining.validation import drifted
from sync.cloud.retraining.workers import done_by, workers

if TYPE_CHECKING:
    from datetime import datetime

    from sync.cloud.database.database import Database
    from sync.cloud.lake.objects import ObjectStore
    from sync.cloud.retraining.release import Publish
    from sync.cloud.settings import RetrainingSection

_log = logging.getLogger(__name__)

LOOKS: Final = 10
"""So often one looks for drift until there are enough new sessions anyway."""
_STOP_S: Final = 30.0


def due(new_sessions: int, every_sessions: int, *, unfinished: bool) -> str | None:
    """Why a run should begin now, in words; None when it should not."""
    if unfinished:
        return "a run was killed before its end"
    if new_sessions >= every_sessions:
        return f"{new_sessions} new sessions"
    return None


class Retrainer:
    """What the service holds: asked again and again, it begins a run when one is due.

    Args:
        database: of the service.
        url: of its object store.
        store: the same store.
        settings: how often, and where.
        publish: signs releases; None where there are no keys.
    """

    def __init__(
        self,
        database: Database,
        url: str,
        store: ObjectStore,
        settings: RetrainingSection,
        publish: Publish | None,
    ) -> None:
        self._database, self._url, self._store = database, url, store
        self._settings, self._publish = settings, publish
        self._stop = Event()
        self._thread: Thread | None = None
        self._looked_at = 0

    def check(self) -> None:
        """Delete what must not be kept, and begin a run in a thread when it is time for one; 0 is never.

        Raises:
            DatabaseUnavailable, StoreUnavailable: one of them does not answer; the next check may.
        """
        if (self._thread is not None and self._thread.is_alive()) or self._stop.is_set():
            return
        with self._database.read() as session:
            if not is_free(session, LEASE):
                return
            since = history.last_began_at(session, RecommenderPipeline.kind)
            new = history.new_sessions(session, since)
            unfinished = history.is_unfinished(session, RecommenderPipeline.kind)
        sweep(self._database, self._store)
        every = self._settings.every_sessions
        if not every:
            return
        reason = due(new, every, unfinished=unfinished)
        if reason is None and new - self._looked_at < max(1, every // LOOKS):
            self._looked_at = min(self._looked_at, new)
            return
        self._looked_at = 0 if reason is not None else new
        self._thread = Thread(target=self._run, args=(reason, since), name="retraining")
        self._thread.start()

    def stop(self) -> None:
        """End with the service; a run that is under way goes on after the next start."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def _run(self, reason: str | None, since: datetime | None) -> None:
        try:
            with workers(self._settings.executor, self._settings.workers) as executor:
                pipeline = RecommenderPipeline(
                    database=self._database,
                    url=self._url,
                    store=self._store,
                    executor=executor,
                    policy=Policy(),
                    publish=self._publish,
                    stop=self._stop,
                    on_progress=lambda _step, _done, _of: None,
                )
                why = reason or self._drift(pipeline, since)
                if why is not None:
                    _log.info("retraining begins: %s", why)
                    for line in retrain(pipeline, why).lines:
                        _log.info("retraining: %s", line)
        except RetrainingError as error:
            _log.warning("retraining ended: %s", error)
        except Exception:  # noqa: BLE001 - nobody waits for this thread; logged, and kept with the run
            _log.exception("retraining failed")

    def _drift(self, pipeline: RecommenderPipeline, since: datetime | None) -> str | None:
        """Whether other people have come than those that were learned from."""
        before = history.last_statistics(self._database, self._store, RecommenderPipeline.kind)
        if before is None:
            return None
        with self._database.read() as session:
            new = datasets.gather(session, since)
        calls = [(self._url, objects) for objects in new.parts()]
        now = joined(done_by(pipeline.executor, survey, calls, stop=self._stop))
        found = drifted(before, now)
        return f"drift of {', '.join(found)}" if found else None
