"""How the upload is doing: what people, programs and the event log are told."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sync.upload.policy import Problem

Level = Literal["off", "ok", "degraded"]
Trouble = Problem | Literal["clock", "refused"]
Event = Literal["lost", "reached", "refused", "dropped", "restamped"]


@dataclass(frozen=True, slots=True)
class UploadState:
    """How the upload is doing, in words for people.

    Attributes:
        level: "off" without a cloud.
        reason: What is wrong and what helps; empty when nothing is.
        problem: The kind of it, for programs.
        last_success_at: When the cloud last took records.
        ahead_s: How far the box's clock is ahead of the cloud's; None while that is unknown.
    """

    level: Level = "off"
    reason: str = ""
    problem: Trouble | None = None
    last_success_at: datetime | None = None
    ahead_s: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the cloud answers, whatever it thinks of single records."""
        return self.level == "ok" or self.problem == "refused"


@dataclass(slots=True)
class UploadCounts:
    """What the upload did since the box started."""

    acknowledged: int = 0
    refused: int = 0
    dropped: int = 0
    restamped: int = 0
    sent_bytes: int = 0
    attempts: dict[str, int] = field(default_factory=dict)

    def attempt(self, outcome: str) -> None:
        """Count an exchange with the cloud."""
        self.attempts[outcome] = self.attempts.get(outcome, 0) + 1
