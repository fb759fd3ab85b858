"""Where a camera's frames come from, in a type that keeps the camera's password to itself."""

from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from gateway.redaction import MASK, redact_text

Kind = Literal["rtsp", "file", "device"]

_RTSP = ("rtsp", "rtsps")


class CameraSource:
    """An RTSP URL, the path of a video file or the index of a local camera.

    `str`, `repr` and JSON show it without login; only `reveal()` gives what opens the camera.
    """

    __slots__ = ("_text", "kind")

    def __init__(self, text: str) -> None:
        self.kind: Kind = "device" if text.isdecimal() else "rtsp" if "://" in text else "file"
        self._text = text

    def reveal(self) -> str:
        """Return the source with its login, to open it and for nothing else."""
        return self._text

    def __str__(self) -> str:
        scheme, mark, rest = self._text.partition("://")
        if not mark:
            return self._text
        return redact_text(f"{scheme}://{MASK}@{rest.rpartition('@')[2]}" if "@" in rest else self._text)

    def __repr__(self) -> str:
        return f"CameraSource({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CameraSource) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    @classmethod
    def parse(cls, value: object) -> "CameraSource":
        """Read what a person wrote; the error never repeats it, since it may hold a password."""
        if isinstance(value, CameraSource):
            return value
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return cls(str(value))
        if not isinstance(value, str) or not value.strip():
            raise PydanticCustomError(
                "camera", "must be an rtsp:// URL, the path of a video file or a camera index"
            )
        text = value.strip()
        if "://" in text:
            _check_url(text)
        return cls(text)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Tell pydantic how to read and how to show a source."""
        del source, handler
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe a source to the settings page."""
        del schema, handler
        return {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0}]}


def _check_url(text: str) -> None:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise PydanticCustomError(
            "camera",
            "is not a valid URL; write special characters of the password as %XX (/ is %2F, @ is %40)",
        ) from error
    if parts.scheme not in _RTSP:
        raise PydanticCustomError(
            "camera", "must start with rtsp:// or rtsps://, or be a file path or camera index"
        )
    if not host:
        raise PydanticCustomError("camera", "names no host")
