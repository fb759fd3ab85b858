"""Why a release is not installed, in words for people and in a word for programs."""

from typing import Final, Literal

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    SlowRetrievalError,
    UnsignedMetadataError,
)

Reason = Literal[
    "clock",  # this box does not know what day it is
    "damaged",  # what the cloud sent is no metadata
    "disk",
    "endless",  # more bytes than were signed for
    "expired",  # nobody has signed it anew: a freeze
    "not_desired",  # not the release that was asked for
    "rollback",  # older than what this box has seen
    "slow",
    "stopped",
    "tampered",  # not the bytes that were signed
    "too_old_box",  # the release needs a newer program
    "unblessed",
    "unknown",  # nobody who may has released it
    "unreachable",
    "unsigned",  # too few signatures of keys that count
]


class ReleaseError(Exception):
    """A release is not installed; what is installed goes on. The text is for people.

    Attributes:
        reason: The same in a word.
    """

    def __init__(self, reason: Reason, text: str) -> None:
        self.reason = reason
        super().__init__(text)


class ReleaseRefused(ReleaseError):  # noqa: N818 - named by what happened, as all errors of the project are
    """It must not be installed, whoever sent it; trying again helps only once it has changed."""


class CloudUnreachable(ReleaseError):  # noqa: N818 - likewise
    """The cloud does not answer, or too slowly; try again later."""


class ClockWrong(ReleaseError):  # noqa: N818 - likewise
    """Without a plausible time nothing can be said to have expired, or not to have."""


class NotKept(ReleaseError):  # noqa: N818 - likewise
    """This box has no room for it, or cannot write."""


class StoppedEarly(ReleaseError):  # noqa: N818 - likewise
    """The box is stopping."""


_REFUSALS: Final[dict[type[Exception], tuple[Reason, str]]] = {
    UnsignedMetadataError: ("unsigned", "is not signed by enough of the keys that this box trusts"),
    BadVersionNumberError: (
        "rollback",
        "is older than what this box has seen, or does not fit the rest",
    ),
    ExpiredMetadataError: (
        "expired",
        "has expired and was not signed anew (is the service running, and this box's clock right?)",
    ),
    LengthOrHashMismatchError: ("tampered", "is not what was signed"),
    DownloadLengthMismatchError: ("endless", "is longer than what was signed"),
    RepositoryError: ("damaged", "cannot be read"),
}


def told(error: RepositoryError | DownloadError, what: str) -> ReleaseError:
    """Tell an error of a download, or of its verification, in the words of this module.

    Args:
        error: What was raised.
        what: What was being fetched.
    """
    for kind, (reason, text) in _REFUSALS.items():
        if isinstance(error, kind):
            return ReleaseRefused(reason, f"{what} {text}: {error}")
    if isinstance(error, SlowRetrievalError):
        return CloudUnreachable("slow", f"{what} comes too slowly; trying again later: {error}")
    if isinstance(error, DownloadHTTPError) and error.status_code in {401, 403}:
        return CloudUnreachable(
            "unreachable", f"the cloud does not know this box ({error}); enrol it or give it a valid token"
        )
    return CloudUnreachable("unreachable", f"{what} cannot be fetched; trying again later: {error}")


def not_kept(error: OSError, what: str) -> NotKept:
    """Tell an error of this box's disk."""
    return NotKept(
        "disk", f"{what} cannot be kept: {error.strerror or error}; is the disk full or read-only?"
    )
