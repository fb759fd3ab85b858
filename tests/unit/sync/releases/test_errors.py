import errno
import inspect
from typing import get_args

import pytest
from tuf.api import exceptions

from sync.releases import errors
from sync.releases.errors import (
    CloudUnreachable,
    NotKept,
    Reason,
    ReleaseError,
    ReleaseRefused,
    not_kept,
    told,
)

RAISED = [
    kind
    for _, kind in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(kind, exceptions.RepositoryError | exceptions.DownloadError)
    and kind is not exceptions.DownloadHTTPError
]


@pytest.mark.parametrize("kind", RAISED)
def test_all_that_the_library_raises_has_a_reason_and_says_of_what(
    kind: type[exceptions.RepositoryError],
) -> None:
    error = told(kind("so it is"), "models/toy/1/model.toml")
    assert error.reason in get_args(Reason)
    assert "models/toy/1/model.toml" in str(error)
    assert "so it is" in str(error)
    content = issubclass(kind, exceptions.RepositoryError | exceptions.DownloadLengthMismatchError)
    assert isinstance(error, ReleaseRefused if content else CloudUnreachable)


@pytest.mark.parametrize(("code", "says"), [(401, "token"), (403, "enrol"), (404, "later"), (500, "later")])
def test_an_answer_that_is_none_says_what_to_do(code: int, says: str) -> None:
    error = told(exceptions.DownloadHTTPError(f"answers {code}", code), "timestamp")
    assert isinstance(error, CloudUnreachable)
    assert says in str(error)


def test_a_disk_that_is_full() -> None:
    error = not_kept(OSError(errno.ENOSPC, "No space left on device"), "models/toy/1/model.toml")
    assert isinstance(error, NotKept)
    assert (error.reason, "No space left" in str(error)) == ("disk", True)


def test_one_except_catches_them_all() -> None:
    kinds = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__
    ]
    assert len(kinds) == 6
    assert all(issubclass(kind, ReleaseError) for kind in kinds)
