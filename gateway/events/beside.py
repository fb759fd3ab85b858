"""An event from a command that works beside a box, or on one that does not run."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from gateway.events.rows import Event, append
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path

_WITHIN_S: Final = 10.0


def note(
    data_dir: Path, kind: str, *, actor: str, subject: str = "box", outcome: str = "done", **detail: Any
) -> None:
    """Write an event down; it is on the disk when this returns.

    Raises:
        StoreError: it cannot be stored.
        TimeoutError: the store did not answer.
    """
    event = Event(datetime.now(UTC).isoformat(), kind, actor, subject, outcome, detail)
    store = Store(path=store_path(data_dir), migrations=MIGRATIONS, shared=True)
    store.start()
    try:
        store.submit(partial(append, events=[event])).result(_WITHIN_S)
    finally:
        store.stop()
