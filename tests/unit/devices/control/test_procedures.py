from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from devices.codecs.control_point import Op, Response, Result, decode_request
from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.codecs.ranges import Range
from devices.control.command import Command, SetTarget, Start, Stop
from devices.control.effects import Effect, Outcome, Reconnect, Write
from devices.control.machine_news import LinkChanged, MachineNews, Supported
from devices.control.procedures import MachineControl
from devices.safety import SafetySettings

LIMITS = SafetySettings(
    enabled=True, limits={"speed_kmh": 12.0, "incline_percent": 8.0, "resistance_level": 100.0}
)


class Machine:
    """A control with its clock; what it wrote, and what became of commands."""

    def __init__(self, settings: SafetySettings = LIMITS) -> None:
        self.control = MachineControl(settings)
        self.now_s = 100.0
        self.effects: list[Effect] = []
        self.number = 0

    def take(self, effects: Sequence[Effect]) -> list[Effect]:
        self.effects += effects
        return list(effects)

    def ready(self) -> "Machine":
        """Somebody runs at 5 km/h, checked in, and has just pressed START; control is given."""
        self.hear(Supported("speed_kmh", Range(0.8, 20.0, 0.1)))
        self.control.facts.on_telemetry({"speed_kmh": 5.0}, self.now_s)
        self.take(self.control.session_started("s", self.now_s))
        self.hear(MachineStatus(StatusOp.STARTED_BY_USER))
        self.answer(Op.REQUEST_CONTROL)
        self.effects.clear()
        return self

    def hear(self, news: MachineNews) -> list[Effect]:
        return self.take(self.control.hear(news, self.now_s))

    def answer(self, op: Op, result: Result = Result.SUCCESS) -> list[Effect]:
        return self.hear(Response(op, result))

    def passes(self, seconds: float, *, heard: bool = True) -> list[Effect]:
        found: list[Effect] = []
        for _ in range(round(seconds * 2)):
            self.now_s += 0.5
            if heard:
                self.control.facts.on_telemetry({"speed_kmh": 5.0}, self.now_s)
            found += self.take(self.control.tick(self.now_s))
        return found

    def set_speed(self, value: float, *, lives_s: float = 2.0) -> list[Effect]:
        self.number += 1
        command = SetTarget(f"c{self.number}", "kiosk", "s", self.now_s + lives_s, "speed_kmh", value)
        return self.take(self.control.submit(command, self.now_s))

    def stop(self) -> list[Effect]:
        self.number += 1
        return self.take(self.control.submit(Stop(f"c{self.number}", "operator"), self.now_s))


def writes(effects: Sequence[Effect]) -> list[Op]:
    return [decode_request(each.payload).op for each in effects if isinstance(each, Write)]


def outcomes(effects: Sequence[Effect]) -> list[str]:
    return [each.outcome for each in effects if isinstance(each, Outcome)]


def test_control_is_asked_for_when_the_session_starts_and_given_back_when_it_ends() -> None:
    machine = Machine()
    assert writes(machine.control.session_started("s", 1.0)) == [Op.REQUEST_CONTROL]
    machine.answer(Op.REQUEST_CONTROL)
    assert [type(each) for each in machine.control.session_ended(2.0)] == [Reconnect]


def test_without_the_operators_leave_control_is_never_asked_for() -> None:
    machine = Machine(SafetySettings())
    assert machine.control.session_started("s", 1.0) == []
    assert machine.control.session_ended(2.0) == []


def test_a_target_is_written_and_done_when_the_machine_says_so() -> None:
    machine = Machine().ready()
    effects = machine.set_speed(6.0)
    assert effects[0] == Write(bytes.fromhex("025802"), 2)
    assert outcomes(effects) == ["sent"]
    assert machine.answer(Op.SET_SPEED)[0].value == 6.0  # type: ignore[union-attr]


def test_one_procedure_at_a_time_and_the_next_when_it_is_answered() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    assert machine.set_speed(4.9) == []
    machine.now_s += 1.0
    effects = machine.answer(Op.SET_SPEED)
    assert outcomes(effects) == ["done", "sent"]
    assert writes(effects) == [Op.SET_SPEED]


