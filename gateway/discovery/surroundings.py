"""What the setup page asks about the gym's network; few questions at a time, each with an end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from devices.mqtt.broker_settings import BrokerSettings
from gateway.discovery.brokers import FoundBroker, find_brokers
from gateway.discovery.cameras import find_cameras
from gateway.discovery.onvif import Stream, streams_of
from gateway.discovery.soap import Login
from gateway.discovery.trial import broker_trouble, first_picture
from gateway.discovery.ws_discovery import GROUP, PORT, FoundCamera

_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Looks around, and tries out what it finds.

    Attributes:
        interfaces: addresses of this machine where brokers are looked for; None: all.
        camera_group: where cameras are asked, host and port.
        wait_s: how long answers are waited for.
    """

    interfaces: Sequence[str] | None = None
    camera_group: tuple[str, int] = (GROUP, PORT)
    wait_s: float = 3.0
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def brokers(self) -> list[FoundBroker]:
        """Return the brokers that announce themselves; raises `OSError` without a network."""
        async with self._room:
            return await find_brokers(wait_s=self.wait_s, interfaces=self.interfaces)

    async def cameras(self) -> list[FoundCamera]:
        """Return the ONVIF cameras that answer; raises `OSError` without a network."""
        async with self._room:
            return await find_cameras(wait_s=self.wait_s, target=self.camera_group)

    async def streams(self, service: str, login: Login | None) -> list[Stream]:
        """Return a camera's streams; raises `CameraRefuses`."""
        async with self._room:
            return await streams_of(service, login)

    async def broker_trouble(self, settings: BrokerSettings, authority: str | None = None) -> str | None:
        """Return why a broker does not take us, None when it does; `authority`: PEM of whom to trust."""
        async with self._room:
            return await broker_trouble(settings, authority)

    async def picture(self, source: str) -> bytes:
        """Return a camera's first picture, a JPEG; raises `NoPicture`."""
        async with self._room:
            return await first_picture(source)
