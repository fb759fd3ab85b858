"""Who waits together is answered together, by the version that each came for; nobody waits for ever."""

import asyncio
import threading
from collections.abc import AsyncIterator

import numpy as np
import pytest

from gateway.inference.errors import InferenceError, ModelFailed, Overloaded, TooLate
from gateway.inference.tensors import MAX_ROWS, Tensors
from gateway.inference.worker import MAX_WAITING, Worker


class Model:
    """Adds its number to what it is shown, once it may."""

    def __init__(self, number: float = 0.0) -> None:
        self.number = number
        self.gate = threading.Event()
        self.gate.set()
        self.batches: list[int] = []
        self.error: Exception | None = None
        self.threads: set[str] = set()

    def infer(self, inputs: Tensors) -> Tensors:
        assert self.gate.wait(10)
        self.threads.add(threading.current_thread().name)
        self.batches.append(len(inputs["x"]))
        if self.error:
            raise self.error
        return {"y": inputs["x"] + self.number}


def shown(*values: float) -> Tensors:
    return {"x": np.array(values, np.float32)}


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker("toy")
    yield worker
    await worker.close()


async def ask(worker: Worker, model: Model, *values: float, deadline_s: float = 10.0) -> list[float]:
    said = await worker.infer(model, shown(*values), rows=len(values), deadline_s=deadline_s)
    answer: list[float] = said["y"].tolist()
    return answer


async def begin(worker: Worker, model: Model) -> "asyncio.Task[list[float]]":
    """Keep the worker busy with one request until the model's gate opens."""
    model.gate.clear()
    first = asyncio.create_task(ask(worker, model, 0.0))
    await asyncio.sleep(0.02)
    return first


async def test_one_alone_is_answered_off_the_event_loop(worker: Worker) -> None:
    model = Model(1.0)
    assert await ask(worker, model, 1.0, 2.0) == [2.0, 3.0]
    assert await ask(worker, model, 3.0) == [4.0]
    assert model.batches == [2, 1]
    assert all(name.startswith("inference-toy") for name in model.threads)


async def test_what_comes_meanwhile_makes_one_batch_and_each_gets_its_own_rows(worker: Worker) -> None:
    model = Model(0.5)
    first = await begin(worker, model)
    others = [asyncio.create_task(ask(worker, model, *range(n, n + n % 3 + 1))) for n in range(20)]
    await asyncio.sleep(0)
    model.gate.set()
    answers = await asyncio.gather(first, *others)
    assert answers == [[0.5], *([k + 0.5 for k in range(n, n + n % 3 + 1)] for n in range(20))]
    assert model.batches == [1, sum(n % 3 + 1 for n in range(20))]
    assert len(model.threads) == 1


async def test_no_batch_is_longer_than_told(worker: Worker) -> None:
    model = Model()
    first = await begin(worker, model)
    long = [asyncio.create_task(ask(worker, model, *[float(n)] * 100)) for n in range(5)]
    await asyncio.sleep(0)
    model.gate.set()
    await asyncio.gather(first, *long)
    assert model.batches == [1, 200, 200, 100]
    assert max(model.batches) <= MAX_ROWS


async def test_each_is_answered_by_the_version_it_came_for(worker: Worker) -> None:
    old, new = Model(10.0), Model(20.0)
    first = await begin(worker, old)
    asked = [asyncio.create_task(ask(worker, model, 1.0)) for model in (old, old, new, new, old)]
    await asyncio.sleep(0)
    old.gate.set()
    assert await asyncio.gather(first, *asked) == [[10.0], [11.0], [11.0], [21.0], [21.0], [11.0]]
    assert (old.batches, new.batches) == ([1, 2, 1], [2])


async def test_one_more_than_may_wait_is_told_to_come_back(worker: Worker) -> None:
    model = Model()
    first = await begin(worker, model)
    waiting = [asyncio.create_task(ask(worker, model, float(n))) for n in range(MAX_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="too much to do"):
        await ask(worker, model, 1.0)
    model.gate.set()
    assert len(await asyncio.gather(first, *waiting)) == MAX_WAITING + 1


async def test_who_waits_too_long_is_told_and_nobody_works_for_them_any_more(worker: Worker) -> None:
    model = Model()
    first = await begin(worker, model)
    with pytest.raises(TooLate, match=r"no answer within 0\.01 s"):
        await ask(worker, model, 1.0, deadline_s=0.01)
    model.gate.set()
    await first
    assert await ask(worker, model, 5.0) == [5.0]
    assert model.batches == [1, 1]


async def test_a_failure_is_told_to_all_who_asked_and_the_next_are_served(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    model = Model()
    model.error = RuntimeError("a secret of /the/box")
    results = await asyncio.gather(*(ask(worker, model, 1.0) for _ in range(3)), return_exceptions=True)
    assert [str(each) for each in results] == ["The model toy failed: RuntimeError."] * 3
    assert all(isinstance(each, ModelFailed) for each in results)
    assert "a secret" in caplog.text
    model.error = None
    assert await ask(worker, model, 2.0) == [2.0]


async def test_closing_answers_what_waits_and_refuses_what_comes(worker: Worker) -> None:
    model = Model()
    first = await begin(worker, model)
    second = asyncio.create_task(ask(worker, model, 7.0))
    await asyncio.sleep(0)
    closing = asyncio.create_task(worker.close())
    await asyncio.sleep(0)
    with pytest.raises(InferenceError):
        await ask(worker, model, 1.0)
    model.gate.set()
    await closing
    assert (await first, await second) == ([0.0], [7.0])
