"""Who hears of sessions that begin and end; one that fails keeps nobody else from hearing."""

import logging
from typing import Literal, Protocol

from gateway.sessions.active import ActiveSession

_log = logging.getLogger(__name__)


class SessionListener(Protocol):
    """Hears of sessions, on the event loop."""

    def session_started(self, session: ActiveSession) -> None:
        """A session runs, just begun or resumed after a restart."""

    def session_ended(self, session: ActiveSession) -> None:
        """A session is over and stored."""


class SessionListeners:
    """All that listen.

    Attributes:
        failed: how often one of them failed.
    """

    def __init__(self) -> None:
        self._listeners: tuple[SessionListener, ...] = ()
        self.failed = 0

    def add(self, listener: SessionListener) -> None:
        """Tell this one too, from now on."""
        self._listeners = (*self._listeners, listener)

    def tell(self, what: Literal["session_started", "session_ended"], session: ActiveSession) -> None:
        """Tell everybody."""
        for listener in self._listeners:
            try:
                getattr(listener, what)(session)
            except Exception:  # noqa: BLE001 - what is stored stays so; logged and counted
                self.failed += 1
                _log.exception("a listener failed on %s of %s", what, session.id)
