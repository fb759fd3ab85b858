"""Treadmills and bands: the broker (built in or the gym's own), the link to it, and what the frames say."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from devices.dialects.ble import MachineListener
from devices.intake import Intake, IntakeCounts
from devices.mqtt.broker_settings import BrokerSettings, BrokerSettingsInvalid
from devices.mqtt.session import Link, Message, MqttSession, SessionCounts
from devices.profile import Profile
from devices.reading import Reading
from devices.registry import DeviceRegistry, KnownDevice
from devices.rejection import FrameRejected
from devices.subscriptions import subscriptions
from devices.topics import normal_address
from gateway.broker_login import FOLDER, PasswordFileError, broker_settings
from gateway.built_in_broker import BuiltInBroker, wait_until_it_listens
from gateway.config.change import Change
from gateway.config.model import BoxConfig
from gateway.config.profiles import profiles_of
from gateway.health import Health
from gateway.processes.supervisor import Supervisor

MQTT: Final = "mqtt"

_SWEEP_S: Final = 1.0
# Between two looks at a password file that was not there, or at one whose password does not open the broker.
_RETRY_S: Final = 5.0

OnReadings = Callable[[str, Sequence[Reading]], object]


def configured_devices(config: BoxConfig) -> list[KnownDevice]:
    """Return the devices that the configuration names."""
    return [KnownDevice(each.id, each.profile, each.address) for each in config.devices]


class Machines:
    """From the broker to readings. Stop the supervisor first, then the machines."""

    def __init__(
        self,
        *,
        config: BoxConfig,
        data_dir: Path,
        supervisor: Supervisor,
        health: Health,
        on_readings: OnReadings,
        on_link: Callable[[Link], object] = lambda _link: None,
        on_machine_frame: MachineListener | None = None,
        profiles: Mapping[str, Profile] | None = None,
    ) -> None:
        """All callbacks run on the thread of the MQTT session; they should only post to an inbox."""
        self.profiles = profiles_of(config.box.profiles_dir) if profiles is None else profiles
        self.registry = DeviceRegistry(configured_devices(config), profiles=self.profiles)
        self._intake = Intake(self.registry, self.profiles, on_machine_frame=on_machine_frame)
        self._config = config
        self._wake = threading.Event()
        self.built_in = BuiltInBroker(
            directory=data_dir / FOLDER,
            client_id=lambda: self._config.box.id,
            supervisor=supervisor,
            health=health,
            on_started=self._wake.set,
        )
        self._health = health
        self._on_readings = on_readings
        self._on_link = on_link
        self._session: MqttSession | None = None
        self._connections_before = 0
        self._settings: BrokerSettings | None = None
        self._opening = threading.Lock()
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._sweeper: threading.Thread | None = None

    def start(self) -> None:
        """Begin; returns without waiting for a broker."""
        self._begin()
        self._sweeper = threading.Thread(target=self._sweep, name="machines", daemon=True)
        self._sweeper.start()

    async def reconfigure(self, config: BoxConfig, change: Change) -> None:
        """Know other devices, or speak with another broker."""
        before, self._config = self._config, config
        for device_id in change.devices.removed | change.devices.changed:
            self.registry.forget(device_id)
        for known in configured_devices(config):
            if known.id in change.devices.added | change.devices.changed:
                self._give_way(known)
                self.registry.adopt(known)
        if change.touches("mqtt") or change.sets("box", "id"):
            await asyncio.to_thread(self._change_broker, before)
        elif change.devices.all:
            self.resubscribe()

    def _give_way(self, known: KnownDevice) -> None:
        """What was adopted by hand under this id or address is what the configuration says from now on."""
        for other in self.registry.known:
            if other.id == known.id or normal_address(other.address) == normal_address(known.address):
                self.registry.forget(other.id)

    def _change_broker(self, before: BoxConfig) -> None:
        with self._opening:
            if self._session is not None:
                self._connections_before += self._session.counts.connections
                self._session.stop()
            self._session = self._settings = None
            self.built_in.forget()
        if before.mqtt.embedded:
            self.built_in.end()
        self._begin()

    def _begin(self) -> None:
        self._health.set(MQTT, "degraded", "connecting to the broker")
        if self._config.mqtt.embedded:
            self.built_in.begin()
        else:
            self._open_own()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Leave the broker; an embedded one is the supervisor's to end."""
        self._stopping.set()
        self._wake.set()
        if self._sweeper is not None:
            self._sweeper.join(timeout_s)
        with self._opening:
            if self._session is not None:
                self._session.stop(timeout_s)

    @property
    def settings(self) -> BrokerSettings | None:
        """How the broker is reached, login included; None until that is known."""
        return self._settings

    def wait_for_settings(self, timeout_s: float) -> BrokerSettings | None:
        """Wait until it is known how the broker is reached."""
        self._ready.wait(timeout_s)
        return self._settings

    @property
    def link(self) -> Link:
        """The state of the link to the broker."""
        session = self._session
        return Link("stopped", "not started") if session is None else session.link

    @property
    def counts(self) -> IntakeCounts:
        """Frames taken in and refused, by reason."""
        return self._intake.counts

    @property
    def connections(self) -> int:
        """How often the broker was reached so far."""
        now = 0 if self._session is None else self._session.counts.connections
        return self._connections_before + now

    @property
    def session_counts(self) -> SessionCounts | None:
        """What the MQTT session counts; None before the first."""
        return None if self._session is None else self._session.counts

    def resubscribe(self) -> None:
        """Listen to what the adopted devices speak on; call it when one was adopted or forgotten."""
        with self._opening:
            if self._session is not None:
                self._session.subscribe(self._subscriptions())

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 0,
        retain: bool = False,
        expires_after_s: int | None = None,
    ) -> bool:
        """Hand a message to the broker, which may forget it after some seconds; False when it was dropped."""
        session = self._session
        return session is not None and session.publish(
            topic, payload, qos=qos, retain=retain, expires_after_s=expires_after_s
        )

    def _subscriptions(self) -> tuple[str, ...]:
        return subscriptions(self.profiles, self.registry.known)

    def _open_own(self) -> None:
        try:
            settings = broker_settings(self._config.mqtt, client_id=self._config.box.id)
        except (PasswordFileError, BrokerSettingsInvalid) as error:
            if (
                self._settings is None
            ):  # else the session goes on with what was read before, and tells how it does
                self._health.set(MQTT, "failed", f"no broker: {error}")
            return
        self._open(settings)

    def _open(self, settings: BrokerSettings) -> None:
        """Hold a session with this broker, in place of one with another."""
        with self._opening:
            if self._stopping.is_set() or settings == self._settings:
                return
            if self._session is not None:
                self._session.stop()
            self._session = MqttSession(
                settings,
                subscriptions=self._subscriptions(),
                on_message=self._heard,
                on_link=self._link_changed,
            )
            self._settings = settings
            self._session.start()
            self._ready.set()

    def _link_changed(self, link: Link) -> None:
        if link.state == "connected":
            self._health.set(MQTT, "ok")
        elif link.state == "stopped":
            self._health.set(MQTT, "degraded", "not connected: the box is stopping")
        elif link.attempts:
            self._health.set(MQTT, "failed", f"no broker: {link.reason}")
        else:
            self._health.set(MQTT, "degraded", link.reason or "connecting to the broker")
        if link.state != "connected":
            self._intake.link_lost()
        self._on_link(link)

    def _heard(self, message: Message) -> None:
        try:
            taken = self._intake.handle(
                message.topic,
                message.payload,
                retain=message.retain,
                received_at=message.received_at,
                now_s=message.received_s,
            )
        except FrameRejected:
            return  # the intake counted and logged it
        if taken.readings:
            self._on_readings(taken.device_id, taken.readings)

    def _sweep(self) -> None:
        tried_s = time.monotonic()
        while not self._stopping.is_set():
            self._wake.wait(_SWEEP_S)
            self._wake.clear()
            self.registry.sweep(time.monotonic())
            built_in = self.built_in.settings
            if built_in is not None and built_in != self._settings:
                wait_until_it_listens(built_in, self._stopping)
                self._open(built_in)
            elif self._may_need_password() and time.monotonic() - tried_s > _RETRY_S:
                tried_s = time.monotonic()
                self._open_own()

    def _may_need_password(self) -> bool:
        """Tell whether to look at the password file (again): it was not there, or the broker refuses us."""
        return not self._config.mqtt.embedded and self.link.state != "connected"
