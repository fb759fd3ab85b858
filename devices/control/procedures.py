"""The control point of one machine as the box drives it: procedures, pure, with time as an argument.

One procedure at a time, each answered within 30 s or never (FTMS 1.0.1 4.16, FTMP 4.4.14.3). A stop waits for
nothing: it is written at once, and again every second until the machine has answered or somebody has started
it again. Rule 8: after a procedure without an answer nothing else is written, and nothing is repeated, until
there is a new link. Rule 9: control is asked for when a session starts and given back, by a new link, when it
ends.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from devices.codecs.control_point import Op, Request, Response, Result, encode_request
from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.control.command import Command, SetTarget, Start, Stop
from devices.control.effects import RESULTS, Effect, Outcome, OutcomeName, Reconnect, Write
from devices.control.facts import MachineFacts
from devices.control.machine_news import LinkChanged, MachineNews, Supported
from devices.control.requests import CONTROL, request_of
from devices.safety import Allowed, Refused, Safety, SafetySettings

PROCEDURE_TIMEOUT_S: Final = 30.0
STOP_AGAIN_S: Final = 1.0
WRITE_EXPIRES_S: Final = 10.0
MAX_WAITING: Final = 8

_UNANSWERED: Final = "The machine left a command unanswered; the link to it is made anew first."
_NO_LINK: Final = "The link to the machine was lost."
_UNREACHABLE: Final = "There is no way to the machine now. Stop it with its own switch or key."


@dataclass(slots=True)
class _Procedure:
    """What was written and is not answered; `command` is None for a request of control."""

    op: Op
    command: Start | SetTarget | None
    value: float | None
    began_s: float
    write: Write


@dataclass(slots=True)
class _Stopping:
    """A stop that is not answered yet."""

    command: Stop
    began_s: float
    written_s: float
    unreachable: bool = False


class MachineControl:
    """One machine: commands and news in, effects out, in the order in which they have to happen."""

    def __init__(self, settings: SafetySettings) -> None:
        self.facts = MachineFacts()
        self.safety = Safety(settings, self.facts)
        self._permitted = False
        self._stuck = False
        self._releasing = False
        self._resistance_octets = 2
        self._procedure: _Procedure | None = None
        self._stopping: _Stopping | None = None
        self._waiting: deque[Start | SetTarget] = deque(maxlen=MAX_WAITING)  # `submit` refuses the next
        self._effects: list[Effect] = []

    # Commands.

    def submit(self, command: Command, now_s: float) -> Sequence[Effect]:
        """Take a command: it is refused, or written now, or waits for the procedure before it."""
        if isinstance(command, Stop):
            self._stop(command, now_s)
        elif isinstance(verdict := self.safety.admit(command, now_s), Refused):
            self._refuse(command, verdict)
        elif self._stuck:
            self._refuse(command, Refused(8, _UNANSWERED))
        elif len(self._waiting) == MAX_WAITING:
            self._settle(command, "refused", "Too many commands wait for the machine to answer.")
        else:
            self._waiting.append(command)
        return self._advance(now_s)

    def tick(self, now_s: float) -> Sequence[Effect]:
        """Notice what time alone brings about; call it several times a second."""
        self.facts.notice_silence(now_s)
        stopping, procedure = self._stopping, self._procedure
        if stopping is not None and now_s - stopping.began_s >= PROCEDURE_TIMEOUT_S:
            self._stopping = None
            self._settle(stopping.command, "timed_out", "The machine did not answer the stop.")
            self._give_link_up()
        elif stopping is not None and now_s - stopping.written_s >= STOP_AGAIN_S:
            self._write_stop(stopping, now_s)
        if procedure is not None and now_s - procedure.began_s >= PROCEDURE_TIMEOUT_S:
            self._lose_procedure("The machine did not answer.", "timed_out")
            self._give_link_up()
        for command in [each for each in self._waiting if now_s >= each.expires_s]:
            self._waiting.remove(command)
            self._settle(command, "expired", "The machine was busy until the command had expired.")
        return self._advance(now_s)

    def unsent(self, write: Write, now_s: float) -> Sequence[Effect]:
        """A write did not even leave the box. If it was a stop, that is told once and `tick` tries again."""
        if self._procedure is not None and self._procedure.write is write:
            self._lose_procedure(_UNREACHABLE)
            self._drop_waiting(_UNREACHABLE, "unreachable")
        elif self._stopping is not None and not self._stopping.unreachable:
            self._stopping.unreachable = True
            self._settle(self._stopping.command, "unreachable", f"{_UNREACHABLE} The box goes on trying.")
        return self._advance(now_s)

    # News.

    def session_started(self, session_id: str, now_s: float) -> Sequence[Effect]:
        """Somebody trains here: ask for control (rule 9)."""
        self.facts.session_started(session_id)
        self._releasing = False
        if self.safety.settings.enabled and not self._permitted and self._free:
            self._begin(CONTROL, now_s)
        return self._take()

    def session_ended(self, now_s: float) -> Sequence[Effect]:
        """Nobody trains here any more: give control back (rule 9)."""
        self.facts.session_ended()
        self._drop_waiting("The session is over.")
        self._releasing = self.safety.settings.enabled and (self._permitted or self._procedure is not None)
        return self._advance(now_s)

    def hear(self, news: MachineNews, now_s: float) -> Sequence[Effect]:
        """Take what the machine says."""
        match news:
            case Response():
                self._on_response(news, now_s)
            case MachineStatus():
                self._on_status(news, now_s)
            case Supported():
                self.facts.on_range(news.quantity, news.range)
                if news.quantity == "resistance_level":
                    self._resistance_octets = news.octets
            case LinkChanged():
                self._on_link(up=news.up)
        return self._advance(now_s)

    def broker_lost(self, now_s: float) -> Sequence[Effect]:
        """The box itself is cut off: what happened at the machine since is unknown."""
        self.facts.yield_for("link")
        self._drop_waiting(_UNREACHABLE, "unreachable")
        return self._advance(now_s)

    def _on_response(self, response: Response, now_s: float) -> None:
        if response.result is Result.NOT_PERMITTED:
            self._permitted = False
        elif response.op == Op.REQUEST_CONTROL:
            self._permitted = response.result is Result.SUCCESS
        if self._stopping is not None and response.op == Op.STOP:
            self._stop_answered(self._stopping, response.result)
        elif self._procedure is not None and response.op == self._procedure.op:
            procedure, self._procedure = self._procedure, None
            self._answered(procedure, response.result)
            if self._stopping is not None:  # a machine in the middle of something may have refused it
                self._write_stop(self._stopping, now_s)

    def _answered(self, procedure: _Procedure, result: Result) -> None:
        command = procedure.command
        if command is None:
            if not self._permitted:
                self._drop_waiting("The machine does not give control.", "failed")
        elif result is Result.SUCCESS:
            self._settle(command, "done", value=procedure.value)
        else:
            if result is Result.NOT_PERMITTED and isinstance(command, SetTarget):
                self.facts.yield_for("control_lost")
            self._settle(command, "failed", RESULTS[result], procedure.value)

    def _stop_answered(self, stopping: _Stopping, result: Result) -> None:
        if result is Result.NOT_PERMITTED:
            return  # `tick` asks for control and stops again
        self._stopping = None
        self._releasing = self._releasing or not self.safety.settings.enabled  # it took control to stop
        if result is Result.SUCCESS:
            self._settle(stopping.command, "done")
        else:
            self._settle(stopping.command, "failed", RESULTS[result])

    def _on_status(self, status: MachineStatus, now_s: float) -> None:
        self.facts.on_status(status, now_s)
        if status.op in (StatusOp.CONTROL_LOST, StatusOp.RESET):
            self._permitted = False
        if status.op is StatusOp.STARTED_BY_USER and self._stopping is not None:
            stopping, self._stopping = self._stopping, None
            self._settle(stopping.command, "superseded", "Somebody started the machine again.")

    def _on_link(self, *, up: bool) -> None:
        self.facts.on_link(up=up)
        if up:
            return
        # The old link is gone and with it every procedure of it; nothing of it is done again.
        self._permitted = self._stuck = self._releasing = False
        self._lose_procedure(_NO_LINK)
        self._drop_waiting(_NO_LINK, "unreachable")

    # Procedures.

    @property
    def _free(self) -> bool:
        return self._procedure is None and self._stopping is None and not self._stuck

    def _advance(self, now_s: float) -> Sequence[Effect]:
        """Write what may be written now; return everything that has to happen."""
        while self._free and self._waiting:
            verdict = self.safety.judge(self._waiting[0], now_s)
            if isinstance(verdict, Refused):
                self._refuse(self._waiting.popleft(), verdict)
            elif not self._permitted:
                self._begin(CONTROL, now_s)
            else:
                self._send(self._waiting.popleft(), verdict, now_s)
        if self._releasing and self._free:
            self._releasing = self._permitted = False
            self._effects.append(Reconnect())
        return self._take()

    def _send(self, command: Start | SetTarget, verdict: Allowed, now_s: float) -> None:
        value = verdict.value
        try:
            self._begin(request_of(command, value), now_s, command=command, value=value)
        except ValueError as error:  # a narrow resistance ends at 25.5, its range may not
            self._refuse(command, Refused(4, f"The machine has no octets for this: {error}."))
            return
        if isinstance(command, SetTarget) and value is not None:
            self.facts.target_sent(command.quantity, value, now_s)
        self._settle(command, "sent", value=value)

    def _begin(
        self,
        request: Request,
        now_s: float,
        *,
        command: Start | SetTarget | None = None,
        value: float | None = None,
    ) -> None:
        octets = encode_request(request, resistance_octets=self._resistance_octets)
        remaining_s = WRITE_EXPIRES_S if command is None else min(command.expires_s - now_s, WRITE_EXPIRES_S)
        write = Write(octets, max(1, math.ceil(remaining_s)))
        self._procedure = _Procedure(request.op, command, value, now_s, write)
        self._effects.append(write)

    def _stop(self, command: Stop, now_s: float) -> None:
        if self._stopping is not None:
            self._settle(self._stopping.command, "superseded", "Another stop came.")
        self._drop_waiting("A stop came first.")
        self._stopping = _Stopping(command, now_s, now_s)
        self._write_stop(self._stopping, now_s)
        self._settle(command, "sent")

    def _write_stop(self, stopping: _Stopping, now_s: float) -> None:
        stopping.written_s = now_s
        self.facts.stop_sent()
        stop = request_of(stopping.command)
        requests = (stop,) if self._permitted else (CONTROL, stop)
        self._effects.extend(Write(encode_request(each), math.ceil(WRITE_EXPIRES_S)) for each in requests)

    def _give_link_up(self) -> None:
        """Rule 8: after a timeout there is nothing more to say on this link."""
        self._permitted = False
        self._stuck = True
        self.facts.yield_for("link")
        self._drop_waiting(_UNANSWERED)
        self._effects.append(Reconnect())

    # Outcomes.

    def _refuse(self, command: Command, refused: Refused) -> None:
        self._effects.append(Outcome(command, "refused", refused.reason, refused.rule))

    def _settle(
        self, command: Command, outcome: OutcomeName, reason: str = "", value: float | None = None
    ) -> None:
        self._effects.append(Outcome(command, outcome, reason, None, value))

    def _lose_procedure(self, reason: str, outcome: OutcomeName = "unreachable") -> None:
        procedure, self._procedure = self._procedure, None
        if procedure is not None and procedure.command is not None:
            self._settle(procedure.command, outcome, reason, procedure.value)

    def _drop_waiting(self, reason: str, outcome: OutcomeName = "refused") -> None:
        while self._waiting:
            self._settle(self._waiting.popleft(), outcome, reason)

    def _take(self) -> Sequence[Effect]:
        effects, self._effects = self._effects, []
        return effects
