"""What the cloud's answer to a batch means: pure, bytes in, verdict out."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from sync.upload.policy import Problem, http_date, retry_after_s

_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_NOT_US: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_MOST_DETAIL_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: status, headers by lower-case name, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a batch that the cloud took.

    Attributes:
        acknowledged: Ids of records that the cloud holds now.
        refused: Why it will never take others, by id.
        service_time: What time it is there; None when it does not say.
    """

    acknowledged: frozenset[str]
    refused: Mapping[str, str]
    service_time: datetime | None


class NotDelivered(Exception):  # noqa: N818 - named by what happened
    """The batch was not taken, or nobody can tell: it stays and is sent again."""

    def __init__(self, problem: Problem, text: str, *, retry_after_s: float | None = None) -> None:
        """`text` says what happened and, where a person can help, what to do."""
        super().__init__(text)
        self.problem: Problem = problem
        self.retry_after_s = retry_after_s


def read_answer(reply: Reply, sent: Collection[str]) -> Verdict:
    """Read the answer to a batch of these ids.

    Raises:
        NotDelivered: The batch was not taken, or the answer does not account for every record once.
    """
    check_status(reply)
    try:
        document = json.loads(reply.body)
        acknowledged = document["acknowledged"]
        refused = {each["id"]: _one_line(str(each["reason"])) for each in document["refused"]}
        told = [*acknowledged, *refused]
        complete = len(told) == len(sent) and set(told) == set(sent)
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise NotDelivered(
            "failing", "the cloud's answer cannot be understood; is this its address?"
        ) from error
    if not complete:
        raise NotDelivered("failing", "the cloud's answer does not account for every record once")
    return Verdict(frozenset(acknowledged), refused, http_date(reply.headers.get("date")))


def check_status(reply: Reply) -> None:
    """Let a 200 pass.

    Raises:
        NotDelivered: It is another status.
    """
    status = reply.status
    if status == HTTPStatus.OK:
        return
    said = f"{status}{_detail(reply.body)}"
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise NotDelivered("too_large", f"the cloud takes less at once ({said})")
    if status in _BUSY:
        now = http_date(reply.headers.get("date")) or datetime.now(UTC)
        wait_s = retry_after_s(reply.headers.get("retry-after"), now)
        raise NotDelivered("busy", f"the cloud asks to wait ({said})", retry_after_s=wait_s)
    if status in _NOT_US:
        text = (
            f"the cloud does not know this box ({said}); check [cloud] token_file, cert and key, or enrol it"
        )
        raise NotDelivered("credentials", text)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise NotDelivered("failing", f"the cloud failed ({said})")
    text = f"this is no cloud of this version ({said}); check [cloud] url, or update the box"
    raise NotDelivered("unwanted", text)


def _detail(body: bytes) -> str:
    """What a problem document (RFC 9457) says, in brief."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    said = document.get("detail") or document.get("title") if isinstance(document, dict) else None
    return f": {_one_line(said)[:_MOST_DETAIL_CHARACTERS]}" if isinstance(said, str) else ""


def _one_line(text: str) -> str:
    """Others' words end up in logs: no line of them may look like one of ours."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
