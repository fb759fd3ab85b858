"""Machines that follow a session's plan: its steps, and every two seconds what the current one asks for."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final, Self

import uuid_utils
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from devices.control.command import QUANTITIES, Quantity, SetTarget
from devices.control.following import Follower, Step
from devices.safety import Refused
from gateway.clock import Clock
from gateway.commands.errors import NothingToFollow
from gateway.commands.machine import Machine
from gateway.commands.service import DEFAULT_EXPIRY_S, Caller, Commands
from gateway.live.snapshot import Message
from gateway.sessions.followed import Followed
from recommender.heart_rate import HIGHEST_RATE_BPM, ZONES

if TYPE_CHECKING:
    from gateway.sessions.active import ActiveSession

_log = logging.getLogger(__name__)

FOLLOW_EVERY_S: Final = 2.0
MAX_STEPS: Final = 200


class PlanStep(BaseModel):
    """A part of a plan: how long, and what the machine is to do; or which zone the speed is to bring."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    duration_s: Annotated[float, Field(gt=0, le=14_400)]
    speed_kmh: Annotated[float, Field(gt=0, le=30)] | None = None
    incline_percent: Annotated[float, Field(ge=-10, le=40)] | None = None
    resistance_level: Annotated[float, Field(ge=0, le=255)] | None = None
    power_w: Annotated[float, Field(ge=0, le=2000)] | None = None
    heart_rate_zone: Annotated[int, Field(ge=1, le=5)] | None = None
    opening_kmh: Annotated[float, Field(gt=0, le=30)] | None = Field(
        default=None, description="With a zone: the speed from which on it is looked for."
    )

    @model_validator(mode="after")
    def _one_master_of_the_speed(self) -> Self:
        if self.heart_rate_zone is not None and self.speed_kmh is not None:
            raise ValueError("give speed_kmh or heart_rate_zone: one of them decides how fast it goes")
        if self.heart_rate_zone is None and self.opening_kmh is not None:
            raise ValueError("opening_kmh is where a heart_rate_zone is looked for: give both, or speed_kmh")
        return self

    @property
    def targets(self) -> dict[Quantity, float]:
        """What the step names itself."""
        return {name: value for name in QUANTITIES if (value := getattr(self, name)) is not None}


_STEPS: Final = TypeAdapter(tuple[PlanStep, ...])
_RESTARTED: Final = Caller("kiosk", "the box, restarted")


class PlanProgress(Message):
    """Where a session stands in its plan, and what the current step asks of the machine."""

    session_id: str
    steps: list[PlanStep]
    current: int | None = Field(description="Number of the current step from 0; null when all are done.")
    remaining_s: float = Field(description="Seconds that the current step has left.")
    targets: dict[Quantity, float] = Field(description="What the current step asks of the machine.")
    follows: bool = Field(description="Whether the box itself sets the targets; otherwise they are an offer.")
    waits_for: str | None = Field(description="Why nothing is set now, in words; null when nothing hinders.")


