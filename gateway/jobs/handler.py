"""How a kind of job is done here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from provisioning.twin import Fields

Parameters = Mapping[str, Any]
Progress = Callable[[float], None]
"""Told how much is done, 0 to 1."""


class JobFailed(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """The work did not succeed; the text says why."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a job.

    Attributes:
        result: for whoever asked, small.
        then: what ends this process or what it is; called once the cloud has heard, or could not be told.
    """

    result: Fields = field(default_factory=dict)
    then: Callable[[], None] | None = None


def _nothing_against(parameters: Parameters) -> str:
    del parameters
    return ""


@dataclass(frozen=True, slots=True)
class Handler:
    """A kind of job.

    Attributes:
        work: does it; may raise `JobFailed`; may be begun again after a kill, and cancelled at any wait.
        refuses: why it cannot be done here at all; empty when it can.
    """

    work: Callable[[str, Parameters, Progress], Awaitable[Done]]
    """Given the job's id, its parameters, and whom to tell how far it is."""
    refuses: Callable[[Parameters], str] = _nothing_against