def test_what_waits_is_judged_again_when_its_turn_comes() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    machine.set_speed(4.9)
    machine.hear(MachineStatus(StatusOp.STOPPED_BY_SAFETY_KEY))
    effects = machine.answer(Op.SET_SPEED)
    assert outcomes(effects) == ["done", "refused"]
    assert writes(effects) == []


def test_what_waits_too_long_expires() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    machine.set_speed(4.9)
    assert outcomes(machine.passes(2.0)) == ["expired"]


def test_no_more_than_a_few_commands_wait() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    for _ in range(8):
        assert machine.set_speed(4.9) == []
    assert outcomes(machine.set_speed(4.9)) == ["refused"]


def test_control_is_asked_for_again_before_a_command_when_it_was_lost() -> None:
    machine = Machine().ready()
    machine.hear(MachineStatus(StatusOp.CONTROL_LOST))
    machine.hear(MachineStatus(StatusOp.STARTED_BY_USER))
    assert writes(machine.set_speed(5.2)) == [Op.REQUEST_CONTROL]
    assert writes(machine.answer(Op.REQUEST_CONTROL)) == [Op.SET_SPEED]


def test_a_machine_that_gives_no_control_is_not_asked_twice_for_one_command() -> None:
    machine = Machine().ready()
    machine.hear(MachineStatus(StatusOp.CONTROL_LOST))
    machine.hear(MachineStatus(StatusOp.STARTED_BY_USER))
    machine.set_speed(5.2)
    effects = machine.answer(Op.REQUEST_CONTROL, Result.NOT_PERMITTED)
    assert (outcomes(effects), writes(effects)) == (["failed"], [])


def test_a_target_that_is_not_permitted_means_that_control_is_lost() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    assert outcomes(machine.answer(Op.SET_SPEED, Result.NOT_PERMITTED)) == ["failed"]
    assert machine.control.facts.hold == "control_lost"


@pytest.mark.parametrize("result", [Result.NOT_SUPPORTED, Result.INVALID_PARAMETER, Result.FAILED])
def test_a_machine_that_declines_is_left_alone(result: Result) -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    effects = machine.answer(Op.SET_SPEED, result)
    assert (outcomes(effects), writes(effects)) == (["failed"], [])


def test_an_answer_to_nothing_changes_nothing() -> None:
    assert Machine().ready().answer(Op.SET_INCLINE) == []


# Stop.


def test_a_stop_goes_out_at_once_past_a_procedure_and_what_waits_is_dropped() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    machine.set_speed(4.9)
    effects = machine.stop()
    assert writes(effects) == [Op.STOP]
    assert outcomes(effects) == ["refused", "sent"]
    assert machine.control.facts.hold == "stopped"


def test_a_stop_asks_for_control_in_the_same_breath_where_there_is_none() -> None:
    assert writes(Machine(SafetySettings()).stop()) == [Op.REQUEST_CONTROL, Op.STOP]


def test_control_taken_for_a_stop_alone_is_given_back() -> None:
    machine = Machine(SafetySettings())
    machine.stop()
    machine.answer(Op.REQUEST_CONTROL)
    assert [type(each) for each in machine.answer(Op.STOP)] == [Outcome, Reconnect]


def test_a_stop_is_repeated_until_it_is_answered() -> None:
    machine = Machine().ready()
    machine.stop()
    assert writes(machine.passes(3.0)) == [Op.STOP] * 3
    assert outcomes(machine.answer(Op.STOP)) == ["done"]
    assert writes(machine.passes(3.0)) == []


def test_a_stop_is_not_repeated_once_somebody_has_started_the_machine_again() -> None:
    machine = Machine().ready()
    machine.stop()
    assert outcomes(machine.hear(MachineStatus(StatusOp.STARTED_BY_USER))) == ["superseded"]
    assert writes(machine.passes(3.0)) == []


