"""Ask an RTSP camera, over a plain socket, whether it would show a picture, and if not, why.

The video library says only "no". One DESCRIBE request, answered or not, tells a wrong
password from a wrong path from a dead host, and never takes longer than its deadline.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision.source import Endpoint, SourceFailedError, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_TIMEOUT_S = 2.0
_MAX_ANSWER_BYTES = 64 * 1024
_OK, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND = 200, 401, 403, 404
_REDIRECTS = range(300, 400)
_CHALLENGE = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
_HASHES: dict[str, Callable[[bytes], object]] = {"md5": hashlib.md5, "sha-256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the camera said."""

    code: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name.lower()]


def probe_rtsp(url: str, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
    """Return when the camera offers video at this URL; raise ``SourceFailedError`` with the reason if not."""
    endpoint = parse_endpoint(url)
    deadline_s = time.monotonic() + timeout_s
    with _connect(endpoint, timeout_s) as connection:
        answer = _describe(connection, endpoint, 1, "", deadline_s)
        if answer.code == _UNAUTHORISED:
            if not endpoint.user:
                raise SourceFailedError("unauthorised", f"{endpoint} wants a user name and a password")
            authorization = _authorize(answer.all("www-authenticate"), endpoint)
            answer = _describe(connection, endpoint, 2, authorization, deadline_s)
    _judge(answer, endpoint)


def _judge(answer: Answer, endpoint: Endpoint) -> None:
    if answer.code in {_UNAUTHORISED, _FORBIDDEN}:
        raise SourceFailedError("unauthorised", f"{endpoint} refuses this user name or password")
    if answer.code == _NOT_FOUND:
        raise SourceFailedError("no_video", f"{endpoint} has no stream at this path")
    if answer.code in _REDIRECTS:
        return  # the video library follows
    if answer.code != _OK:
        raise SourceFailedError("no_video", f"{endpoint} answers with RTSP error {answer.code}")
    if answer.body and not re.search(r"(?m)^m=video\b", answer.body):
        raise SourceFailedError("no_video", f"{endpoint} offers no video in this stream")


def _connect(endpoint: Endpoint, timeout_s: float) -> socket.socket:
    try:
        return socket.create_connection((endpoint.host, endpoint.port), timeout_s)
    except TimeoutError:
        reason = f"no answer from {endpoint} within {timeout_s:g} s"
    except ConnectionRefusedError:
        reason = f"nothing listens at {endpoint}"
    except socket.gaierror:
        reason = f"no machine is known by the name {endpoint.host}"
    except OSError as error:
        reason = f"{endpoint}: {(error.strerror or 'cannot be reached').lower()}"
    raise SourceFailedError("unreachable", reason)


def _describe(
    connection: socket.socket, endpoint: Endpoint, cseq: int, authorization: str, deadline_s: float
) -> Answer:
    lines = [
        f"DESCRIBE {endpoint.bare_url} RTSP/1.0",
        f"CSeq: {cseq}",
        "Accept: application/sdp",
        "User-Agent: gymbox",
        *([f"Authorization: {authorization}"] if authorization else []),
    ]
    try:
        connection.settimeout(max(0.05, deadline_s - time.monotonic()))
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return _read_answer(connection, endpoint, deadline_s)
    except TimeoutError:
        raise SourceFailedError("stalled", f"{endpoint} accepts connections but does not answer") from None
    except OSError as error:
        raise SourceFailedError(
            "unreachable", f"{endpoint}: {(error.strerror or 'connection lost').lower()}"
        ) from None


def _read_answer(connection: socket.socket, endpoint: Endpoint, deadline_s: float) -> Answer:
    received = b""

    def until(complete: Callable[[], bool]) -> None:
        nonlocal received
        while not complete():
            remaining_s = deadline_s - time.monotonic()
            if remaining_s <= 0:
                raise TimeoutError
            connection.settimeout(remaining_s)
            chunk = connection.recv(4096)
            if not chunk:
                raise SourceFailedError("unreachable", f"{endpoint} closed the connection without an answer")
            received += chunk
            if len(received) > _MAX_ANSWER_BYTES:
                raise SourceFailedError("no_video", f"{endpoint} answers without end")

    until(lambda: b"\r\n\r\n" in received or not b"RTSP/".startswith(received[:5]))
    head, _, _ = received.partition(b"\r\n\r\n")
    status, *rows = head.decode("latin-1").split("\r\n")
    match = re.match(r"RTSP/\d\.\d (\d{3})", status)
    if match is None:
        raise SourceFailedError("no_video", f"what answers at {endpoint} does not speak RTSP")
    headers = tuple((k.strip().lower(), v.strip()) for k, _, v in (row.partition(":") for row in rows))
    length = next((int(v) for k, v in headers if k == "content-length" and v.isdecimal()), 0)
    until(lambda: len(received) >= len(head) + 4 + length)
    return Answer(int(match[1]), headers, received[len(head) + 4 :].decode("utf-8", "replace"))


def _authorize(challenges: list[str], endpoint: Endpoint) -> str:
    """Answer the strongest challenge that both sides know."""
    for challenge in challenges:
        scheme, _, rest = challenge.partition(" ")
        fields = {key.lower(): quoted or plain for key, quoted, plain in _CHALLENGE.findall(rest)}
        if scheme.lower() == "digest" and fields.get("algorithm", "md5").lower() in _HASHES:
            return _digest(fields, endpoint)
    if any(challenge.lower().startswith("basic") for challenge in challenges):
        pair = f"{endpoint.user}:{endpoint.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")
    raise SourceFailedError("unauthorised", f"{endpoint} wants a way to log in that is not known here")


def _digest(fields: dict[str, str], endpoint: Endpoint) -> str:
    """RFC 2069, or RFC 7616 where the camera asks for ``qop=auth``."""
    digest = _HASHES[fields.get("algorithm", "md5").lower()]

    def hashed(text: str) -> str:
        return digest(text.encode()).hexdigest()  # type: ignore[attr-defined,no-any-return]

    realm, nonce = fields.get("realm", ""), fields.get("nonce", "")
    who = hashed(f"{endpoint.user}:{realm}:{endpoint.password}")
    what = hashed(f"DESCRIBE:{endpoint.bare_url}")
    answer = {"username": endpoint.user, "realm": realm, "nonce": nonce, "uri": endpoint.bare_url}
    if "auth" in fields.get("qop", "").replace(" ", "").split(","):
        mine = secrets.token_hex(8)
        answer["response"] = hashed(f"{who}:{nonce}:00000001:{mine}:auth:{what}")
        tail = f', qop=auth, nc=00000001, cnonce="{mine}"'
    else:
        answer["response"] = hashed(f"{who}:{nonce}:{what}")
        tail = ""
    if "opaque" in fields:
        answer["opaque"] = fields["opaque"]
    if "algorithm" in fields:
        tail += f", algorithm={fields['algorithm']}"
    return "Digest " + ", ".join(f'{key}="{value}"' for key, value in answer.items()) + tail
