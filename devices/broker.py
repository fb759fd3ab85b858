"""The built-in broker: mosquitto where it is installed, else amqtt; on loopback, with a login.

Both run as a child process whose command line holds no secret. `prepare` alone is for a supervisor
that owns starting and restarting; `EmbeddedBroker` starts the child itself.
"""

import base64
import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Final, Literal, Self

from devices import guard

Program = Literal["mosquitto", "amqtt"]

HOST: Final = "127.0.0.1"
USERNAME: Final = "gymbox"
START_TIMEOUT_S: Final = 15.0
MAX_MESSAGE_OCTETS: Final = 65_536
MAX_CLIENTS: Final = 256
LOG_NAME: Final = "broker.log"

_POLL_S = 0.05
_CONNECT_S = 1.0
_RELEASE_S = 1.0
_PASSWORD_OCTETS = 24


class BrokerFailed(RuntimeError):  # noqa: N818 - reads as what it says
    """The broker cannot be set up or did not start; the text says why."""


@dataclass(frozen=True, slots=True)
class BrokerCommand:
    """How to run the broker (`argv`), and where and as whom to reach it."""

    argv: tuple[str, ...]
    program: Program
    port: int
    username: str
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """The broker's address for `BrokerSettings`."""
        return f"mqtt://{HOST}:{self.port}"


@dataclass(frozen=True, slots=True)
class _Login:
    password: str
    port: int


def prepare(directory: Path, *, port: int = 0, program: Program | None = None) -> BrokerCommand:
    """Write the broker's files into `directory` (made when missing) and say how to run it.

    Login and port are remembered there, so that a broker started again later is the same to its
    clients. Port 0 takes the remembered one, or a free one. `program` None takes the best there is.

    Raises:
        BrokerFailed: the directory cannot be written, the port is in use, or mosquitto is missing.
    """
    mosquitto = _mosquitto()
    chosen: Program = program or ("mosquitto" if mosquitto else "amqtt")
    if chosen == "mosquitto" and mosquitto is None:
        raise BrokerFailed("mosquitto is not installed; install the package 'mosquitto' or use amqtt")
    child: tuple[str, ...]
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        login = _login(directory / "login.json", port)
        if chosen == "mosquitto":
            child = (str(mosquitto), "-c", str(_configure_mosquitto(directory, login)))
        else:
            child = (sys.executable, "-m", "devices.broker_amqtt", str(_configure_amqtt(directory, login)))
    except OSError as error:
        raise BrokerFailed(f"cannot write the broker's files in {directory}: {error.strerror}") from error
    argv = guard.command(child, log=directory / LOG_NAME)
    return BrokerCommand(
        argv=argv, program=chosen, port=login.port, username=USERNAME, password=login.password
    )


def remembered(directory: Path) -> tuple[str, str, str] | None:
    """URL, user and password of the broker that `prepare` set up there, None when it never did."""
    password, port = _remembered(directory / "login.json")
    return (f"mqtt://{HOST}:{port}", USERNAME, password) if password else None


