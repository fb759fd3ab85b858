"""What the kiosk is told of a machine that the box may command."""

from gateway.commands.machine import Machine
from gateway.live.snapshot import ControlState, StepState


def control_state(machine: Machine, now_s: float) -> ControlState | None:
    """Say whether the box drives a machine, why it yields, and what the plan asks; None without a session."""
    if machine.session is None:
        return None
    facts, drives = machine.control.facts, machine.control.safety.settings.enabled
    step = _step_state(machine, now_s)
    # Of a machine that the box neither drives nor has a step for, nobody has to say that they stand ready.
    hold = facts.hold if drives or step is not None else None
    return ControlState(
        drives=drives,
        hold=hold,
        confirmable=hold is not None and facts.confirmable(now_s),
        step=step,
    )


def _step_state(machine: Machine, now_s: float) -> StepState | None:
    follower, facts = machine.follower, machine.control.facts
    if follower is None or follower.step is None:
        return None
    going = facts.hold is None and facts.heard(now_s)
    return StepState(
        number=follower.index,
        count=len(machine.plan),
        remaining_s=round(follower.remaining_at_s(now_s, going=going), 1),
        targets=dict(follower.step.targets),
        heart_rate_zone=machine.plan[follower.index].heart_rate_zone,
    )