def test_a_stop_that_is_not_permitted_asks_for_control_and_goes_on() -> None:
    machine = Machine().ready()
    machine.stop()
    assert machine.answer(Op.STOP, Result.NOT_PERMITTED) == []
    assert writes(machine.passes(1.0)) == [Op.REQUEST_CONTROL, Op.STOP]


def test_a_stop_that_came_amid_a_procedure_is_repeated_when_that_ends() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    machine.stop()
    assert writes(machine.answer(Op.SET_SPEED)) == [Op.STOP]


def test_a_machine_that_cannot_stop_says_so() -> None:
    machine = Machine().ready()
    machine.stop()
    assert outcomes(machine.answer(Op.STOP, Result.FAILED)) == ["failed"]


def test_a_stop_that_cannot_leave_the_box_tells_once_and_is_tried_again() -> None:
    machine = Machine().ready()
    (write, _) = machine.stop()
    assert isinstance(write, Write)
    assert outcomes(machine.take(machine.control.unsent(write, machine.now_s))) == ["unreachable"]
    (again,) = machine.passes(1.0)
    assert isinstance(again, Write)
    assert machine.control.unsent(again, machine.now_s) == []


def test_a_stop_is_written_even_after_a_timeout() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    machine.passes(30.0)
    assert writes(machine.stop()) == [Op.REQUEST_CONTROL, Op.STOP]


def test_a_stop_without_an_answer_ends_with_a_new_link() -> None:
    machine = Machine().ready()
    machine.stop()
    effects = machine.passes(30.0)
    assert outcomes(effects) == ["timed_out"]
    assert isinstance(effects[-1], Reconnect)


# Rule 8: a procedure without an answer.


def test_after_thirty_seconds_nothing_is_written_or_repeated_before_there_is_a_new_link() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    effects = machine.passes(30.0)
    assert outcomes(effects) == ["timed_out"]
    assert [type(each) for each in effects] == [Outcome, Reconnect]
    machine.hear(MachineStatus(StatusOp.STARTED_BY_USER))
    (refused,) = machine.set_speed(5.2)
    assert isinstance(refused, Outcome)
    assert refused.rule == 8
    machine.hear(LinkChanged(up=False))
    machine.hear(LinkChanged(up=True))
    assert writes(machine.passes(5.0)) == []
    machine.hear(MachineStatus(StatusOp.STARTED_BY_USER))
    assert writes(machine.set_speed(5.2)) == [Op.REQUEST_CONTROL]


def test_a_lost_link_ends_a_procedure_and_everything_that_waits() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    machine.set_speed(4.9)
    effects = machine.hear(LinkChanged(up=False))
    assert (outcomes(effects), writes(effects)) == (["unreachable", "unreachable"], [])


def test_without_the_broker_what_waits_is_dropped_and_the_box_yields() -> None:
    machine = Machine().ready()
    machine.set_speed(5.2)
    machine.set_speed(4.9)
    assert outcomes(machine.take(machine.control.broker_lost(machine.now_s))) == ["unreachable"]
    assert machine.control.facts.hold == "link"


def test_a_target_that_cannot_leave_the_box_is_not_tried_again() -> None:
    machine = Machine().ready()
    write = machine.set_speed(5.2)[0]
    assert isinstance(write, Write)
    assert outcomes(machine.take(machine.control.unsent(write, machine.now_s))) == ["unreachable"]
    assert machine.passes(5.0) == []


def test_a_resistance_is_as_wide_as_the_machine_has_it_and_refused_where_it_does_not_fit() -> None:
    machine = Machine().ready()
    machine.hear(Supported("resistance_level", Range(0.0, 100.0, 0.5), octets=1))
    for value, expected in ((20.0, ["sent"]), (30.0, ["refused"])):
        command = SetTarget(f"r{value}", "kiosk", "s", machine.now_s + 2, "resistance_level", value)
        effects = machine.control.submit(command, machine.now_s)
        assert outcomes(effects) == expected
        machine.answer(Op.SET_RESISTANCE)


# Any interleaving.

FINAL = {"done", "refused", "failed", "expired", "timed_out", "unreachable", "superseded"}


