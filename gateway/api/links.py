"""Addresses of the box as other machines of the network reach it, for people to open or scan."""

import io
from urllib.parse import urlsplit, urlunsplit

import segno
from starlette.requests import HTTPConnection

from gateway.discovery.addresses import reachable_host


def link_from_elsewhere(connection: HTTPConnection, path: str, *, query: str = "", fragment: str = "") -> str:
    """Return the address of a page; a host that names the box only to itself becomes its address."""
    here = urlsplit(str(connection.base_url))
    host = reachable_host(here.hostname or "")
    netloc = host if here.port is None else f"{host}:{here.port}"
    return urlunsplit((here.scheme, netloc, path, query, fragment))


def qr_code(text: str) -> str:
    """Return a QR code as an SVG that scales with its place on the page."""
    svg = io.BytesIO()
    segno.make(text, error="m").save(svg, kind="svg", border=2, xmldecl=False, omitsize=True)
    return svg.getvalue().decode()
