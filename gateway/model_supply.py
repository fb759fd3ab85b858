"""Sees to it that the pose model is there: pulled on first use, tried again until it is."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

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
            self._thread = threading.Thread(target=self._run, name="model-supply", daemon=True)
            self._thread.start()
        else:
            self._health.set(self.part, "ok")

    def stop(self, timeout_s: float = 2.0) -> None:
        """Give up on a pull that runs; what it had fetched is cleared by the next."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._health.set(self.part, "degraded", f"fetching the model {self._model}")
            try:
                pull(self._model, self._models_dir, progress=self._progress)
            except InterruptedError:
                return
            except (PullFailed, UnknownModel) as error:
                _log.warning("%s", error)
                reason = error.what if isinstance(error, PullFailed) else str(error)
                self._health.set(self.part, "failed", f"model {self._model}: {reason}; trying again")
                self._stopping.wait(RETRY_S)
            else:
                self._health.set(self.part, "ok")
                self._on_installed()
                return

    def _progress(self, done: int, total: int | None, what: str) -> None:
        if self._stopping.is_set():
            raise InterruptedError
        if total:
            done_percent = done * 100 // total
            self._health.set(self.part, "degraded", f"fetching the model {what}, {done_percent} %")