class Plans:
    """Every plan that is followed; on the event loop."""

    def __init__(self, *, commands: Commands, clock: Clock | None = None) -> None:
        self._commands = commands
        self._clock = clock or Clock()
        self.failed_turns = 0

    def set_steps(
        self, session_id: str, steps: Sequence[PlanStep], caller: Caller, *, done_s: float = 0.0
    ) -> PlanProgress:
        """Follow these steps from now on; nothing is set before a person confirms (rule 7).

        Args:
            session_id: whose machine is to follow.
            steps: in order.
            caller: who asks, for the log.
            done_s: seconds of them that have passed already.

        Raises:
            NothingToFollow: the session has no machine, or a zone is asked for whose bounds nobody knows.
        """
        machine = self._machine(session_id)
        maximum_bpm = None if machine.session is None else machine.session.maximum_bpm
        follower = Follower([_step(each, maximum_bpm) for each in steps], done_s=done_s)
        machine.control.facts.yield_for("plan")
        machine.follower, machine.plan = follower, tuple(steps)
        if machine.session is not None:
            machine.session.follow(Followed(_STEPS.dump_json(machine.plan).decode(), done_s))
        self._commands.plan_changed(machine, caller, len(steps))
        self._begin_step(machine)
        return self.progress(session_id)

    def progress(self, session_id: str) -> PlanProgress:
        """Where a session stands.

        Raises:
            NothingToFollow: it has no machine, or no steps.
        """
        machine = self._machine(session_id)
        follower = machine.follower
        if follower is None:
            raise NothingToFollow("The session has no steps.")
        step = follower.step
        return PlanProgress(
            session_id=session_id,
            steps=list(machine.plan),
            current=None if step is None else follower.index,
            remaining_s=round(follower.remaining_s, 1),
            targets={} if step is None else dict(step.targets),
            follows=machine.control.safety.settings.enabled,
            waits_for=machine.control.facts.why_held,
        )

    def session_started(self, session: "ActiveSession") -> None:
        """Go on with the steps that a session followed when the box went down."""
        if session.followed is None:
            return
        try:
            steps = _STEPS.validate_json(session.followed.steps)
            self.set_steps(session.id, steps, _RESTARTED, done_s=session.followed.done_s)
        except (ValidationError, NothingToFollow) as error:  # of another version, or without its machine now
            _log.warning("session %s goes on without its steps: %s", session.id, error)

    def session_ended(self, session: "ActiveSession") -> None:
        """Its machine forgets the steps by itself."""

    async def run(self) -> None:
        """Follow, until cancelled."""
        while True:
            try:
                self.turn()
            except Exception:  # noqa: BLE001 - one plan must not hold up the others; logged and counted
                self.failed_turns += 1
                _log.exception("the plans could not be followed")
            await asyncio.sleep(FOLLOW_EVERY_S)

    def turn(self) -> None:
        """Do once what `run` does every two seconds."""
        now_s = self._clock.now_s()
        for machine in self._commands.machines:
            if machine.follower is not None:
                self._follow(machine, machine.follower, now_s)

    def _follow(self, machine: Machine, follower: Follower, now_s: float) -> None:
        facts, safety = machine.control.facts, machine.control.safety
        going = facts.hold is None and facts.heard(now_s)
        if follower.advance(now_s, going=going):
            self._begin_step(machine)
        if not going or machine.session is None:
            return
        if machine.session.followed is not None:
            machine.session.follow(replace(machine.session.followed, done_s=follower.done_s))
        bpm = machine.heart_rate_bpm if facts.heart_rate_heard(now_s) else None
        for wish in follower.wishes(facts, bpm, now_s):
            value = safety.towards(wish.quantity, wish.value, now_s)
            if value is None:
                continue
            command = SetTarget(
                str(uuid_utils.uuid7()),
                wish.source,
                machine.session.id,
                now_s + DEFAULT_EXPIRY_S,
                wish.quantity,
                value,
            )
            # What the rules forbid now is no command, and nobody has to read of it: it is asked for again.
            if not isinstance(safety.judge(command, now_s), Refused):
                self._commands.submit(machine, command)

    def _begin_step(self, machine: Machine) -> None:
        step = None if machine.follower is None else machine.follower.step
        machine.control.facts.follow_heart_rate(on=step is not None and step.heart_rate_bpm is not None)

    def _machine(self, session_id: str) -> Machine:
        machine = self._commands.machine_of(session_id)
        if machine is None:
            raise NothingToFollow("No session with this id runs on a machine that the box could command.")
        return machine


def _step(step: PlanStep, maximum_bpm: float | None) -> Step:
    if step.heart_rate_zone is None:
        return Step(step.duration_s, step.targets)
    if maximum_bpm is None:
        raise NothingToFollow("A heart-rate zone needs the member's birth date or maximum heart rate.")
    zone = ZONES[step.heart_rate_zone - 1]
    upper = HIGHEST_RATE_BPM if zone.upper_fraction is None else zone.upper_fraction * maximum_bpm
    bounds_bpm = (zone.lower_fraction * maximum_bpm, upper)
    return Step(step.duration_s, step.targets, bounds_bpm, step.opening_kmh)
