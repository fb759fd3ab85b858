"""Looking for ONVIF cameras on the network."""

import asyncio
import logging
import socket
import uuid
from typing import Final

from gateway.discovery.ws_discovery import GROUP, PORT, FoundCamera, matches, probe
from gateway.discovery.xml import XmlRefused

_log = logging.getLogger(__name__)

WAIT_S: Final = 3.0
# UDP may be lost; a camera answers a repeated question once (SOAP over UDP, section 4).
_REPEATS: Final = 2
_REPEAT_AFTER_S: Final = 0.3
MOST: Final = 64


class _Answers(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.found: dict[str, FoundCamera] = {}

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            cameras = matches(data, sender=addr[0])
        except XmlRefused as error:
            _log.info("an answer from %s is not read: %s", addr[0], error)
            return
        for each in cameras:
            if len(self.found) < MOST:
                self.found.setdefault(each.service, each)


async def find_cameras(
    *, wait_s: float = WAIT_S, target: tuple[str, int] = (GROUP, PORT)
) -> list[FoundCamera]:
    """Ask the network for cameras and return those that answer within `wait_s`, by address.

    Raises:
        OSError: this machine has no network.
    """
    question = probe(f"urn:uuid:{uuid.uuid4()}")
    transport, answers = await asyncio.get_running_loop().create_datagram_endpoint(
        _Answers,
        local_addr=("0.0.0.0", 0),  # noqa: S104 - a camera answers to whichever address it was asked from
        family=socket.AF_INET,
    )
    try:
        for _ in range(_REPEATS):
            transport.sendto(question, target)
            await asyncio.sleep(min(_REPEAT_AFTER_S, wait_s / _REPEATS))
        await asyncio.sleep(max(0.0, wait_s - _REPEATS * _REPEAT_AFTER_S))
    finally:
        transport.close()
    return sorted(answers.found.values(), key=lambda each: each.address)
