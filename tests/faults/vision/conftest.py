"""A parent of real vision processes, and a clip for them to look at."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

PARENT = Path(__file__).with_name("parent.py")
Told = dict[str, Any]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-t", "3"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", *source, *coded, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


class Family:
    """A parent process, its children, and what they say."""

    def __init__(self, source: Path | str, errors: Path, *more: str) -> None:
        self._errors = errors
        with errors.open("wb") as stderr:
            self.parent = subprocess.Popen(
                [sys.executable, "-X", "dev", str(PARENT), str(source), *more],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                cwd=Path(__file__).parents[3],
            )
        self.told: list[Told] = []
        self._news = threading.Condition()
        self._ear = threading.Thread(target=self._listen, daemon=True)
        self._ear.start()

    def _listen(self) -> None:
        assert self.parent.stdout is not None
        for line in self.parent.stdout:
            with self._news:
                self.told.append(json.loads(line))
                self._news.notify_all()

    def say(self, line: str) -> None:
        assert self.parent.stdin is not None
        self.parent.stdin.write(line + "\n")
        self.parent.stdin.flush()

    def mark(self) -> int:
        return len(self.told)

    def wait(self, what: Callable[[Told], bool], *, since: int = 0, timeout_s: float = 15.0) -> Told:
        def found() -> Told | None:
            return next((told for told in self.told[since:] if what(told)), None)

        with self._news:
            assert self._news.wait_for(found, timeout_s), (self.told[-10:], self.errors())
            result = found()
            assert result is not None
            return result

    def start(self, name: str) -> int:
        mark = self.mark()
        self.say(f"start {name}")
        return int(self.wait(lambda told: told.get("started") == name, since=mark)["pid"])

    def of(self, kind: str, since: int = 0) -> list[Told]:
        return [told for told in self.told[since:] if told.get("kind") == kind]

    def errors(self) -> str:
        return self._errors.read_text()

    def close(self) -> None:
        self.parent.kill()
        self.parent.wait(5)
        self._ear.join(5)
        for pipe in (self.parent.stdin, self.parent.stdout):
            assert pipe is not None
            pipe.close()

    def counting(self) -> tuple[int, int]:
        """Start both and wait for the first rep."""
        pids = self.start("capture"), self.start("inference")
        self.say("watch")
        self.wait(lambda told: told.get("kind") == "RepCounted")
        return pids

    @staticmethod
    def gone(pid: int, within_s: float) -> bool:
        until_s = time.monotonic() + within_s
        with suppress(psutil.NoSuchProcess):
            while time.monotonic() < until_s:
                if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                    return True
                time.sleep(0.02)
            return False
        return True


@pytest.fixture
def new_family(tmp_path: Path) -> Iterator[Callable[..., Family]]:
    """Makes a family from a source, and a folder of models when an accelerator is to be used."""
    made: list[Family] = []

    def make(*arguments: Path | str) -> Family:
        made.append(Family(arguments[0], tmp_path / "stderr", *map(str, arguments[1:])))
        return made[-1]

    yield make
    for family in made:
        family.close()


@pytest.fixture
def family(clip: Path, new_family: Callable[..., Family]) -> Family:
    return new_family(clip)
