"""What would other settings have counted? Asked of the process that still has the keypoints."""

import asyncio
from typing import Final

from gateway.vision_requests import NotRunning, VisionRequests
from vision.counting.counter import CountingSettings
from vision.processes.messages import Answer, Replay, Replayed

# Two minutes of keypoints are counted again in about a second, or in several beside busy cameras.
_ANSWER_S: Final = 15.0


class Replays:
    """Counts a station's last two minutes again; what is counted live does not change."""

    def __init__(self, requests: VisionRequests) -> None:
        self._requests = requests
        self.done = 0
        """How many were answered."""

    async def run(self, station_id: str, counting: CountingSettings) -> Replayed:
        """Count again with these settings.

        Raises:
            RequestFailed: nobody trains there, or too many ask at a time.
            NotRunning: nothing looks through the cameras, or it does not answer.
        """
        asked = self._requests.ask(
            lambda number: Replay(request_id=number, station_id=station_id, counting=counting)
        )
        try:
            answer: Answer = await asyncio.wait_for(asyncio.wrap_future(asked), _ANSWER_S)
        except TimeoutError:
            raise NotRunning(f"The cameras' process gave no answer within {_ANSWER_S:.0f} s.") from None
        assert isinstance(answer, Replayed)  # noqa: S101 - the answer to a Replay
        self.done += 1
        return answer
