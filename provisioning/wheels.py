"""Downloading a wheel with the user's own pip settings: index, proxy, certificates and logins are theirs.

The wheel is only ever opened as a zip. Nothing is installed, and as only binary wheels are asked for, nothing
of it runs.
"""

import errno
import os
import re
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from provisioning.catalogue import WheelSource
from provisioning.fetch import DestinationFailed, Progress, SourceFailed

# pip reports its progress in a form for programs since this version.
_RAW_PROGRESS_SINCE: Final = (24, 1)
_VERSION_TIMEOUT_S: Final = 60.0
_LINES_KEPT: Final = 60
_PROGRESS: Final = re.compile(r"Progress (\d+) of (\d+)")
_NO_NETWORK: Final = re.compile(
    r"NewConnectionError|NameResolutionError|Name or service not known|Temporary failure in name resolution"
    r"|Network is unreachable|ConnectTimeout|Connection refused|Max retries exceeded|Retrying \("
)
_LOGIN: Final = re.compile(r"(://)[^/\s@]+@")


class WheelDownloads:
    """The wheels of one pull.

    Each is downloaded once, however many of its members are wanted; nor is a failure tried again.
    """

    def __init__(self, *, folder: Path, python: str, timeout_s: float, progress: Progress) -> None:
        """Prepare; nothing is downloaded yet.

        Args:
            folder: An existing folder for the downloads and pip's own scratch files.
            python: The interpreter whose pip is used.
            timeout_s: The longest that one download may take.
            progress: Told of bytes, where pip can tell.
        """
        self._folder = folder
        self._python = python
        self._timeout_s = timeout_s
        self._progress = progress
        self._done: dict[tuple[str, str, str], Path | SourceFailed] = {}

    def path(self, source: WheelSource) -> Path:
        """The downloaded wheel.

        Raises:
            SourceFailed: pip is missing, or could not get it; the reason is pip's last word.
            DestinationFailed: The disk is full.
        """
        key = (source.wheel, source.python, source.platform)
        if key not in self._done:
            try:
                self._done[key] = self._download(source)
            except SourceFailed as failure:
                self._done[key] = failure
        result = self._done[key]
        if isinstance(result, SourceFailed):
            raise SourceFailed(str(result))
        return result

    def _download(self, source: WheelSource) -> Path:
        destination = self._folder / f"wheel-{len(self._done)}"
        try:
            destination.mkdir()
        except OSError as error:
            raise DestinationFailed(destination, error) from error
        self._progress(0, None, source.wheel)
        bar = "raw" if self._pip_version() >= _RAW_PROGRESS_SINCE else "off"
        lines = self._run_pip(_arguments(source, destination, bar), source.wheel)
        wheels = list(destination.glob("*.whl"))
        if len(wheels) != 1:
            raise SourceFailed(f"pip brought {len(wheels)} wheels instead of one: {_last_word(lines)}")
        return wheels[0]

    def _pip_version(self) -> tuple[int, ...]:
        try:
            result = subprocess.run(  # noqa: S603 - the interpreter that runs this, fixed arguments
                [self._python, "-P", "-m", "pip", "--version"],
                capture_output=True,
                text=True,
                timeout=_VERSION_TIMEOUT_S,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SourceFailed(f"pip does not start: {error}") from error
        found = re.match(r"pip (\d+)\.(\d+)", result.stdout)
        if result.returncode != 0 or not found:
            raise SourceFailed(f"pip is missing or broken ({_last_word(result.stderr.splitlines())})")
        return int(found[1]), int(found[2])

    def _run_pip(self, arguments: Sequence[str], what: str) -> Sequence[str]:
        expired = threading.Event()
        with self._start(arguments) as process:

            def expire() -> None:
                expired.set()
                _kill_group(process)

            timer = threading.Timer(self._timeout_s, expire)
            timer.start()
            try:
                lines = self._listen(process, what)
                process.wait()  # bounded by the timer, as the reading is
            finally:
                timer.cancel()
                if process.poll() is None:
                    _kill_group(process)
        if expired.is_set():
            raise SourceFailed(f"pip took longer than {self._timeout_s:g} s")
        if process.returncode != 0:
            self._explain(lines)
        return lines

    def _start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(  # noqa: S603 - no shell; wheel names are checked when the catalogue is parsed
                [self._python, *arguments],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                errors="replace",
                # pip's scratch files lie where the model goes: one disk to fill, one place to tidy.
                env={**os.environ, "TMPDIR": str(self._folder), "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        except OSError as error:
            raise SourceFailed(f"pip does not start: {error}") from error

    def _listen(self, process: subprocess.Popen[str], what: str) -> Sequence[str]:
        lines: deque[str] = deque(maxlen=_LINES_KEPT)
        for line in process.stdout or ():
            if found := _PROGRESS.match(line):
                self._progress(int(found[1]), int(found[2]) or None, what)
            else:
                lines.append(line.rstrip())
        return tuple(lines)

    def _explain(self, lines: Sequence[str]) -> None:
        text = "\n".join(lines)
        if os.strerror(errno.ENOSPC) in text:
            raise DestinationFailed(self._folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        prefix = "no connection to the package index; pip" if _NO_NETWORK.search(text) else "pip"
        # Without retries pip does not say why an index gave it nothing.
        suffix = "; the index lacks it or could not be reached" if "(from versions: none)" in text else ""
        raise SourceFailed(f"{prefix}: {_last_word(lines)}{suffix}")


def _arguments(source: WheelSource, destination: Path, bar: str) -> list[str]:
    return [
        "-P",  # a folder called pip where the user happens to stand is not pip
        "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
        "--python-version", source.python, "--platform", source.platform,
        "--dest", str(destination), "--no-input", "--disable-pip-version-check", "--progress-bar", bar,
        source.wheel,
    ]  # fmt: skip


def _last_word(lines: Sequence[str]) -> str:
    """The line that says what went wrong, without logins."""
    errors = [line for line in lines if line.startswith("ERROR:")]
    said = (
        errors[-1].removeprefix("ERROR:").strip()
        if errors
        else next((x for x in reversed(lines) if x.strip()), "it said nothing")
    )
    return _LOGIN.sub(r"\1***@", said)


def _kill_group(process: subprocess.Popen[str]) -> None:
    """End pip and all that it started; one of those may hold the pipe open after pip itself is gone."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
