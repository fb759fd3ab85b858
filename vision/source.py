"""What a camera's address means, and how it is shown without its credentials."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import unquote

if TYPE_CHECKING:
    from vision.processes.messages import CameraState

SourceKind: TypeAlias = Literal["file", "device", "network"]

# Everything up to the last @ is taken for credentials: people write passwords with @ and / in them
# unescaped, and a path that loses its beginning does less harm than a password that is shown.
_USERINFO = re.compile(r"(?<=://)[^\s\"'<>]*@")
# Recorders want the password in the path or the query: ?pwd=x, /user=a_password=x_channel=1.
_SECRET_FIELD = re.compile(
    r"(?i)((?:pass(?:word|wd|phrase)?|pwd|psw|token|secret|api_?key|auth)=)"
    r"[^\s&;\"'<>]*?(?=[&;\"'<>\s]|_[a-z]+=|$)"
)
_DEVICE = re.compile(r"(?:/dev/video)?(\d{1,3})")
_NETWORK = re.compile(r"(?i)(rtsps?|rtmps?|https?|udp|tcp|srt)://")
_RTSP_PORT = 554


def redact_url(text: str) -> str:
    """The text with the credentials of every URL in it blanked out."""
    return _SECRET_FIELD.sub(r"\1***", _USERINFO.sub("***@", text))


class SourceFailedError(Exception):
    """A source gives no pictures; says what state that is and, in plain words, why."""

    def __init__(self, state: CameraState, reason: str) -> None:
        """Reason must name no credential; it is redacted here all the same."""
        super().__init__(redact_url(reason))
        self.state: CameraState = state
        self.reason = redact_url(reason)


@dataclass(frozen=True, slots=True)
class Source:
    """A camera's address, understood."""

    kind: SourceKind
    address: str = field(repr=False)
    """URL, path or device number as the video library takes it; may hold credentials."""
    shown: str
    """The same for people: without credentials, and of a file only its name, since kiosks show it too."""

    @property
    def is_live(self) -> bool:
        """Whether pictures come when they come, and not as fast as they are read."""
        return self.kind != "file"

    @property
    def is_rtsp(self) -> bool:
        """Whether plain RTSP is spoken, which can be asked for the reason of a failure."""
        return self.kind == "network" and self.address.lower().startswith("rtsp://")

    @property
    def speaks_rtsp(self) -> bool:
        """Whether RTSP is spoken, plain or through TLS."""
        return self.kind == "network" and self.address.lower().startswith(("rtsp://", "rtsps://"))


def parse_source(text: str) -> Source:
    """Understand a URL, a file's path, a device number or ``/dev/videoN``."""
    text = text.strip()
    if _NETWORK.match(text):
        return Source("network", text, redact_url(text))
    if device := _DEVICE.fullmatch(text):
        return Source("device", device[1], f"/dev/video{device[1]}")
    text = text.removeprefix("file://")
    return Source("file", str(Path(text).expanduser()), redact_url(Path(text).name))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a URL leads, its credentials apart."""

    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    bare_url: str = ""
    """The URL without credentials, as it stands in a request line."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def parse_endpoint(url: str) -> Endpoint:
    """Take an RTSP URL apart; raises ``SourceFailedError`` when it names no host."""
    scheme, _, rest = url.partition("://")
    cut = re.search(r"[/?#]", rest)
    authority, path = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    userinfo, at, hostport = authority.rpartition("@")
    user, _, password = userinfo.partition(":")
    match = re.fullmatch(r"(\[[0-9a-fA-F:.%\w]+\]|[^:\[\]\s]+)(?::(\d{1,5}))?", hostport)
    if match is None or not 0 < int(match[2] or _RTSP_PORT) < 1 << 16:
        where = "***" if at or "@" in path else hostport
        raise SourceFailedError("unreachable", f"the address names no host and port: {where!r}")
    return Endpoint(
        host=match[1].strip("[]"),
        port=int(match[2] or _RTSP_PORT),
        user=unquote(user),
        password=unquote(password),
        bare_url=f"{scheme}://{hostport}{path}",
    )


def check_present(source: Source) -> None:
    """Raise ``SourceFailedError`` with the reason when a file or a device is plainly not there."""
    if source.kind == "file":
        _check_file(Path(source.address), source.shown)
    elif source.kind == "device" and not Path(source.shown).exists():
        raise SourceFailedError("unreachable", f"no camera is plugged in as {source.shown}")


def _check_file(path: Path, shown: str) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SourceFailedError(
            "unreachable", f"{shown}: {(error.strerror or 'not found').lower()}"
        ) from None
    if path.is_dir():
        raise SourceFailedError("no_video", f"{shown} is a folder, not a video")
    if not os.access(path, os.R_OK):
        raise SourceFailedError("unauthorised", f"{shown} may not be read by this user")
    if size == 0:
        raise SourceFailedError("no_video", f"{shown} is empty")
