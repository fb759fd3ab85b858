"""Finding cameras: the question, and answers as vendors write them."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.discovery.ws_discovery import FoundCamera, at_host, matches, probe
from gateway.discovery.xml import XmlRefused, parse, text_of

from .answers import BOMB, GSOAP, SHORT


def test_the_question_is_one_that_onvif_cameras_answer() -> None:
    message_id = f"urn:uuid:{uuid.uuid4()}"
    root = parse(probe(message_id))
    assert text_of(root, "MessageID") == message_id
    assert text_of(root, "Action") == "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
    assert text_of(root, "Types") == "dn:NetworkVideoTransmitter"
    assert len(probe(message_id)) < 1400  # one packet


def test_a_camera_tells_its_name_model_and_service() -> None:
    assert matches(GSOAP, sender="192.168.1.64") == [
        FoundCamera(
            address="192.168.1.64",
            service="http://192.168.1.64/onvif/device_service",
            name="Gym floor 1",
            hardware="DS-2CD2143G2",
        )
    ]


def test_another_family_writes_it_in_its_own_way() -> None:
    assert matches(SHORT, sender="10.0.0.51") == [
        FoundCamera("10.0.0.51", "http://10.0.0.51:8899", "IPCAM\ufffd", "631GA")
    ]


def test_a_camera_is_looked_for_where_it_answered_from_whatever_it_says() -> None:
    [found] = matches(GSOAP, sender="10.9.8.7")
    assert found.service == "http://10.9.8.7/onvif/device_service"
    [other] = matches(SHORT, sender="10.9.8.7")
    assert other.service == "http://10.9.8.7:8899"


@pytest.mark.parametrize(
    "address", ["", "ftp://1.2.3.4/", "http://", "http://[::1", "http://a:99999999/", "x"]
)
def test_what_names_no_service_is_no_camera(address: str) -> None:
    answer = GSOAP.replace(b"http://192.168.1.64/onvif/device_service", address.encode()).replace(
        b"http://[fe80::9a8b:aff:fe01:203]/onvif/device_service", b""
    )
    assert matches(answer, sender="192.168.1.64") == []


def test_a_printer_is_no_camera_and_a_bomb_no_answer() -> None:
    assert matches(b"<Envelope><Body><Hello/></Body></Envelope>", sender="10.0.0.1") == []
    with pytest.raises(XmlRefused):
        matches(BOMB, sender="10.0.0.1")


def test_a_name_cannot_hold_what_a_page_or_log_should_not_show() -> None:
    answer = GSOAP.replace(b"Gym%20floor%201", b"%0a%1b[31m%E2%80%AEevil" + b"x" * 500)
    [found] = matches(answer, sender="192.168.1.64")
    assert found.name.startswith("[31mevil")
    assert len(found.name) == 80
    assert found.name.isprintable()


@pytest.mark.parametrize(
    ("url", "host", "moved"),
    [
        ("http://a/b?c=1#d", "1.2.3.4", "http://1.2.3.4/b?c=1"),
        ("rtsp://u:p@a:554/x", "1.2.3.4", "rtsp://1.2.3.4:554/x"),
        ("http://a:80/", "fe80::1", "http://[fe80::1]:80/"),
    ],
)
def test_an_address_moves_to_another_host_without_its_login(url: str, host: str, moved: str) -> None:
    assert at_host(url, host) == moved


@given(st.binary(max_size=400), st.integers(0, len(GSOAP)))
def test_a_broken_answer_breaks_nothing(noise: bytes, place: int) -> None:
    try:
        found = matches(GSOAP[:place] + noise + GSOAP[place + len(noise) :], sender="192.168.1.64")
    except XmlRefused:
        return
    assert all(each.service.startswith(("http://192.168.1.64", "https://192.168.1.64")) for each in found)
