"""A real mosquitto that throws nothing away, and a publisher that costs next to nothing beside it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from benchmarks.speed.running_box import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

START_S = 10.0
SEND_S = 60.0
CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_queued_messages 0
max_inflight_messages 0
log_dest none
user root
"""
CONNECT, PUBLISH, DISCONNECT = 0x10, 0x30, 0xE0
CLEAN = 0x02


class NoBrokerError(RuntimeError):
    """mosquitto is not here, or does not start."""


@contextmanager
def mosquitto() -> Iterator[int]:
    """The port of a broker on loopback, open to all, without a limit to what waits for a reader.

    Raises:
        NoBrokerError: it is not installed or does not start.
    """
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise NoBrokerError("mosquitto is not installed: apt-get install mosquitto")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mosquitto.conf"
        file.write_text(CONFIGURATION.format(port=port), encoding="utf-8")
        with subprocess.Popen([program, "-c", str(file)]) as process:
            try:
                _wait(port, process)
                yield port
            finally:
                process.terminate()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until_s = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < until_s:
        try:
            socket.create_connection(("127.0.0.1", port), START_S).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise NoBrokerError("mosquitto did not start")


class Publisher:
    """Publishes packets that were made before (MQTT 3.1.1, QoS 0): the sender is not what is measured."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), START_S)
        self._socket.settimeout(SEND_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(_packet(CONNECT, _text("MQTT") + bytes([4, CLEAN, 0, 0]) + _text("publisher")))
        if self._socket.recv(4)[3:] != b"\0":
            raise NoBrokerError("the broker refuses the publisher")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendall(_packet(DISCONNECT, b""))
        self._socket.close()

    def send(self, packets: bytes) -> None:
        """Send what `publish_packet` made, any number of them."""
        self._socket.sendall(packets)


def publish_packet(topic: str, payload: bytes) -> bytes:
    """The octets of a PUBLISH, QoS 0."""
    return _packet(PUBLISH, _text(topic) + payload)


def _packet(kind: int, body: bytes) -> bytes:
    length, rest = bytearray(), len(body)
    while True:
        rest, digit = rest >> 7, rest & 0x7F
        length.append(digit | 0x80 if rest else digit)
        if not rest:
            return bytes([kind]) + bytes(length) + body


def _text(text: str) -> bytes:
    octets = text.encode()
    return len(octets).to_bytes(2, "big") + octets
