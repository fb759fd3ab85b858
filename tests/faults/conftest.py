"""What the fault tests of the whole box stand on: the real command, a real mosquitto, a disk of any size."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from paho.mqtt import publish

from devices.broker import USERNAME, mosquitto_hash

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
COMMAND = (sys.executable, "-c", "from gateway.cli import main; main()")
PASSWORD = "a long secret"  # noqa: S105 - of a broker that lives as long as a test
WAIT_S = 60.0
START_S = 60.0
"""A starving machine takes its time to start a box; the tests are about what comes after."""


class Broker:
    """A gym's own mosquitto: takes messages of any size and keeps what is retained."""

    def __init__(self, folder: Path, port: int) -> None:
        folder.mkdir()
        self.port = port
        self.password_file = folder / "box.password"
        self.password_file.write_text(PASSWORD + "\n")
        accounts = folder / "accounts"
        accounts.write_text(f"{USERNAME}:{mosquitto_hash(PASSWORD)}\n")
        accounts.chmod(0o600)
        lines = [f"listener {port} 127.0.0.1", "allow_anonymous false", f"password_file {accounts}"]
        if os.geteuid() == 0:
            lines.append("user root")
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        self._command = [str(MOSQUITTO), "-c", str(folder / "mosquitto.conf")]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline_s = time.monotonic() + WAIT_S
        while True:
            with closing(socket.socket()) as knock:
                if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert time.monotonic() < deadline_s, "mosquitto did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)

    def send(self, *messages: tuple[str, bytes], retain: bool = False) -> None:
        """Publish as a bridge would; returns when the broker has them all."""
        publish.multiple(
            [(topic, payload, 1, retain) for topic, payload in messages],
            hostname="127.0.0.1",
            port=self.port,
            auth={"username": USERNAME, "password": PASSWORD},
        )

    @property
    def section(self) -> str:
        """What a configuration says to reach it."""
        return (
            f'[mqtt]\nurl = "mqtt://127.0.0.1:{self.port}"\nusername = "{USERNAME}"\n'
            f'password_file = "{self.password_file}"\n'
        )


class RunningBox:
    """`gymbox run` and its operator."""

    def __init__(self, process: Any, folder: Path, token: str) -> None:
        self.process = process
        self.folder = folder
        self.token = token

    def ask(self, method: str, path: str, *, token: str | None = None, **options: Any) -> httpx.Response:
        """Ask as the operator, or with another token; an empty one means none."""
        shown = self.token if token is None else token
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        answer: httpx.Response = self.process.http.request(
            method, path, headers=headers, timeout=15, **options
        )
        return answer

    def until(self, path: str, true: Callable[[Any], object], *, within_s: float = WAIT_S) -> Any:
        """Ask until the answer, whatever its status, is as wished; fails with the box's own words."""
        deadline_s = time.monotonic() + within_s
        answer: object = "no answer"
        while time.monotonic() < deadline_s and self.process.process.poll() is None:
            try:
                answer = self.ask("GET", path).json()
                if true(answer):
                    return answer
            except httpx.HTTPError as error:
                answer = error
            time.sleep(0.1)
        pytest.fail(f"{path} not as wished within {within_s} s: {answer}\n{self.words()[-3000:]}")

    def until_part(self, name: str, state: str, *, within_s: float = WAIT_S) -> str:
        """Wait until `/readyz`, which anybody may read, says so of a part; returns the reason it gives."""
        answer = self.until(
            "/readyz", lambda ready: ready["parts"].get(name, {}).get("state") == state, within_s=within_s
        )
        reason: str = answer["parts"][name]["reason"]
        assert str(self.folder.parent) not in reason, "an absolute path is nobody's business"
        return reason

    def metric(self, name: str, **labels: str) -> float:
        """The value of one metric now; 0 when it is not there."""
        text = ",".join(f'{key}="{value}"' for key, value in labels.items())
        pattern = rf"^{re.escape(name + (f'{{{text}}}' if text else ''))} (\S+)$"
        found = re.search(pattern, self.ask("GET", "/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def alive(self) -> bool:
        """Whether it serves and nothing fell over on the way."""
        assert self.ask("GET", "/livez").json() == {"status": "ok"}
        assert "Traceback" not in self.words()
        return True

    def words(self) -> str:
        words: str = self.process.words()
        return words

    def check_in(self, **body: Any) -> httpx.Response:
        return self.ask("POST", "/api/v1/sessions", json={"station_id": "mat", "member_id": "ada", **body})


def make_token(data: Path, *options: str) -> str:
    """`gymbox token create`, as an operator types it."""
    command = [*COMMAND, "token", "create", "--data-dir", str(data), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder with an operator's token in it, and the token: made once, copied by every box."""
    data = tmp_path_factory.mktemp("operator") / "data"
    token = make_token(data, "--role", "operator")
    assert token.startswith("gtk_")
    return data, token


@pytest.fixture
def kiosk_token() -> Callable[[Path, str], str]:
    """Make a kiosk's token with the real command."""
    return lambda data, station: make_token(data, "--role", "kiosk", "--station", station)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    if MOSQUITTO is None:
        pytest.skip("no mosquitto: apt-get install mosquitto")
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    broker = Broker(tmp_path / "mosquitto", port)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def new_box(
    gymbox: Callable[..., Any], free_port: int, operator: tuple[Path, str], tmp_path: Path, models_dir: Path
) -> Callable[..., RunningBox]:
    """Start `gymbox run` on this configuration; again with the same data folder when called again."""

    def start(config: str, *, data: Path | None = None, wait: bool = True) -> RunningBox:
        made, token = operator
        folder = data or tmp_path / "data"
        if not (folder / "gymbox.sqlite3").exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(made / "gymbox.sqlite3", folder)
            (folder / "models").symlink_to(models_dir)
        file = tmp_path / "gymbox.toml"
        file.write_text(f"[http]\nport = {free_port}\n{config}", encoding="utf-8")
        process = gymbox("run", "--config", str(file), "--data-dir", str(folder), port=free_port)
        box = RunningBox(process, folder, token)
        if wait:
            box.until("/livez", lambda answer: answer["status"] == "ok", within_s=START_S)
        return box

    return start


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes, as nobody but root can make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount: Sequence[str] = ("mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", str(disk))
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)
