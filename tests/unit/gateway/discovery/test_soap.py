"""What is asked of a camera and how its answers are read."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest

from gateway.discovery import soap
from gateway.discovery.soap import Login, OnvifFault, Profile
from gateway.discovery.xml import XmlRefused, parse, text_of

from .answers import BOMB, MEDIA, PROFILES, REFUSED, answered, stream_answer, time_answer

NOW = datetime(2026, 3, 1, 9, 0, 0, tzinfo=UTC)


def test_a_login_goes_as_a_digest_of_this_moment() -> None:
    nonce = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    at = datetime(2010, 9, 16, 7, 50, 45, tzinfo=UTC)
    message = soap.envelope(soap.ask_profiles(), Login("user", "userpassword"), nonce=nonce, created=at)
    root = parse(message)
    # The worked example of the ONVIF Application Programmer's Guide, section 6.1.1.3.
    assert text_of(root, "Password") == "tuOSpGlFlIXsozq4HFNeeGeFLEI="
    assert text_of(root, "Created") == "2010-09-16T07:50:45Z"
    assert text_of(root, "Nonce") == "LKqI6G/AikKCQrN0zqZFlg=="
    assert b"userpassword" not in message


def test_the_digest_is_that_of_the_standard() -> None:
    message = soap.envelope("<x/>", Login("u", "pä"), nonce=b"n" * 16, created=NOW)
    wanted = hashlib.sha1(b"n" * 16 + b"2026-03-01T09:00:00Z" + "pä".encode(), usedforsecurity=False).digest()
    assert text_of(parse(message), "Password") == base64.b64encode(wanted).decode()


def test_without_a_login_none_is_sent() -> None:
    message = soap.envelope(soap.ask_services(), None, nonce=b"", created=NOW)
    assert b"Security" not in message
    assert text_of(parse(message), "Category") == "Media"


def test_what_a_camera_called_its_streams_cannot_break_the_question() -> None:
    message = soap.envelope(soap.ask_stream('a"<b>&'), Login("<&>", "x"), nonce=b"", created=NOW)
    root = parse(message)
    assert (text_of(root, "ProfileToken"), text_of(root, "Username")) == ('a"<b>&', "<&>")
    assert (text_of(root, "Stream"), text_of(root, "Protocol")) == ("RTP-Unicast", "RTSP")


def test_streams_are_read_with_their_sizes() -> None:
    assert soap.read_profiles(soap.read(PROFILES)) == [
        Profile("sub", "Sub & small", 640, 360),
        Profile("main", "Main", 2688, 1520),
    ]
    assert soap.read_profiles(soap.read(answered('<Profiles token="only"/>'))) == [
        Profile("only", "only", 0, 0)
    ]
    assert len(soap.read_profiles(soap.read(answered('<Profiles token="x"/>' * 99)))) == soap.MOST_PROFILES


@pytest.mark.parametrize("size", ["-1", "1e9", "99999999999999999999", "x", "", "١٢"])
def test_a_size_that_is_none_is_unknown(size: str) -> None:
    video = f"<VideoEncoderConfiguration><Width>{size}</Width></VideoEncoderConfiguration>"
    answer = answered(f'<Profiles token="t">{video}</Profiles>')
    assert soap.read_profiles(soap.read(answer)) == [Profile("t", "t", 0, 0)]


def test_the_address_of_a_stream_is_an_rtsp_address_or_none() -> None:
    url = soap.read_stream(soap.read(stream_answer("main")))
    assert url == "rtsp://192.168.1.64:554/Streaming/main?transport=unicast&p=1"
    assert soap.read_stream(soap.read(answered("<Uri>file:///etc/passwd</Uri>"))) == ""
    assert soap.read_stream(soap.read(answered(""))) == ""


def test_a_cameras_clock_is_read_also_when_it_is_wrong() -> None:
    assert soap.read_time(soap.read(time_answer(1))) == datetime(2011, 1, 31, 1, 2, 3, tzinfo=UTC)
    assert soap.read_time(soap.read(time_answer(25))) is None
    assert soap.read_time(soap.read(answered(""))) is None


def test_the_media_service_is_the_one_of_the_media() -> None:
    assert soap.read_media_service(soap.read(MEDIA)) == "http://192.168.1.64:{port}/onvif/Media"
    assert soap.read_media_service(soap.read(answered("<Imaging><XAddr>http://x</XAddr></Imaging>"))) == ""


def test_a_refusal_says_why() -> None:
    with pytest.raises(OnvifFault, match="Sender not Authorized"):
        soap.read(REFUSED)
    with pytest.raises(OnvifFault, match="no reason given"):
        soap.read(answered("<Fault/>"))
    with pytest.raises(XmlRefused):
        soap.read(BOMB)


def test_a_login_keeps_its_password_to_itself() -> None:
    assert "geheim" not in repr(Login("u", "geheim"))
