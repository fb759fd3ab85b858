"""Whose folder this is: one box process owns it, by a lock that ends with the process, however that ends."""

import fcntl
import os
from pathlib import Path


class FolderLock:
    """The lock file beside the store."""

    def __init__(self, path: Path) -> None:
        """Name the lock file; its folder is made when the lock is taken."""
        self._path = path
        self._fd: int | None = None

    def take(self) -> bool:
        """Return whether the folder is this process's now; taking what is already held changes nothing.

        Raises:
            OSError: the file cannot be made.
        """
        if self._fd is not None:
            return True
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def release(self) -> None:
        """Let another process have the folder."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)