class EmbeddedBroker:
    """One broker process. `start` may be called again after it died: same port, same login."""

    def __init__(self, directory: Path, *, port: int = 0, program: Program | None = None) -> None:
        self._directory = directory
        self._port = port
        self._program = program
        self._command: BrokerCommand | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def command(self) -> BrokerCommand:
        """How it was started, and its login; prepared at the first call."""
        if self._command is None:
            self._command = prepare(self._directory, port=self._port, program=self._program)
        return self._command

    @property
    def pid(self) -> int | None:
        """Process to watch or kill, None before the start; the broker dies with it."""
        return None if self._process is None else self._process.pid

    def start(self, timeout_s: float = START_TIMEOUT_S) -> BrokerCommand:
        """Start the broker and wait until it accepts connections.

        Raises:
            BrokerFailed: it ended, or did not accept within `timeout_s`; with its own last words.
        """
        if self.poll() is None and self._process is not None:
            return self.command
        command = self.command
        self._process = subprocess.Popen(command.argv, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command line
        deadline_s = monotonic() + timeout_s
        while not _accepts(command.port):
            if self.poll() is not None:
                raise BrokerFailed(f"{command.program} ended with status {self.poll()}: {self._last_words()}")
            if monotonic() > deadline_s:
                self.stop()
                raise BrokerFailed(f"{command.program} did not accept connections within {timeout_s:g} s")
            sleep(_POLL_S)
        return command

    def poll(self) -> int | None:
        """Exit status when it has ended, None while it runs or before the start."""
        return None if self._process is None else self._process.poll()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the process within `timeout_s`, by force when asking does not help."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout_s)

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = (self._directory / LOG_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
            return lines[-1] if lines else "it said nothing"
        return "it left no log"


def _mosquitto() -> str | None:
    # Debian puts it where an ordinary user's PATH does not reach.
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _login(path: Path, port: int) -> _Login:
    password, remembered = _remembered(path)
    login = _Login(password or secrets.token_urlsafe(_PASSWORD_OCTETS), _choose_port(port, remembered))
    _write_private(path, json.dumps({"password": login.password, "port": login.port}))
    return login


def _remembered(path: Path) -> tuple[str, int]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return str(document["password"]), int(document["port"])
    except FileNotFoundError:
        return "", 0
    except (ValueError, TypeError, KeyError):
        return "", 0  # damaged: a new login is as good, nobody outside holds the old one


def _choose_port(wanted: int, remembered: int) -> int:
    if wanted:
        if not _is_free(wanted):
            raise BrokerFailed(f"port {wanted} on {HOST} is in use; choose another or end what uses it")
        return wanted
    if remembered and _becomes_free(remembered):
        return remembered
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _becomes_free(port: int) -> bool:
    """A broker that was just killed may hold its port a moment longer; its clients know no other."""
    deadline_s = monotonic() + _RELEASE_S
    while not (free := _is_free(port)) and monotonic() < deadline_s:
        sleep(_POLL_S)
    return free


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), _CONNECT_S):
            return True
    except OSError:
        return False


def _configure_mosquitto(directory: Path, login: _Login) -> Path:
    passwords, config = directory / "passwords", directory / "mosquitto.conf"
    _write_private(passwords, f"{USERNAME}:{mosquitto_hash(login.password)}\n")
    lines = [
        f"listener {login.port} {HOST}",
        "allow_anonymous false",
        f"password_file {passwords}",
        f"message_size_limit {MAX_MESSAGE_OCTETS}",
        f"max_connections {MAX_CLIENTS}",
        "set_tcp_nodelay true",
        "persistence true",
        f"persistence_location {directory}/",
        "autosave_interval 60",
        "connection_messages false",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
    ]
    if os.geteuid() == 0:
        # Changing to its own user would lock it out of this private directory, and would undo the
        # kernel's promise to end it together with its guard.
        lines.append("user root")
    _write_private(config, "\n".join(lines) + "\n")
    return config


def mosquitto_hash(password: str) -> str:
    """A password as mosquitto 2 keeps it: PBKDF2 with SHA-512, as `mosquitto_passwd` writes."""
    salt, rounds = secrets.token_bytes(12), 101
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, dklen=64)
    return f"$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _configure_amqtt(directory: Path, login: _Login) -> Path:
    from devices.broker_amqtt import password_line  # noqa: PLC0415 - heavy, and only for this choice

    passwords, config = directory / "passwords.amqtt", directory / "amqtt.json"
    _write_private(passwords, password_line(USERNAME, login.password))
    listener = {"type": "tcp", "bind": f"{HOST}:{login.port}", "max_connections": MAX_CLIENTS}
    plugins = {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(passwords)}}
    _write_private(config, json.dumps({"listeners": {"default": listener}, "plugins": plugins}))
    return config


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(
        os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    unfinished.replace(path)
