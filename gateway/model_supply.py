"""Sees to it that the pose model is there: pulled on first use, tried again until it is."""

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.health import Health
from provisioning.models import ModelFolderError, read_model
from provisioning.pull import PullFailed, UnknownModel, pull

_log = logging.getLogger(__name__)

RETRY_S: Final = 60.0


class ModelSupply:
    """One thread that ends when the model is installed."""

    def __init__(
        self, *, model: str, models_dir: Path, health: Health, on_installed: Callable[[], None]
    ) -> None:
        """`on_installed` is called on the supply's thread, and only when a model had to be pulled."""
        self._model = model
        self._models_dir = models_dir
        self._health = health
        self._on_installed = on_installed
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def part(self) -> str:
        """The supply's name on the health board."""
        return f"model:{self._model}"

    def start(self) -> None:
        """Look whether the model is there, and fetch it when it is not; returns at once."""
        try:
            read_model(self._models_dir / self._model)
        except ModelFolderError:
            self._thread = threading.Thread(
                target=self._run, args=(self._model, self._stopping), name="model-supply", daemon=True
            )
            self._thread.start()
        else:
            self._health.set(self.part, "ok")

    async def reconfigure(self, config: BoxConfig, change: Change) -> None:
        """Bring another model, or the first one of a box that has a camera now."""
        if not (change.sets("vision", "pose") or change.cameras.added or change.cameras.removed):
            return
        await asyncio.to_thread(self.stop)
        self._health.remove(self.part)
        self._model, self._stopping = config.vision.pose, threading.Event()
        if config.cameras:
            await asyncio.to_thread(self.start)

    def stop(self, timeout_s: float = 2.0) -> None:
        """Give up on a pull that runs; what it had fetched is cleared by the next."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self, model: str, stopping: threading.Event) -> None:
        """One that was stopped in the middle of a pull says nothing any more."""

        def progress(done: int, total: int | None, what: str) -> None:
            if stopping.is_set():
                raise InterruptedError
            if total:
                done_percent = done * 100 // total
                self._health.set(self.part, "degraded", f"fetching the model {what}, {done_percent} %")

        while not stopping.is_set():
            self._health.set(self.part, "degraded", f"fetching the model {model}")
            try:
                pull(model, self._models_dir, progress=progress)
            except InterruptedError:
                return
            except (PullFailed, UnknownModel) as error:
                _log.warning("%s", error)
                reason = error.what if isinstance(error, PullFailed) else str(error)
                if not stopping.is_set():
                    self._health.set(self.part, "failed", f"model {model}: {reason}; trying again")
                stopping.wait(RETRY_S)
            else:
                self._health.set(self.part, "ok")
                self._on_installed()
                return
