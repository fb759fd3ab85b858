"""Pulling a model, sending diagnostics, and ending what the box is."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Protocol

from gateway.diagnostics.bundle import Section, packed
from gateway.jobs.handler import Done, JobFailed, Parameters, Progress
from provisioning.backup import erase
from provisioning.pull import PullFailed, UnknownModel, pull
from sync.upload.answer import NotDelivered, Reply

_TRY_AGAIN_S: Final = 10.0
# The cloud will not say anything else the next time.
_FINAL: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})


class PullModel:
    """A model of the catalogue."""

    def __init__(self, models_dir: Path, *, on_installed: Callable[[str], None]) -> None:
        self._models_dir = models_dir
        self._on_installed = on_installed

    async def work(self, job_id: str, parameters: Parameters, progress: Progress) -> Done:
        """Fetch it where it is not there."""
        del job_id
        loop, stopping, name = asyncio.get_running_loop(), threading.Event(), parameters["model"]

        def fetched(done: int, total: int | None, _what: str) -> None:
            if stopping.is_set():
                raise InterruptedError
            if total:
                loop.call_soon_threadsafe(progress, done / total)

        try:
            model = await asyncio.to_thread(pull, name, self._models_dir, progress=fetched)
        except (PullFailed, UnknownModel) as error:
            raise JobFailed(str(error)) from error
        finally:
            stopping.set()
        self._on_installed(name)
        return Done({"model": model.name, "version": model.version})


class Exchange(Protocol):
    """The line to the cloud (`gateway.twin.connection.Connection`). Blocks."""

    def exchange(self, method: str, path: str, **facts: Any) -> Reply:
        """Ask, and return the whole answer. Raises NotDelivered."""

    def close(self) -> None:
        """Let go of the connection; the next call opens another."""


class CollectDiagnostics:
    """A bundle of diagnostics, sent to the cloud."""

    def __init__(self, collect: Callable[[], Awaitable[Sequence[Section]]], line: Exchange) -> None:
        self._collect = collect
        self._line = line

    async def work(self, job_id: str, parameters: Parameters, progress: Progress) -> Done:
        """Make it and send it, again and again until the cloud has it or the job's time is over."""
        del parameters
        data = await asyncio.to_thread(packed, await self._collect())
        progress(0.5)
        while not await asyncio.to_thread(self._sent, job_id, data):  # noqa: ASYNC110 - nobody would set an event
            await asyncio.sleep(_TRY_AGAIN_S)
        return Done({"bytes": len(data)})

    def _sent(self, job_id: str, data: bytes) -> bool:
        headers = {"Content-Type": "application/zip"}
        path = f"/api/v1/diagnostics/{job_id}"
        try:
            reply = self._line.exchange("POST", path, content=data, headers=headers)
        except NotDelivered:
            return False
        finally:
            self._line.close()
        if reply.status in _FINAL:
            raise JobFailed(f"the cloud does not take it: {reply.status}")
        return reply.status == HTTPStatus.NO_CONTENT


class FactoryReset:
    """Everything that this box is, ended at its next start, which is now."""

    def __init__(
        self, data_dir: Path, *, name: Callable[[], Awaitable[str]], restart_box: Callable[[], None]
    ) -> None:
        """`name` is the box's in the fleet."""
        self._data_dir = data_dir
        self._name = name
        self._restart_box = restart_box

    async def work(self, job_id: str, parameters: Parameters, progress: Progress) -> Done:
        """Write the order down, which cannot be taken back, and have the cloud hear of that first."""
        del job_id, progress
        name = await self._name()
        if parameters["confirm"] != name:
            raise JobFailed(f"`confirm` names another box; this one is {name}")
        try:
            await asyncio.to_thread(erase.order, self._data_dir)
        except OSError as error:
            raise JobFailed(f"the order to erase cannot be written down: {error.strerror}") from error
        return Done({"erasing": True}, then=self._restart_box)
