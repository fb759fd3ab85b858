"""paho's client with a short way in for messages.

paho asks the operating system three times for each message and, in MQTT 5, builds a table of the names
of all properties each time: together nearly all that a message costs. Here octets are read ahead, and a
message is taken apart without a look at its properties, none of which we ask for.

What is overridden or looked at here is not paho's published interface. Should another version not call it,
messages come paho's long way: all is as right as before, only slower.
"""

import struct
from collections.abc import Callable, Iterable
from typing import Any, Final

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

V5: Final = MQTTProtocolVersion.MQTTv5
V311: Final = MQTTProtocolVersion.MQTTv311
READ_AHEAD_OCTETS: Final = 65_536

_MAX_LENGTH_OCTETS: Final = 4  # of a variable byte integer (MQTT 5, 1.5.5)
_PUBLISH: Final = 3  # in the upper half of the first octet (MQTT 5, 2.1.2)

OnReceived = Callable[[bytes, bytes, int, bool], None]
"""Topic, payload, QoS, whether it was retained."""


class LeanClient(Client):
    """Calls `on_received` for each message, which must not raise; the rest is paho's."""

    def __init__(self, client_id: str, *, protocol: MQTTProtocolVersion, on_received: OnReceived) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if protocol == V5 else True,
            protocol=protocol,
            reconnect_on_failure=False,
        )
        self._received = on_received
        self._ahead = b""
        self._ahead_at = 0
        self.on_message = self._long_way

    @property
    def holds_octets(self) -> bool:
        """Whether octets were read that no packet was made of yet: no selector sees them."""
        return self._ahead_at < len(self._ahead)

    def read(self, most: int) -> int:
        """Take the packets that have come, at most so many; how many it were."""
        packets = 0
        while packets < most:
            if not self._take_whole_message():
                self.loop_read()
            packets += 1
            if not self.holds_octets:
                break
        return packets

    def open(self, host: str, port: int, *, keepalive_s: int, receive_maximum: int) -> None:
        """Connect and say CONNECT; `receive_maximum` bounds what the broker has in flight to us (MQTT 5).

        Raises:
            OSError, ValueError: there is no connection.
        """
        properties = self._properties(PacketTypes.CONNECT, ReceiveMaximum=receive_maximum)
        self.connect(host, port, keepalive=keepalive_s, properties=properties)

    def ask_for(self, topics: Iterable[str]) -> int | None:
        """Subscribe, QoS 1; the number under which the answer will come, None when none will."""
        if self._protocol == V5:
            _, number = self.subscribe([(topic, SubscribeOptions(qos=1)) for topic in topics])
        else:
            _, number = self.subscribe([(topic, 1) for topic in topics])
        return number

    def send(
        self, topic: str, payload: bytes, *, qos: int, retain: bool, expires_after_s: int | None
    ) -> int | None:
        """Publish; the number under which an answer will come, None when none will."""
        properties = (
            None
            if expires_after_s is None
            else self._properties(PacketTypes.PUBLISH, MessageExpiryInterval=expires_after_s)
        )
        info = self.publish(topic, payload, qos=qos, retain=retain, properties=properties)
        return info.mid if qos and info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def _properties(self, kind: int, **values: int) -> Properties | None:
        """Those of a packet; there are none before MQTT 5."""
        if self._protocol != V5:
            return None
        properties = Properties(kind)  # type: ignore[no-untyped-call]
        for name, value in values.items():
            setattr(properties, name, value)
        return properties

    def _sock_recv(self, bufsize: int) -> bytes:
        if not self.holds_octets:
            self._ahead, self._ahead_at = super()._sock_recv(READ_AHEAD_OCTETS), 0
        octets = self._ahead[self._ahead_at : self._ahead_at + bufsize]
        self._ahead_at += len(octets)
        return octets

    def _take_whole_message(self) -> bool:
        """Take the next packet if it is a PUBLISH, read ahead to its end; paho reads everything else."""
        ahead, at = self._ahead, self._ahead_at
        if self._in_packet["command"] or at >= len(ahead) or ahead[at] >> 4 != _PUBLISH:
            return False
        header = ahead[at]
        try:
            length, begin = _length(ahead, at + 1)
            if header >> 1 & 3 > 1 or begin + length > len(ahead):
                return False
            parts = self._take_apart(header, ahead[begin : begin + length])
        except (MalformedPacket, IndexError):
            return False
        self._ahead_at = begin + length
        self._deliver(header, *parts)
        return True

    def _handle_publish(self) -> MQTTErrorCode:
        header = self._in_packet["command"]
        if header >> 1 & 3 > 1:
            return super()._handle_publish()
        return self._deliver(header, *self._take_apart(header, bytes(self._in_packet["packet"])))

    def _take_apart(self, header: int, packet: bytes) -> tuple[bytes, int, bytes]:
        return take_apart(packet, numbered=bool(header & 6), with_properties=self._protocol == V5)

    def _deliver(self, header: int, topic: bytes, number: int, payload: bytes) -> MQTTErrorCode:
        qos = header >> 1 & 3
        self._received(topic, payload, qos, bool(header & 1))
        return self._send_puback(number) if qos else MQTTErrorCode.MQTT_ERR_SUCCESS

    def _long_way(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic.encode()
        except UnicodeDecodeError:
            topic = b"\xff"  # neither is this; only that it is no text matters
        self._received(topic, bytes(message.payload), message.qos, message.retain)


def take_apart(packet: bytes, *, numbered: bool, with_properties: bool) -> tuple[bytes, int, bytes]:
    """Topic, packet identifier (0 unless `numbered`) and payload of a PUBLISH after its fixed header.

    Raises:
        MalformedPacket: it ends before its parts do.
    """
    try:
        at = 2 + int.from_bytes(packet[:2], "big")
        topic, number = packet[2:at], 0
        if numbered:
            (number,) = struct.unpack_from("!H", packet, at)
            at += 2
        if with_properties:
            length, at = _length(packet, at)
            at += length
    except (IndexError, struct.error) as error:
        raise MalformedPacket(f"PUBLISH ends too early: {error}") from error
    if at > len(packet):
        raise MalformedPacket(f"PUBLISH announces {at} octets, it has {len(packet)}")
    return topic, number, packet[at:]


def _length(octets: bytes, at: int) -> tuple[int, int]:
    """A variable byte integer (MQTT 5, 1.5.5), and where what follows it begins."""
    length = 0
    for place in range(_MAX_LENGTH_OCTETS):
        octet = octets[at + place]
        length |= (octet & 0x7F) << 7 * place
        if octet < 0x80:  # noqa: PLR2004 - the bit that says "one more"
            return length, at + place + 1
    raise MalformedPacket("PUBLISH: a length does not end")
