"""The short way of a message through paho: the same as paho's own, and taken at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from devices.mqtt.paho_client import V5, V311, LeanClient, take_apart

topics = st.binary(min_size=1, max_size=300)
payloads = st.binary(max_size=200)


def sized(octets: bytes) -> bytes:
    return len(octets).to_bytes(2, "big") + octets


def some_properties(text: str, expiry_s: int) -> bytes:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = expiry_s
    properties.UserProperty = ("note", text)
    packed: bytes = properties.pack()  # type: ignore[no-untyped-call]
    return packed


@given(topics, payloads, st.integers(1, 0xFFFF), st.booleans())
def test_a_message_of_3_1_1(topic: bytes, payload: bytes, number: int, numbered: bool) -> None:  # noqa: FBT001
    packet = sized(topic) + (number.to_bytes(2, "big") if numbered else b"") + payload
    found = take_apart(packet, numbered=numbered, with_properties=False)
    assert found == (topic, number if numbered else 0, payload)


@given(topics, payloads, st.text(max_size=300), st.integers(0, 0xFFFFFFFF))
def test_properties_are_stepped_over(topic: bytes, payload: bytes, text: str, expiry_s: int) -> None:
    packet = sized(topic) + some_properties(text, expiry_s) + payload
    assert take_apart(packet, numbered=False, with_properties=True) == (topic, 0, payload)


@given(st.binary(max_size=40), st.booleans(), st.booleans())
def test_rubbish_is_told_or_taken_apart(packet: bytes, numbered: bool, with_properties: bool) -> None:  # noqa: FBT001
    try:
        topic, _, payload = take_apart(packet, numbered=numbered, with_properties=with_properties)
    except MalformedPacket:
        return
    assert topic in packet
    assert packet.endswith(payload)


@pytest.mark.parametrize(
    "packet",
    [b"", b"\0", b"\0\5ab", b"\0\1a", b"\0\1a\0\1", b"\0\1a\0\1\5ab", b"\0\1a\0\1\xff\xff\xff\xff\x01"],
)
def test_what_ends_before_its_parts_do(packet: bytes) -> None:
    with pytest.raises(MalformedPacket, match="PUBLISH"):
        take_apart(packet, numbered=True, with_properties=True)


class Fed(LeanClient):
    """Reads octets that a test lays before it, and keeps what it would send."""

    def __init__(self, octets: bytes, protocol: MQTTProtocolVersion) -> None:
        self.heard: list[tuple[bytes, bytes, int, bool]] = []
        self.acknowledged: list[int] = []
        super().__init__("fed", protocol=protocol, on_received=lambda *parts: self.heard.append(parts))
        self._ahead = octets

    def _send_puback(self, mid: int) -> object:  # type: ignore[override]
        self.acknowledged.append(mid)
        return 0


class LongWay(Fed):
    """As when paho calls none of our methods."""

    _handle_publish = Client._handle_publish


def packet(header: int, body: bytes) -> bytes:
    return bytes([header, len(body)]) + body


@pytest.mark.parametrize("way", [Fed, LongWay])
@pytest.mark.parametrize("protocol", [V5, V311])
def test_both_ways_hear_the_same(way: type[Fed], protocol: MQTTProtocolVersion) -> None:
    none = b"\0" if protocol == V5 else b""
    client = way(
        packet(0x30, sized(b"a/b") + none + b"plain")
        + packet(0x33, sized(b"a/c") + b"\x01\x02" + none + b"kept")
        + packet(0x30, sized(b"\xff\xfe") + none),
        protocol,
    )
    for _ in range(3):
        assert client.holds_octets
        client._packet_read()
    assert not client.holds_octets
    assert client.heard[:2] == [(b"a/b", b"plain", 0, False), (b"a/c", b"kept", 1, True)]
    with pytest.raises(UnicodeDecodeError):
        client.heard[2][0].decode()
    assert client.acknowledged == [0x0102]


@pytest.mark.parametrize("protocol", [V5, V311])
@given(
    messages=st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.binary(max_size=200), st.booleans()))
)
def test_messages_read_ahead_are_heard_the_same_without_paho(
    protocol: MQTTProtocolVersion, messages: list[tuple[bytes, bytes, bool]]
) -> None:
    octets = b""
    for topic, payload, numbered in messages:
        body = sized(topic) + (b"\0\7" if numbered else b"") + (b"\0" if protocol == V5 else b"") + payload
        length = bytes([len(body)]) if len(body) < 128 else bytes([len(body) & 0x7F | 0x80, len(body) >> 7])
        octets += bytes([0x32 if numbered else 0x30]) + length + body
    client = Fed(octets, protocol)
    for number in range(len(messages)):
        assert client._take_whole_message(), number
    assert not client._take_whole_message()
    assert not client.holds_octets
    assert client.heard == [(topic, payload, int(numbered), False) for topic, payload, numbered in messages]
    assert len(client.acknowledged) == sum(numbered for *_, numbered in messages)


@pytest.mark.parametrize(
    "octets",
    [
        packet(0x30, sized(b"a/b") + b"\0half")[:-1],
        b"\x30",
        b"\x30\xff\xff\xff\xff\x01",
        packet(0x30, b"\0\x05ab"),
        packet(0x34, sized(b"a/b") + b"\0\1\0twice"),
        packet(0xD0, b""),
    ],
    ids=["half", "header", "length without end", "malformed", "qos 2", "ping"],
)
def test_everything_else_is_left_to_paho_untouched(octets: bytes) -> None:
    client = Fed(octets, V5)
    assert not client._take_whole_message()
    assert client._ahead[client._ahead_at :] == octets
    assert client.heard == []


def test_our_methods_are_paho_s_own() -> None:
    """If this fails, paho was changed: messages still come, by the long way."""
    for name in ("_handle_publish", "_sock_recv"):
        assert callable(getattr(Client, name))
