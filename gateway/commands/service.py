"""Commands to the gym's machines, and everything that the rules have to know of. `hear` takes any thread."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import uuid_utils

from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.control.command import Command, Person, Quantity, SetTarget, Start, Stop
from devices.control.effects import Outcome
from devices.control.facts import TARGET_OF_STATUS
from devices.control.machine_news import MachineNews, decode
from gateway.clock import Clock
from gateway.commands.driver import Devices, Driver, Publish
from gateway.commands.errors import NotReady
from gateway.commands.grants import record_grants
from gateway.commands.machine import Machine
from gateway.commands.shown import control_state
from gateway.inbox import Inbox

if TYPE_CHECKING:
    from devices.mqtt.session import Link
    from devices.reading import Reading
    from gateway.config.change import Change
    from gateway.config.model import BoxConfig
    from gateway.events.log import EventLog
    from gateway.live.snapshot import ControlState
    from gateway.sessions.active import ActiveSession

_log = logging.getLogger(__name__)

DEFAULT_EXPIRY_S: Final = 2.0
# A command that may still move a belt after this is no command of the moment.
MAX_EXPIRY_S: Final = 10.0
TICK_S: Final = 0.25
_INBOX: Final = 256
_TOLD: Final = {
    StatusOp.RESET: "reset",
    StatusOp.STOPPED_BY_USER: "stopped",
    StatusOp.STOPPED_BY_SAFETY_KEY: "safety_key",
    StatusOp.STARTED_BY_USER: "started",
    StatusOp.CONTROL_LOST: "control_lost",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: for the rules (`source`) and for the log (`actor`)."""

    source: Person
    actor: str


@dataclass(frozen=True, slots=True)
class Order:
    """A target or a start as it was asked for; without `expires_at` it expires after two seconds."""

    session_id: str
    quantity: Quantity | None = None
    value: float = 0.0
    expires_at: datetime | None = None
    command_id: str | None = None