class Trial:
    """Anything in any order; what must hold whatever happens."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - chance, not a secret
        self.machine = Machine()
        self.outstanding: Op | None = None
        self.since_s = 0.0
        self.stuck = False
        self.commands: dict[str, Command] = {}
        self.finals: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()

    def run(self) -> None:
        self.machine.ready()
        for _ in range(40):
            self.step()
        assert all(self.sent[name] <= 1 for name in self.sent), "something was sent twice"
        assert all(count == 1 for name, count in self.finals.items()), self.finals

    def step(self) -> None:
        random, machine = self.random, self.machine
        match random.randrange(12):
            case 0 | 1 | 2:
                self.submit(self.command())
            case 3:
                stop = Stop(f"s{len(self.commands)}", "alarm")
                effects = self.submit(stop)
                assert Op.STOP in writes(effects), "a stop waits for nothing"
            case 4 | 5 | 6:
                op = self.outstanding if random.random() < 0.8 else Op.STOP
                if op is not None:
                    if op is self.outstanding:
                        self.outstanding = None
                    self.note(machine.answer(op, random.choice([Result.SUCCESS] * 4 + [*Result])))
            case 7:
                done = [StatusOp.STARTED_BY_USER] * 4 + [StatusOp.STOPPED_BY_USER, StatusOp.CONTROL_LOST]
                status = random.choice(done)
                values = (1.0,) if status == StatusOp.STOPPED_BY_USER else ()
                self.note(machine.hear(MachineStatus(status, values)))
            case 8:
                self.outstanding, self.stuck = None, False
                self.note(machine.hear(LinkChanged(up=False)))
                self.note(machine.hear(LinkChanged(up=True)))
            case 9:
                machine.now_s += random.choice([5.0, 29.0])
                self.tick()
            case _:
                machine.now_s += random.choice([0.1, 0.5, 1.0])
                self.tick()

    def tick(self) -> None:
        machine = self.machine
        machine.control.facts.on_telemetry({"speed_kmh": 5.0}, machine.now_s)
        if self.outstanding is not None and machine.now_s - self.since_s >= 30.0:
            self.outstanding, self.stuck = None, True
        self.note(machine.take(machine.control.tick(machine.now_s)))

    def command(self) -> Command:
        name, now_s = f"c{len(self.commands)}", self.machine.now_s
        if self.random.random() < 0.1:
            return Start(name, "kiosk", "s", now_s + 2.0)
        return SetTarget(
            name, "plan", "s", now_s + 2.0, "speed_kmh", self.random.choice([4.8, 5.0, 5.1, 5.5])
        )

    def submit(self, command: Command) -> list[Effect]:
        self.commands[command.id] = command
        effects = self.machine.take(self.machine.control.submit(command, self.machine.now_s))
        self.note(effects)
        return effects

    def note(self, effects: list[Effect]) -> None:
        for i, effect in enumerate(effects):
            match effect:
                case Write():
                    self.note_write(decode_request(effect.payload).op, writes(effects[i : i + 2]))
                case Outcome():
                    self.note_outcome(effect)
                case Reconnect():
                    self.stuck = True

    def note_write(self, op: Op, following: list[Op]) -> None:
        if op is Op.STOP or following == [Op.REQUEST_CONTROL, Op.STOP]:
            return
        assert self.outstanding is None, f"{op.name} while {self.outstanding} is not answered"
        assert not self.stuck, f"{op.name} on a link that has timed out"
        self.outstanding, self.since_s = op, self.machine.now_s

    def note_outcome(self, outcome: Outcome) -> None:
        command = outcome.command
        if outcome.outcome == "sent":
            self.sent[command.id] += 1
            if not isinstance(command, Stop):
                assert self.machine.now_s < command.expires_s, "sent after it had expired"
        else:
            assert outcome.outcome in FINAL
            self.finals[command.id] += 1


@pytest.mark.parametrize("first", range(0, 2000, 500))
def test_whatever_happens_nothing_is_sent_twice_late_or_beside_another(first: int) -> None:
    for seed in range(first, first + 500):
        try:
            Trial(seed).run()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
