"""Memory for a camera's frames that processes share.

It has no name (``memfd_create``): nothing can be left behind in ``/dev/shm``, however the processes end, and
the size of that mount, 64 MB in a container by default, sets no limit. All of it is claimed at creation, so a
machine that is short of memory says so then, in words, and not with a bus error in mid-session.
"""

from __future__ import annotations

import errno
import os


class MemoryShortError(Exception):
    """The machine has not as much memory free; the text says how much it has."""


def claimed(name: str, size: int) -> int:
    """The descriptor of so many bytes of new memory; ``name`` is what tools of the system show.

    Raises:
        MemoryShortError: there is less.
    """
    fd = os.memfd_create(name, os.MFD_CLOEXEC)
    try:
        # It would otherwise be taken page by page, and its lack end the process.
        os.posix_fallocate(fd, 0, size)
    except OSError as error:
        os.close(fd)
        if error.errno not in {errno.ENOMEM, errno.ENOSPC, errno.EFBIG}:
            raise
        raise MemoryShortError(
            f"A camera's frames need {size / 1e6:.1f} MB of shared memory and the machine has "
            f"{_available_mb()} free: use fewer cameras, smaller frames, or give the box more memory."
        ) from error
    return fd


def _available_mb() -> str:
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:  # noqa: PTH123 - a kernel file, read line by line
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return f"{int(line.split()[1]) / 1e3:.0f} MB"
    except OSError:
        return "an unknown amount"
    return "an unknown amount"
