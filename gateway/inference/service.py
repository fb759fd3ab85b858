"""What the routes of the Open Inference Protocol reach: every model, and one worker for each."""

import asyncio
from collections import Counter
from typing import Final, Literal

from gateway.inference.errors import InferenceError
from gateway.inference.protocol import Question
from gateway.inference.recommenders import Recommenders, ServedModel
from gateway.inference.tensors import Tensors
from gateway.inference.worker import DEADLINE_S, Worker

Outcome = Literal["answered", "failed"]


class Inference:
    """Asks the models for clients."""

    def __init__(self, recommenders: Recommenders) -> None:
        self.models: Final = recommenders
        self._workers = {name: Worker(name) for name in recommenders.names}
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()
        """How often a request was answered or not, by model."""

    def is_ready(self) -> bool:
        """Whether every model can be asked."""
        return set(self.models.running()) == set(self.models.names)

    async def ask(self, model: ServedModel, question: Question) -> Tensors:
        """Answer a question by this version of a model.

        Raises:
            Overloaded: too many wait.
            TooLate: no answer in time.
            ModelFailed: the model raised an error.
        """
        patience_s = min(question.patience_s or DEADLINE_S, DEADLINE_S)
        try:
            outputs = await self._workers[model.name].infer(
                model, question.inputs, rows=question.rows, deadline_s=patience_s
            )
        except InferenceError:
            self.outcomes[model.name, "failed"] += 1
            raise
        self.outcomes[model.name, "answered"] += 1
        return outputs

    async def close(self) -> None:
        """Answer what waits, then end the threads."""
        await asyncio.gather(*(worker.close() for worker in self._workers.values()))
