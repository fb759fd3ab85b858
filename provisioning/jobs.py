"""Jobs: what a box is asked to do once, and how far it is.

Pure; the box and the cloud use the same file. States are those of AWS IoT Jobs ("Jobs and job execution
states" of its developer guide). A job travels in the named shadow `jobs`: desired has one object for each job
that is still open, by its id, reported what the box says of it. The cloud takes a job out of desired when it
has ended, and the box takes it out of reported then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from provisioning.manifest import ModelName, Sha256
from provisioning.twin import Fields, encode

SHADOW: Final = "jobs"
"""The named shadow of jobs; its keys are their ids."""

State = Literal[
    "QUEUED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT", "REMOVED", "CANCELED"
]
STATES: Final[tuple[State, ...]] = get_args(State)
MOVES: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        "QUEUED": frozenset(STATES) - {"QUEUED"},
        "IN_PROGRESS": frozenset(STATES) - {"QUEUED", "REJECTED"},
        **dict.fromkeys(STATES[2:], frozenset[State]()),
    }
)
"""Which states may follow which; from the last six none does."""
OPEN: Final[tuple[State, ...]] = ("QUEUED", "IN_PROGRESS")
SAID_BY_BOX: Final[frozenset[State]] = frozenset(
    {"IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT"}
)

Kind = Literal[
    "restart_part", "collect_diagnostics", "reprobe_cameras", "pull_model", "update", "factory_reset"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MAX_OPEN: Final = 20
"""Open jobs of one box; so many fit into its shadow."""
MAX_REASON: Final = 300
MAX_RESULT_BYTES: Final = 2048
MIN_TIMEOUT_S: Final = 10.0
MAX_TIMEOUT_S: Final = 86_400.0
MAX_EXPIRY_S: Final = 90 * 86_400.0
# A box that is offline ends its jobs by itself and says so when it is back.
_PATIENCE: Final = timedelta(hours=1)

_Word = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class JobRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """A job makes no sense; the text says what is wrong with it."""


class _Parameters(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Nothing(_Parameters):
    """Of kinds that need none."""


class RestartPart(_Parameters):
    """Which part: `box` for the whole process, else a process that it supervises."""

    part: _Word


class PullModel(_Parameters):
    """Which model of the catalogue."""

    model: ModelName


class Update(_Parameters):
    """Which release of the software; as its rollout would assign it."""

    version: _Word
    target: _Word
    sha256: Sha256
    purpose: Literal["feature", "security"] = "feature"


class FactoryReset(_Parameters):
    """The id of the box, typed by whoever wants it erased."""

    confirm: _Word


PARAMETERS: Final[Mapping[Kind, type[_Parameters]]] = MappingProxyType(
    {
        "restart_part": RestartPart,
        "collect_diagnostics": Nothing,
        "reprobe_cameras": Nothing,
        "pull_model": PullModel,
        "update": Update,
        "factory_reset": FactoryReset,
    }
)


class Job(BaseModel):
    """A job as a box is told of it."""

    # A newer cloud may say more than this box knows.
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    kind: Kind
    parameters: dict[str, Any] = Field(default_factory=dict)
    queued_at: Annotated[AwareDatetime, Field(strict=False)]
    expires_at: Annotated[AwareDatetime, Field(strict=False, description="Not begun by then, it never is.")]
    timeout_s: float = Field(ge=MIN_TIMEOUT_S, le=MAX_TIMEOUT_S, description="How long it may take.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A job on one box.

    Attributes:
        state: how far it is.
        reason: why it is there, for people; empty when that is plain.
        progress: 0 to 1; None when it is not known.
        result: what came of it, small.
        started_at: when the box began, as the cloud heard of it.
        ended_at: when it came into one of the last six states.
    """

    state: State = "QUEUED"
    reason: str = ""
    progress: float | None = None
    result: Fields = field(default_factory=dict)
    started_at: datetime | None = None
    ended_at: datetime | None = None


def read_job(desired: object) -> Job:
    """What is desired under a job's id, with parameters that its kind has.

    Raises:
        JobRefused: it is not of that form.
    """
    try:
        job = Job.model_validate(desired)
    except ValidationError as error:
        raise _refused("the job", error) from None
    check_parameters(job.kind, job.parameters)
    return job


def check_parameters(kind: str, parameters: Fields) -> Kind:
    """Return the kind when it is one, and its parameters are what it needs.

    Raises:
        JobRefused: there is no such kind, or the parameters are not its own.
    """
    known: Kind | None = next((each for each in KINDS if each == kind), None)
    if known is None:
        raise JobRefused(f"there is no job of the kind {kind[:40]!r}; there are {', '.join(KINDS)}")
    try:
        PARAMETERS[known].model_validate(dict(parameters))
    except ValidationError as error:
        raise _refused(f"the parameters of {known}", error) from None
    return known


def told(job: Job) -> dict[str, Any]:
    """A job as it is written into desired."""
    return job.model_dump(mode="json")


def say(execution: Execution) -> dict[str, Any]:
    """An execution as a box reports it; what is empty is deleted there."""
    return {
        "state": execution.state,
        "reason": execution.reason[:MAX_REASON] or None,
        "progress": execution.progress,
        "result": dict(execution.result) or None,
    }


def hear(said: object) -> Execution | None:
    """What a box reports of a job; None when that is nothing. A box is not trusted to keep the form."""
    if not isinstance(said, Mapping):
        return None
    state = next((each for each in SAID_BY_BOX if each == said.get("state")), None)
    if state is None:
        return None
    return Execution(
        state=state,
        reason=str(said.get("reason") or "")[:MAX_REASON],
        progress=_share(said.get("progress")),
        result=_small(said.get("result")),
    )


def _share(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    return None


def _small(value: object) -> Fields:
    return value if isinstance(value, Mapping) and len(encode(value)) <= MAX_RESULT_BYTES else {}


def follow(before: Execution, said: Execution | None, job: Job, now: datetime) -> Execution:
    """An execution after what its box says of it, and after the time that has passed.

    Args:
        before: as it is known.
        said: what the box reports; None while it reports nothing.
        job: which one it is.
        now: this moment, by the cloud's clock.
    """
    if said is not None and before.state in OPEN and said.state in {before.state, *MOVES[before.state]}:
        begun = None if said.state == "REJECTED" else before.started_at or now
        return replace(said, started_at=begun, ended_at=None if said.state in OPEN else now)
    if before.state == "QUEUED" and now >= job.expires_at:
        return end(before, "TIMED_OUT", "it expired before the box began it", now)
    if before.state == "IN_PROGRESS" and before.started_at is not None:
        due = max(before.started_at + timedelta(seconds=job.timeout_s), job.expires_at) + _PATIENCE
        if now >= due:
            return end(before, "TIMED_OUT", "the box began it and was not heard of again", now)
    return before


def end(before: Execution, state: State, reason: str, now: datetime) -> Execution:
    """An execution that has ended for a reason; one that had ended before stays as it was."""
    if state not in MOVES[before.state]:
        return before
    return replace(before, state=state, reason=reason, ended_at=now)


def _refused(what: str, error: ValidationError) -> JobRefused:
    detail = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in detail["loc"])
    return JobRefused(f"{what}: {where + ': ' if where else ''}{detail['msg']}")
