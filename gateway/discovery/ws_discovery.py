"""What is said to find ONVIF cameras, and what they answer (WS-Discovery 2005/04, ONVIF Core 7.3). Pure."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit
from xml.etree.ElementTree import Element

from gateway.discovery.xml import local_name, parse, text_of

PORT: Final = 3702
GROUP: Final = "239.255.255.250"

_PROBE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl">'
    "<e:Header><w:MessageID>{message_id}</w:MessageID>"
    '<w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>'
    '<w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action>'
    "</e:Header><e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
)
_SCOPE: Final = "://www.onvif.org/"
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that answered.

    Attributes:
        address: the host that the answer came from.
        service: URL of its ONVIF device service, at that host.
        name: what it calls itself, as far as it does.
        hardware: its model.
    """

    address: str
    service: str
    name: str
    hardware: str


def probe(message_id: str) -> bytes:
    """Return the question that every ONVIF camera answers; `message_id` is a `urn:uuid:`."""
    return _PROBE.format(message_id=message_id).encode()


def matches(octets: bytes, *, sender: str) -> list[FoundCamera]:
    """Return the cameras of an answer.

    Which question it answers is not looked at: many cameras leave `RelatesTo` out or write it in another
    form. A camera lists its addresses as it sees itself, also those of other networks, and anybody could list
    somebody else's: whatever it says, its service is looked for where the answer came from.

    Raises:
        XmlRefused: it cannot be read.
    """
    root = parse(octets)
    found = (_camera(each, sender) for each in root.iter() if local_name(each) == "ProbeMatch")
    return [each for each in found if each is not None]


def _camera(match: Element, sender: str) -> FoundCamera | None:
    services = [each for each in text_of(match, "XAddrs", longest=4096).split() if _is_http(each)]
    if not services:
        return None
    scopes = text_of(match, "Scopes", longest=8192).split()
    service = next((each for each in services if urlsplit(each).hostname == sender), services[0])
    return FoundCamera(
        address=sender,
        service=at_host(service, sender),
        name=_scope(scopes, "name"),
        hardware=_scope(scopes, "hardware") or _scope(scopes, "model"),
    )


def at_host(url: str, host: str) -> str:
    """Return a URL with another host in the place of its own; its login is left out."""
    parts = urlsplit(url)
    netloc = f"[{host}]" if ":" in host else host
    if parts.port is not None:
        netloc = f"{netloc}:{parts.port}"
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _scope(scopes: list[str], kind: str) -> str:
    parts = (each.partition(_SCOPE)[2].partition("/") for each in scopes)
    value = next((value for name, _, value in parts if name.lower() == kind), "")
    return "".join(each for each in unquote(value) if each.isprintable()).strip()[:_LONGEST_NAME]
