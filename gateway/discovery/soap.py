"""Questions to an ONVIF camera's services, and what they answer (ONVIF Core and Media, SOAP 1.2). Pure."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from gateway.discovery.xml import local_name, parse, text_of

CONTENT_TYPE: Final = "application/soap+xml; charset=utf-8"
_DEVICE: Final = "http://www.onvif.org/ver10/device/wsdl"
_MEDIA: Final = "http://www.onvif.org/ver10/media/wsdl"
_SCHEMA: Final = "http://www.onvif.org/ver10/schema"
_WSS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
MOST_PROFILES: Final = 8


class OnvifFault(Exception):  # noqa: N818 - the standard's own word
    """The camera refuses; the text is its reason."""


@dataclass(frozen=True, slots=True)
class Login:
    """Name and password of a user of the camera."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Login(username={self.username!r}, password=hidden)"


@dataclass(frozen=True, slots=True)
class Profile:
    """One of the streams that a camera offers; width and height in pixels, 0 when it does not say."""

    token: str
    name: str
    width: int
    height: int


def ask_time() -> str:
    """Ask for the camera's clock; answered without a login."""
    return f'<GetSystemDateAndTime xmlns="{_DEVICE}"/>'


def ask_services() -> str:
    """Ask where the camera's media service is."""
    return f'<GetCapabilities xmlns="{_DEVICE}"><Category>Media</Category></GetCapabilities>'


def ask_profiles() -> str:
    """Ask which streams there are."""
    return f'<GetProfiles xmlns="{_MEDIA}"/>'


def ask_stream(token: str) -> str:
    """Ask for the RTSP address of a stream."""
    return (
        f'<GetStreamUri xmlns="{_MEDIA}"><StreamSetup><Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream>'
        f'<Transport xmlns="{_SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
        f"<ProfileToken>{escape(token)}</ProfileToken></GetStreamUri>"
    )


def envelope(body: str, login: Login | None, *, nonce: bytes, created: datetime) -> bytes:
    """Return a message, with the login as a digest that only this moment's camera takes.

    Args:
        body: one of the questions above.
        login: None where the camera asks for none.
        nonce: 16 random octets.
        created: now, by the camera's clock; it takes no digest of another time.
    """
    header = "" if login is None else f"<s:Header>{_security(login, nonce, created)}</s:Header>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">{header}'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def read(octets: bytes) -> Element:
    """Return an answer.

    Raises:
        XmlRefused: it cannot be read.
        OnvifFault: the camera refuses.
    """
    root = parse(octets)
    if any(local_name(each) == "Fault" for each in root.iter()):
        reason = text_of(root, "Text") or text_of(root, "faultstring") or "no reason given"
        raise OnvifFault(reason)
    return root


def read_time(answer: Element) -> datetime | None:
    """Return the camera's clock, UTC; None when it does not tell or means no time at all."""
    told = next((each for each in answer.iter() if local_name(each) == "UTCDateTime"), None)
    if told is None:
        return None
    try:
        year, month, day, hour, minute, second = (
            int(text_of(told, name)) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")
        )
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def read_media_service(answer: Element) -> str:
    """Return the URL of the media service; "" when the camera names none."""
    media = next((each for each in answer.iter() if local_name(each) == "Media"), None)
    return "" if media is None else text_of(media, "XAddr")


def read_profiles(answer: Element) -> list[Profile]:
    """Return the streams, at most eight."""
    found = []
    for each in answer.iter():
        token = each.get("token", "")
        if local_name(each) == "Profiles" and token:
            video = next((one for one in each.iter() if local_name(one) == "VideoEncoderConfiguration"), None)
            width, height = (0, 0) if video is None else (_number(video, "Width"), _number(video, "Height"))
            found.append(Profile(token, text_of(each, "Name", longest=80) or token, width, height))
    return found[:MOST_PROFILES]


def read_stream(answer: Element) -> str:
    """Return the address of a stream as the camera sees itself; "" when it is no RTSP address."""
    uri = text_of(answer, "Uri", longest=2048)
    return uri if uri.startswith(("rtsp://", "rtsps://")) else ""


def _security(login: Login, nonce: bytes, created: datetime) -> str:
    """UsernameToken Profile 1.1: Base64(SHA-1(nonce + created + password))."""
    at = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    # The standard names SHA-1; it guards a password on its way, for a minute, against who listens.
    digest = hashlib.sha1(nonce + at.encode() + login.password.encode(), usedforsecurity=False).digest()
    return (
        f'<o:Security s:mustUnderstand="1" xmlns:o="{_WSS}-wssecurity-secext-1.0.xsd">'
        f"<o:UsernameToken><o:Username>{escape(login.username)}</o:Username>"
        f'<o:Password Type="{_WSS}-username-token-profile-1.0#PasswordDigest">'
        f"{base64.b64encode(digest).decode()}</o:Password>"
        f'<o:Nonce EncodingType="{_WSS}-soap-message-security-1.0#Base64Binary">'
        f"{base64.b64encode(nonce).decode()}</o:Nonce>"
        f'<u:Created xmlns:u="{_WSS}-wssecurity-utility-1.0.xsd">{at}</u:Created>'
        "</o:UsernameToken></o:Security>"
    )


def _number(element: Element, name: str) -> int:
    text = text_of(element, name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004 - pixels
