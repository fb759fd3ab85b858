"""What the service does by itself, again and again, beside answering."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from sync.cloud.metrics import Metrics
from sync.cloud.readiness import Degraded

_log = logging.getLogger(__name__)

_THREADS: Final = 4


class Chores:
    """Calls each piece of work every so many seconds, on threads of its own, never twice at once.

    One that fails is logged and counted, and is called again when it is due. `failing` says so, and why when
    the work raised `Degraded`.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._failing: dict[str, str] = {}
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(_THREADS)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def add(self, name: str, *, every_s: float, work: Callable[[], object]) -> None:
        """Have work done from the start of the service on; it must end by itself, in seconds."""
        self._scheduler.add_job(
            self._run,
            IntervalTrigger(seconds=every_s, timezone=UTC),
            args=(name, work),
            id=name,
            next_run_time=datetime.now(UTC),
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; work that is being done is waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def failing(self) -> dict[str, str]:
        """The chores whose last round failed, and why, in words for anybody."""
        return dict(sorted(self._failing.items()))

    def _run(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - one chore must not end the others; logged, counted, shown
            self._metrics.chores.labels(name, "failed").inc()
            if name not in self._failing:  # once, not every few seconds
                _log.exception("the chore %s failed", name)
            told = str(error) if isinstance(error, Degraded) else "failed the last time; the log says why"
            self._failing[name] = told
        else:
            self._metrics.chores.labels(name, "done").inc()
            if self._failing.pop(name, None) is not None:
                _log.info("the chore %s works again", name)
