"""The box's shadows over HTTPS: which are new, what they say, and what the box is. Blocks; for threads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.twin.connection import Connection
from provisioning.twin import Fields
from sync.upload.answer import NotDelivered, Reply, check_status

_PATH: Final = "/api/v1/shadows"
T = TypeVar("T", bound=BaseModel)


class Conflict(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """The document has moved on since it was read; read it again."""


@dataclass(frozen=True, slots=True)
class Document:
    """A shadow as it was read.

    Attributes:
        desired: what the box should be.
        reported: what the cloud has heard of it.
        version: of the document.
    """

    desired: Fields
    reported: Fields
    version: int


@dataclass(frozen=True, slots=True)
class Versions:
    """Which version each document of the box has now, and by which tag to ask for news of that."""

    by_name: Mapping[str, int]
    etag: str | None


class _State(BaseModel):
    model_config = ConfigDict(strict=True)

    desired: dict[str, Any]
    reported: dict[str, Any]


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True)

    state: _State
    version: int


class _Index(BaseModel):
    model_config = ConfigDict(strict=True)

    versions: dict[str, int]


class ShadowWire:
    """What is asked over the connection. For one thread at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def wanted(self) -> bool:
        """Whether there is a cloud to ask. Raises NotDelivered."""
        return self._connection.wanted

    def versions(self, etag: str | None) -> Versions | None:
        """Which documents there are in which versions; None when that is as it was with this tag.

        Raises:
            NotDelivered: no whole answer came, or one that cannot be understood.
        """
        headers = {} if etag is None else {"If-None-Match": etag}
        reply = self._connection.exchange("GET", _PATH, headers=headers)
        if reply.status == HTTPStatus.NOT_MODIFIED:
            return None
        return Versions(_read(reply, _Index).versions, reply.headers.get("etag"))

    def read(self, name: str) -> Document:
        """A document.

        Raises:
            NotDelivered: no whole answer came, or one that cannot be understood.
        """
        return _document(self._connection.exchange("GET", f"{_PATH}/{name}"))

    def report(self, name: str, reported: Fields, *, version: int) -> Document:
        """Say what the box is; returns the document after that.

        Args:
            name: of the document.
            reported: to be merged into what it has said before.
            version: of the document that this answers.

        Raises:
            Conflict: the document is another one by now.
            NotDelivered: no whole answer came, or one that cannot be understood.
        """
        body = {"state": {"reported": reported}, "version": version}
        reply = self._connection.exchange("POST", f"{_PATH}/{name}", json=body)
        if reply.status == HTTPStatus.CONFLICT:
            raise Conflict
        return _document(reply)

    def close(self) -> None:
        """Let go of the connection; the next call opens another."""
        self._connection.close()


def _document(reply: Reply) -> Document:
    answer = _read(reply, _Answer)
    return Document(answer.state.desired, answer.state.reported, answer.version)


def _read(reply: Reply, form: type[T]) -> T:
    check_status(reply)
    try:
        return form.model_validate(json.loads(reply.body))
    except (ValidationError, ValueError, RecursionError) as error:
        raise NotDelivered("failing", "the cloud's answer is no shadow; is this its address?") from error