class Commands:
    """Every machine that was commanded or heard of, and what happens to it."""

    def __init__(
        self,
        *,
        config: "BoxConfig",
        devices: Devices,
        publish: Publish,
        events: "EventLog",
        clock: Clock | None = None,
    ) -> None:
        """Build it on the event loop that it is to run on."""
        self._events = events
        self._clock = clock or Clock()
        self._driver = Driver(
            config=config, devices=devices, publish=publish, events=events, clock=self._clock
        )
        self._by_band: dict[str, Machine] = {}
        self.inbox: Inbox[tuple[str, MachineNews, float]] = Inbox(
            loop=asyncio.get_running_loop(), handle=self._on_news, maxsize=_INBOX, name="machine news"
        )
        self._links: Inbox[Link] = Inbox(
            loop=asyncio.get_running_loop(), handle=self._on_link, maxsize=_INBOX, name="broker link"
        )
        self.failed_ticks = 0

    async def reconfigure(self, config: "BoxConfig", change: "Change") -> None:
        """Go by other limits; whom the operator gave the box control of is written into the log."""
        if change.devices.all:
            self._driver.reconfigure(config, change.devices.all)
            await record_grants(config, self._events)

    # From other threads.

    def hear(self, device_id: str, characteristic: str, payload: bytes, now_s: float) -> None:
        """Take a frame that a machine sent beside its telemetry.

        Raises:
            FrameRejected: the octets do not add up.
        """
        if (news := decode(characteristic, payload)) is not None:
            self.inbox.post((device_id, news, now_s))

    def link_changed(self, link: "Link") -> None:
        """Take how the link to the broker does."""
        self._links.post(link)

    def close(self) -> None:
        """Take nothing more in."""
        self.inbox.close()
        self._links.close()

    # On the loop: what is asked.

    async def stop(self, device_id: str, caller: Caller, *, pause: bool = False) -> Outcome:
        """Stop a machine, whoever asks, whatever else goes on.

        Raises:
            CommandError: it did not come about, and why.
        """
        command = Stop(str(uuid_utils.uuid7()), caller.source, pause)
        return await self._driver.ask(self._driver.demand(device_id), command, caller.actor)

    async def order(self, device_id: str, order: Order, caller: Caller) -> Outcome:
        """Start a machine or set a target, if the rules allow it now.

        Raises:
            CommandError: it did not come about, and why.
        """
        machine = self._driver.demand(device_id)
        command_id = order.command_id or str(uuid_utils.uuid7())
        expires_s = self._clock.now_s() + self._expires_after_s(order.expires_at)
        command: Command
        if order.quantity is None:
            command = Start(command_id, caller.source, order.session_id, expires_s)
        else:
            command = SetTarget(
                command_id, caller.source, order.session_id, expires_s, order.quantity, order.value
            )
        outcome = await self._driver.ask(machine, command, caller.actor)
        if machine.follower is not None and order.quantity is not None:
            machine.follower.changed_by_hand(order.quantity)
        return outcome

    def confirm(self, device_id: str, caller: Caller) -> None:
        """Take a present person's word that they stand ready.

        Raises:
            NotReady: it is not enough to go on, and why.
        """
        machine = self._driver.demand(device_id)
        facts = machine.control.facts
        accepted = facts.confirmed(self._clock.now_s())
        outcome = "accepted" if accepted else "refused"
        self._events.record("confirmation", actor=caller.actor, subject=device_id, outcome=outcome)
        if accepted:
            return
        if facts.hold == "safety_key":
            raise NotReady("The safety key was pulled. Put it back and press START on the machine.")
        raise NotReady("The machine is not heard now. Look whether it is on; then confirm again.")

    def plan_changed(self, machine: Machine, caller: Caller, steps: int) -> None:
        """Write into the log whose plan a machine follows from now on."""
        session_id = None if machine.session is None else machine.session.id
        self._events.record(
            "plan",
            actor=caller.actor,
            subject=machine.id,
            outcome="changed",
            session_id=session_id,
            steps=steps,
        )

    def submit(self, machine: Machine, command: Command) -> None:
        """Send a command of the box's own; nobody waits for its outcome."""
        self._driver.apply(machine, machine.control.submit(command, self._clock.now_s()))

    # On the loop: what happens.

    def on_readings(self, device_id: str, readings: "Sequence[Reading]") -> None:
        """Take what a machine measures, or the band of whoever trains on one."""
        now_s = self._clock.now_s()
        machine = self._driver.machines.get(device_id)
        if machine is not None:
            values: dict[Quantity, float] = {}
            for each in readings:
                if each.metric == "speed_kmh" or each.metric == "incline_percent":  # noqa: PLR1714 - mypy narrows
                    values[each.metric] = each.value
            machine.control.facts.on_telemetry(values, now_s)
        if (wearer := self._by_band.get(device_id)) is not None:
            self._on_band(wearer, readings, now_s)

    def session_started(self, session: "ActiveSession") -> None:
        """Somebody trains on a machine: it listens to their session only, and to their band."""
        device_id = session.station.treadmill
        if device_id is None or (machine := self._driver.find(device_id)) is None:
            return
        machine.session = session
        if session.band_id is not None:
            self._by_band[session.band_id] = machine
        self._driver.apply(machine, machine.control.session_started(session.id, self._clock.now_s()))

    def session_ended(self, session: "ActiveSession") -> None:
        """Nobody trains there any more."""
        machine = self._driver.machines.get(session.station.treadmill or "")
        if machine is None or machine.session is not session:
            return
        self._by_band.pop(session.band_id or "", None)
        machine.session, machine.follower, machine.plan, machine.heart_rate_bpm = None, None, (), None
        machine.control.facts.follow_heart_rate(on=False)
        self._driver.apply(machine, machine.control.session_ended(self._clock.now_s()))

    def _on_link(self, link: "Link") -> None:
        """Without the broker, every machine is out of reach."""
        if link.state == "connected":
            return
        now_s = self._clock.now_s()
        for machine in self._driver.machines.values():
            self._driver.apply(machine, machine.control.broker_lost(now_s))

    async def run(self) -> None:
        """Let time pass, until cancelled."""
        while True:
            try:
                self.tick()
            except Exception:  # noqa: BLE001 - a stop must be repeated whatever happened; logged and counted
                self.failed_ticks += 1
                _log.exception("the machines could not be tended")
            await asyncio.sleep(TICK_S)

    def tick(self) -> None:
        """Do once what `run` does four times a second."""
        now_s = self._clock.now_s()
        for machine in self._driver.machines.values():
            self._driver.apply(machine, machine.control.tick(now_s))

    def machine_of(self, session_id: str) -> Machine | None:
        """The machine of a session that runs."""
        found = (
            each for each in self._driver.machines.values() if each.session and each.session.id == session_id
        )
        return next(found, None)

    def shown(self, device_id: str, now_s: float) -> "ControlState | None":
        """What a kiosk is told of a machine; None when nobody trains on it or it cannot be commanded."""
        machine = self._driver.machines.get(device_id)
        return None if machine is None else control_state(machine, now_s)

    @property
    def machines(self) -> Sequence[Machine]:
        """Every machine that is known."""
        return tuple(self._driver.machines.values())

    def _on_news(self, news: tuple[str, MachineNews, float]) -> None:
        device_id, said, now_s = news
        if (machine := self._driver.find(device_id)) is None:
            return
        if isinstance(said, MachineStatus):
            self._on_status(machine, said)
        self._driver.apply(machine, machine.control.hear(said, now_s))

    def _on_status(self, machine: Machine, status: MachineStatus) -> None:
        if (outcome := _TOLD.get(status.op)) is not None:
            self._events.record("machine", actor="machine", subject=machine.id, outcome=outcome)
        quantity = TARGET_OF_STATUS.get(status.op)
        # Some machines echo what the box itself has set; anything else a person did.
        if machine.follower is not None and quantity is not None:
            told = machine.control.facts.told(quantity)
            if told is None or abs(told - status.values[0]) > machine.control.safety.step(quantity) / 2:
                machine.follower.changed_by_hand(quantity)

    def _on_band(self, machine: Machine, readings: "Sequence[Reading]", now_s: float) -> None:
        facts = machine.control.facts
        for reading in readings:
            if reading.metric == "heart_rate_bpm":
                machine.heart_rate_bpm = reading.value
                facts.on_heart_rate(now_s)
            elif reading.metric == "contact":
                facts.on_contact(touches=reading.value > 0.0)

    def _expires_after_s(self, expires_at: datetime | None) -> float:
        if expires_at is None:
            return DEFAULT_EXPIRY_S
        return min((expires_at - self._clock.utc_now()).total_seconds(), MAX_EXPIRY_S)
