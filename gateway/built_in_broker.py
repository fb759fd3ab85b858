"""The broker that the box runs itself: a child of the supervisor, with a login that is new at each start."""

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from devices.broker import LOG_NAME, BrokerFailed, prepare
from devices.mqtt.broker_settings import BrokerSettings
from gateway.health import Health, State
from gateway.processes.handle import Handle, PopenHandle, describe_exit
from gateway.processes.supervisor import Child, ChildChange, StartRefused, Supervisor

BROKER: Final = "broker"

# The guard of the broker gives it two seconds before it kills it.
_STOP_S: Final = 3.0
_START_S: Final = 5.0
_LOOK_S: Final = 0.05
_SIGNAL_CODES: Final = 128


class BuiltInBroker:
    """Started and watched by the supervisor, which ends it too.

    Attributes:
        settings: how it is reached since its last start, login included; None before the first.
    """

    def __init__(
        self,
        *,
        directory: Path,
        client_id: Callable[[], str],
        supervisor: Supervisor,
        health: Health,
        on_started: Callable[[], object],
    ) -> None:
        """`on_started` is called on the supervisor's thread, with `settings` there."""
        self.settings: BrokerSettings | None = None
        self._directory = directory
        self._client_id = client_id
        self._supervisor = supervisor
        self._health = health
        self._on_started = on_started

    def begin(self) -> None:
        """Have it run; returns without waiting for it."""
        self._health.set(BROKER, "degraded", "starting the built-in broker")
        self._supervisor.add(
            Child(
                name=BROKER,
                start=self._start,
                on_change=self._changed,
                explain=self.explain,
                stop_timeout_s=_STOP_S,
            )
        )

    def end(self) -> None:
        """Have it run no more, and nothing told of it."""
        self._supervisor.remove(BROKER)
        self._health.remove(BROKER)

    def forget(self) -> None:
        """Take it for not started yet."""
        self.settings = None

    def explain(self, returncode: int | None) -> str:
        """Say how it ended, with its own last words when it ended by itself."""
        if returncode is not None and returncode > _SIGNAL_CODES:
            return describe_exit(_SIGNAL_CODES - returncode)
        how = describe_exit(returncode)
        try:
            lines = (self._directory / LOG_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return how
        return f"{how}: {lines[-1][:200]}" if lines and (returncode or 0) > 0 else how

    def _start(self) -> Handle:
        try:
            command = prepare(self._directory)
        except BrokerFailed as error:
            raise StartRefused(str(error)) from error
        handle = PopenHandle.start(command.argv)
        self.settings = BrokerSettings(
            url=command.url,
            username=command.username,
            password=command.password,
            client_id=self._client_id(),
        )
        self._on_started()
        return handle

    def _changed(self, change: ChildChange) -> None:
        if change.state == "running":
            self._health.set(BROKER, "ok")
        elif change.state == "restarting":
            level: State = "failed" if change.degraded or change.refused else "degraded"
            self._health.set(BROKER, level, f"the built-in broker {change.reason}")


def wait_until_it_listens(settings: BrokerSettings, stopping: threading.Event) -> None:
    """Give a broker a moment to listen: a first attempt refused would cost a pause and a warning."""
    until_s = time.monotonic() + _START_S
    while time.monotonic() < until_s and not stopping.wait(_LOOK_S):
        if _accepts(settings):
            return


def _accepts(settings: BrokerSettings) -> bool:
    try:
        with socket.create_connection((settings.host, settings.port), _LOOK_S):
            return True
    except OSError:
        return False
