"""The machines that can be commanded, and how what `devices.control.procedures` wants comes about."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from devices.control.command import Command, Quantity, SetTarget, Stop
from devices.control.effects import Effect, Outcome, Reconnect, Write
from devices.control.procedures import MachineControl
from devices.safety import SafetySettings
from devices.topics import control_topic, link_topic
from gateway.clock import Clock
from gateway.commands.errors import (
    CommandRefused,
    MachineDeclined,
    MachineUnknown,
    MachineUnreachable,
    NotCommandable,
)
from gateway.commands.machine import Asked, Machine, name_of

if TYPE_CHECKING:
    from devices.registry import DeviceView
    from gateway.config.model import BoxConfig
    from gateway.events.log import EventLog

# A control point answers within a second or so; a person does not wait for longer than this.
ANSWER_WAIT_S: Final = 3.0
RECONNECT_EXPIRES_S: Final = 10


class Devices(Protocol):
    """The part of the registry that commands look at."""

    def get(self, device_id: str, now_s: float) -> "DeviceView | None":
        """What is known of a device."""


class Publish(Protocol):
    """How octets reach the broker."""

    def __call__(self, topic: str, payload: bytes, *, qos: int, expires_after_s: int) -> bool:
        """Hand a message over; False when it cannot be sent."""


class Driver:
    """Makes machines on first sight, sends what they are to get, and tells what became of it."""

    def __init__(
        self, *, config: "BoxConfig", devices: Devices, publish: Publish, events: "EventLog", clock: Clock
    ) -> None:
        self.machines: dict[str, Machine] = {}
        self._config = config
        self._devices = devices
        self._publish = publish
        self._events = events
        self._clock = clock

    def find(self, device_id: str) -> Machine | None:
        """The machine with this id, made on first sight; None for what cannot be commanded."""
        if (machine := self.machines.get(device_id)) is not None:
            return machine
        view = self._devices.get(device_id, self._clock.now_s())
        if view is None or not view.adopted or view.profile.control is None:
            return None
        settings = self._allowed(device_id, view.profile.control.targets)
        machine = self.machines[device_id] = Machine(device_id, MachineControl(settings))
        return machine

    def reconfigure(self, config: "BoxConfig", devices: Iterable[str]) -> None:
        """Go by what another configuration allows with these devices; what is known of them stays."""
        self._config = config
        for machine in [self.machines[each] for each in devices if each in self.machines]:
            view = self._devices.get(machine.id, self._clock.now_s())
            if view is None or view.profile.control is None:
                del self.machines[machine.id]
            else:
                machine.control.safety.settings = self._allowed(machine.id, view.profile.control.targets)

    def _allowed(self, device_id: str, targets: Collection[Quantity]) -> SafetySettings:
        section = self._config.device(device_id)
        limits = {} if section is None else section.limits.given
        return SafetySettings(
            enabled=section is not None and section.control,
            limits={quantity: limits[quantity] for quantity in targets if quantity in limits},
        )

    def demand(self, device_id: str) -> Machine:
        """The machine with this id.

        Raises:
            MachineUnknown: no device has it.
            NotCommandable: a device that the box cannot command has it.
        """
        machine = self.find(device_id)
        if machine is not None:
            return machine
        if self._devices.get(device_id, self._clock.now_s()) is None:
            raise MachineUnknown(f"There is no device {device_id}.")
        raise NotCommandable(f"{device_id} is nothing that the box could command.")

    def apply(self, machine: Machine, effects: Sequence[Effect]) -> None:
        """Let the effects happen, in order."""
        waiting = list(effects)
        while waiting:
            match effect := waiting.pop(0):
                case Write():
                    if not self._write(machine, control_topic, effect.payload, effect.expires_after_s):
                        waiting += machine.control.unsent(effect, self._clock.now_s())
                case Reconnect():
                    self._write(machine, link_topic, b"reconnect", RECONNECT_EXPIRES_S)
                case Outcome():
                    self._tell(machine, effect)

    async def ask(self, machine: Machine, command: Command, actor: str) -> Outcome:
        """Submit a command and wait for what becomes of it, for as long as a person would.

        Raises:
            CommandError: it did not come about, and why.
        """
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        asked = machine.asked[id(command)] = Asked(actor, answer, Outcome(command, "sent"))
        self.apply(machine, machine.control.submit(command, self._clock.now_s()))
        try:
            outcome = await asyncio.wait_for(asyncio.shield(answer), ANSWER_WAIT_S)
        except TimeoutError:
            return asked.so_far
        match outcome.outcome:
            case "refused":
                raise CommandRefused(outcome.reason, outcome.rule)
            case "unreachable":
                raise MachineUnreachable(outcome.reason)
            case "failed" | "timed_out" | "expired":
                raise MachineDeclined(outcome.reason)
        return outcome

    def _write(
        self, machine: Machine, topic: Callable[[str, str], str], payload: bytes, expires_after_s: int
    ) -> bool:
        view = self._devices.get(machine.id, self._clock.now_s())
        if view is None or view.bridge is None or view.bridge_address is None:
            return False
        return self._publish(
            topic(view.bridge, view.bridge_address), payload, qos=1, expires_after_s=expires_after_s
        )

    def _tell(self, machine: Machine, outcome: Outcome) -> None:
        """Write an outcome into the log, and tell whoever waits."""
        command = outcome.command
        asked = machine.asked.get(id(command))
        target = command if isinstance(command, SetTarget) else None
        self._events.record(
            "command",
            actor=asked.actor if asked else command.source,
            subject=machine.id,
            outcome=outcome.outcome,
            command=name_of(command),
            command_id=command.id,
            session_id=None if isinstance(command, Stop) else command.session_id,
            value=target.value if target else None,
            sent=outcome.value,
            rule=outcome.rule,
            reason=outcome.reason or None,
        )
        if asked is None:
            return
        if outcome.outcome == "sent":
            asked.so_far = outcome
            return
        del machine.asked[id(command)]
        if not asked.answer.done():
            asked.answer.set_result(outcome)
