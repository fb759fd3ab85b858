"""What is asked of the inference process for a replay, and what comes of it."""

import asyncio

import pytest

from gateway import replays as module
from gateway.replays import Replays
from gateway.vision_requests import NotRunning, RequestFailed, VisionRequests
from vision.counting.counter import CountingSettings
from vision.processes.messages import Declined, Replay, Replayed, Request, Tally

CANDIDATE = CountingSettings(dwell_s=0.2)
ANSWER = Replayed(
    request_id=1,
    exercises=("squat",),
    window_s=60.0,
    as_counted=Tally(3, 1),
    would_count=Tally(4, 0),
    reps_at_s=(1.0, 2.0, 3.0, 4.0),
)


class Process:
    """Takes requests, and answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.requests = VisionRequests(self._take)
        self.replays = Replays(self.requests)

    def _take(self, request: Request) -> bool:
        self.asked.append(request)
        return True


async def test_the_answer_is_what_the_process_says() -> None:
    process = Process()
    waiting = asyncio.create_task(process.replays.run("mat", CANDIDATE))
    await asyncio.sleep(0)
    assert process.asked == [Replay(request_id=1, station_id="mat", counting=CANDIDATE)]
    process.requests.answered(ANSWER)
    assert await waiting == ANSWER
    assert process.replays.done == 1


async def test_a_refusal_is_told_and_not_counted() -> None:
    process = Process()
    waiting = asyncio.create_task(process.replays.run("mat", CANDIDATE))
    await asyncio.sleep(0)
    process.requests.answered(Declined(request_id=1, reason="nobody trains at mat"))
    with pytest.raises(RequestFailed, match="nobody trains at mat"):
        await waiting
    assert process.replays.done == 0


async def test_no_answer_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ANSWER_S", 0.01)
    process = Process()
    with pytest.raises(NotRunning, match="no answer"):
        await process.replays.run("mat", CANDIDATE)
    process.requests.answered(ANSWER)
    assert process.replays.done == 0
