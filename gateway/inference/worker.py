"""Asks a model for many at once, off the event loop: requests that wait together make one batch."""

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from gateway.inference.errors import ModelFailed, Overloaded, TooLate
from gateway.inference.tensors import MAX_ROWS, Tensors

_log = logging.getLogger(__name__)

MAX_WAITING: Final = 64
"""Requests that wait at once; one more is told to come back."""
DEADLINE_S: Final = 5.0


class Asked(Protocol):
    """One version of a model."""

    def infer(self, inputs: Tensors) -> Tensors:
        """Return the outputs of a batch. Blocks."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    model: Asked
    inputs: Tensors
    rows: int
    answer: asyncio.Future[Tensors]


class Worker:
    """One thread for all versions of one model.

    Nobody waits for a batch to fill: what comes while the model works on one batch makes the next. A request
    holds on to the version that it came for, so that an exchange in between does not touch it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: deque[_Waiting] = deque(maxlen=MAX_WAITING)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"inference-{name}")
        self._work: asyncio.Task[None] | None = None
        self._closed = False

    async def infer(
        self, model: Asked, inputs: Tensors, *, rows: int, deadline_s: float = DEADLINE_S
    ) -> Tensors:
        """Ask a version of the model; call it on the event loop.

        Raises:
            Overloaded: too many wait, or the box is going down.
            TooLate: no answer within the deadline.
            ModelFailed: the model raised an error; its log has it.
        """
        if self._closed or len(self._waiting) == MAX_WAITING:
            raise Overloaded(f"The model {self._name} has too much to do. Ask again in a second.")
        waiting = _Waiting(model, inputs, rows, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._run())
        try:
            return await asyncio.wait_for(waiting.answer, deadline_s)
        except TimeoutError:
            raise TooLate(f"The model {self._name} gave no answer within {deadline_s:g} s.") from None

    async def close(self) -> None:
        """Answer what waits, then end the thread."""
        self._closed = True
        if self._work is not None:
            await asyncio.wait([self._work], timeout=DEADLINE_S)
        idle = self._work is None or self._work.done()
        self._thread.shutdown(wait=idle, cancel_futures=True)

    async def _run(self) -> None:
        while batch := self._next_batch():
            inputs = _stacked(batch)
            try:
                outputs = await asyncio.get_running_loop().run_in_executor(
                    self._thread, batch[0].model.infer, inputs
                )
            except Exception as error:  # noqa: BLE001 - whatever the runtime raises; told to all who asked
                _log.exception("the model %s failed on %d rows", self._name, len(next(iter(inputs.values()))))
                for each in batch:
                    if not each.answer.done():
                        each.answer.set_exception(
                            ModelFailed(f"The model {self._name} failed: {type(error).__name__}.")
                        )
                continue
            _hand_out(batch, outputs)

    def _next_batch(self) -> list[_Waiting]:
        """Who came first, and those after them who fit into the same batch of the same version."""
        batch: list[_Waiting] = []
        rows = 0
        while self._waiting:
            each = self._waiting[0]
            if each.answer.done():  # nobody waits for it any more
                self._waiting.popleft()
                continue
            if batch and (each.model is not batch[0].model or rows + each.rows > MAX_ROWS):
                break
            batch.append(self._waiting.popleft())
            rows += each.rows
        return batch


def _stacked(batch: list[_Waiting]) -> Tensors:
    if len(batch) == 1:
        return batch[0].inputs
    return {name: np.concatenate([each.inputs[name] for each in batch]) for name in batch[0].inputs}


def _hand_out(batch: list[_Waiting], outputs: Tensors) -> None:
    begin = 0
    for each in batch:
        end = begin + each.rows
        if not each.answer.done():
            each.answer.set_result({name: tensor[begin:end] for name, tensor in outputs.items()})
        begin = end
