"""What an EST client is told when it does not get a certificate (RFC 7030, 4.2.3)."""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(slots=True)
class EstRefusal(Exception):  # noqa: N818 - named by what happened
    """No certificate, or not yet; `text` is for people, and tells nothing that helps to guess.

    Attributes:
        status: of the answer.
        text: its body.
        retry_after_s: when to come again; None: not by itself.
    """

    status: HTTPStatus
    text: str
    retry_after_s: int | None = None


def unknown_claim() -> EstRefusal:
    """The same words for every claim that does not hold."""
    return EstRefusal(
        HTTPStatus.UNAUTHORIZED, "This claim is not valid: unknown, used, or expired. Ask for another one."
    )


def forbidden(text: str) -> EstRefusal:
    """Asking again will not help."""
    return EstRefusal(HTTPStatus.FORBIDDEN, text)
