"""Asking an ONVIF camera for the addresses of its streams."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import httpx

from gateway.discovery import soap
from gateway.discovery.soap import Login, OnvifFault
from gateway.discovery.ws_discovery import at_host
from gateway.discovery.xml import LONGEST

TIMEOUT_S: Final = 5.0
_NONCE_OCTETS: Final = 16


class CameraRefuses(Exception):  # noqa: N818 - named by what happened
    """The camera does not tell its streams; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that a camera offers; the URL holds no login, width and height are pixels, 0 when unknown."""

    name: str
    url: str
    width: int
    height: int


async def streams_of(service: str, login: Login | None, *, timeout_s: float = TIMEOUT_S) -> list[Stream]:
    """Return the streams of the camera with this device service, the largest picture first.

    Whatever addresses it names, it is asked, and its streams are looked for, where it was found.

    Raises:
        CameraRefuses: it cannot be reached, refuses the login, or does not speak ONVIF.
    """
    async with httpx.AsyncClient(timeout=timeout_s, follow_redirects=False, trust_env=False) as client:
        camera = _Camera(client, service, login)
        try:
            return await camera.streams()
        except httpx.HTTPError as error:
            raise CameraRefuses(
                f"{urlsplit(service).hostname} does not answer ({type(error).__name__}). "
                "Check that the camera is on and that ONVIF is switched on in its settings."
            ) from error
        except ValueError as error:  # no XML, or no addresses in it
            raise CameraRefuses(
                f"{urlsplit(service).hostname} answers what is not ONVIF: {error}."
            ) from error
        except OnvifFault as error:
            raise CameraRefuses(
                f"The camera refuses: {error}. Check user and password; some cameras keep ONVIF users apart."
            ) from error


class _Camera:
    def __init__(self, client: httpx.AsyncClient, service: str, login: Login | None) -> None:
        self._client = client
        self._service = service
        self._host = urlsplit(service).hostname or ""
        self._login = login
        self._ahead = timedelta(0)

    async def streams(self) -> list[Stream]:
        await self._read_clock()
        named = soap.read_media_service(await self._ask(self._service, soap.ask_services()))
        media = at_host(named, self._host) if named else self._service
        found = []
        for profile in soap.read_profiles(await self._ask(media, soap.ask_profiles())):
            url = soap.read_stream(await self._ask(media, soap.ask_stream(profile.token)))
            if url:
                found.append(Stream(profile.name, at_host(url, self._host), profile.width, profile.height))
        return sorted(found, key=lambda each: each.width * each.height, reverse=True)

    async def _read_clock(self) -> None:
        """Learn how far the camera's clock is from ours: it takes only logins of its own time."""
        try:
            told = soap.read_time(await self._ask(self._service, soap.ask_time(), known=False))
        except OnvifFault:
            return  # some answer this to nobody; then the clocks had better agree
        if told is not None:
            self._ahead = told - datetime.now(UTC)

    async def _ask(self, url: str, body: str, *, known: bool = True) -> Element:
        message = soap.envelope(
            body,
            self._login if known else None,
            nonce=secrets.token_bytes(_NONCE_OCTETS),
            created=datetime.now(UTC) + self._ahead,
        )
        headers = {"Content-Type": soap.CONTENT_TYPE}
        # Some cameras want the login of HTTP instead; it is only sent when they ask for it, as a digest.
        digest = None if self._login is None else httpx.DigestAuth(self._login.username, self._login.password)
        async with self._client.stream("POST", url, content=message, headers=headers, auth=digest) as answer:
            octets = bytearray()
            async for part in answer.aiter_bytes():
                octets += part
                if len(octets) > LONGEST:
                    break
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise OnvifFault("it wants a user and a password" if self._login is None else "wrong login")
        return soap.read(bytes(octets))
