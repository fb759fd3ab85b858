"""A Dask cluster as an executor. The only file of the project that knows Dask."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sync.cloud.retraining.outcome import RetrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

_PATIENCE_S: Final = 30


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Connect to a scheduler for as long as the context lasts.

    Raises:
        RetrainingError: Dask is not installed here, or the scheduler does not answer.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - the heavy import that this file is for
    except ModuleNotFoundError as error:
        raise RetrainingError(
            f"a cluster needs {error.name}, which is not installed here; run: pip install 'gymbox[cluster]'"
        ) from error
    try:
        client = Client(address, timeout=_PATIENCE_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise RetrainingError(f"no Dask scheduler answers at {address}: {error}") from error
    with client:
        # Not pure: the same call is done again when it is asked for again, because what it reads may be new.
        yield client.get_executor(pure=False)  # type: ignore[no-untyped-call]
