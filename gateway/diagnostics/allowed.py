"""What of a configuration may leave the box: numbers, choices and ids; of addresses only where they lead."""

from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel

from gateway.config.camera_source import CameraSource
from gateway.config.model import BoxConfig

# Texts that are choices out of a few, or ids that stand in every log line; a new one is told once it is here.
_TOLD: Final = frozenset(
    {
        "id",
        "timezone",
        "language",
        "profile",
        "pose",
        "runtime",
        "accelerator",
        "upload",
        "treadmill",
        "camera",
        "exercises",
        "equipment",
        "host",
        "automatic",
    }
)
_ADDRESSES: Final = frozenset({"url"})
SET: Final = "set, not told"


def allowed(config: BoxConfig) -> Any:
    """Return a configuration as it may be told, as JSON."""
    return _of("", config)


def _of(name: str, value: object) -> Any:
    match value:
        case BaseModel():
            told: Any = {each: _of(each, getattr(value, each)) for each in type(value).model_fields}
        case list() | tuple():
            told = [_of(name, each) for each in value]
        case None | bool() | int() | float():
            told = value
        case CameraSource():
            told = _origin(value.reveal()) if value.kind == "rtsp" else f"a {value.kind}"
        case str() if name in _ADDRESSES:
            told = _origin(value)
        case str() if name in _TOLD:
            told = value
        case _:
            told = SET
    return told


def _origin(url: str) -> str:
    """Scheme, host and port; a path or a query may hold a login, as those of some cameras do."""
    if "://" not in url:
        return url if url == "embedded" else SET
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return SET
    return f"{parts.scheme}://{parts.hostname}{'' if port is None else f':{port}'}"
