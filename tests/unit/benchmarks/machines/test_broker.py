"""The publisher's own octets, read by paho's rules and by a real broker."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.machines.broker import NoBrokerError, Publisher, mosquitto, publish_packet
from benchmarks.machines.rate import _paho
from devices.mqtt.paho_client import take_apart

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")


@given(st.text(min_size=1, max_size=50), st.binary(max_size=20_000))
def test_a_packet_is_what_the_standard_says(topic: str, payload: bytes) -> None:
    packet = publish_packet(topic, payload)
    assert packet[0] == 0x30
    length = at = shift = 0
    while True:
        at += 1
        length |= (packet[at] & 0x7F) << shift
        shift += 7
        if packet[at] < 0x80:
            break
    assert length == len(packet) - at - 1
    found = take_apart(packet[at + 1 :], numbered=False, with_properties=False)
    assert found == (topic.encode(), 0, payload)


@pytest.mark.mosquitto
@pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto")
def test_the_peer_counts_what_a_real_broker_delivers() -> None:
    flood = b"".join(publish_packet(f"gymbox/v1/hall/ble/{n}/1826/2acd", b"\0\0\0\0") for n in range(500))
    with mosquitto() as port:
        turn = _paho(port, flood, 500)
        with Publisher(port) as publisher:
            publisher.send(flood)
    assert turn.messages == 500
    assert turn.per_s > 0
    assert turn.cpu_us > 0


def test_without_a_broker_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(NoBrokerError, match="apt-get install mosquitto"), mosquitto():
        pytest.fail("there is one")
