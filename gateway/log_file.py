"""The log in the data folder: bounded, so that it can be asked for from far away after whatever happened."""

import contextlib
import logging
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from gateway.logs import json_or_text

FOLDER: Final = "log"
NAME: Final = "gymbox.jsonl"
# 2 MB in all: hours of a busy gym, days of a quiet one.
MAX_BYTES: Final = 500_000
OLDER_FILES: Final = 3


class LogFile(RotatingFileHandler):
    """Writes JSON lines; a disk that is full or away costs lines of the log, and nothing else."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=OLDER_FILES, encoding="utf-8", delay=True)
        self.setFormatter(json_or_text(as_json=True))
        self.lost = 0

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Count a line that could not be written; logging's own way would write to a terminal each time."""
        del record
        self.lost += 1


@contextlib.contextmanager
def kept(data_dir: Path) -> Iterator[LogFile]:
    """Have everything that this process logs inside of the block in the data folder, too."""
    folder = data_dir / FOLDER
    with contextlib.suppress(OSError):  # what is wrong with the folder, the store tells
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = LogFile(folder / NAME)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        handler.close()


def tail(data_dir: Path, most_bytes: int) -> list[str]:
    """Return the newest lines of the log, the oldest of them first; as many as fit into so many bytes.

    A file that is not there or cannot be read has none.
    """
    lines: list[str] = []
    left = most_bytes
    names = [NAME, *(f"{NAME}.{number}" for number in range(1, OLDER_FILES + 1))]
    for name in names:
        for line in reversed(_lines(data_dir / FOLDER / name)):
            left -= len(line.encode()) + 1
            if left < 0:
                return lines[::-1]
            lines.append(line)
    return lines[::-1]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
