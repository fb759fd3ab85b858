"""A repository of releases with all its keys, a server that may lie, and a box that asks it."""

import hashlib
import http.server
import shutil
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from gateway.model_shelf import ModelShelf
from provisioning.manifest import ModelManifest, dump_manifest
from provisioning.models import read_model
from provisioning.rollback import previous_path
from sync.cloud.signing.ceremony import begin
from sync.cloud.signing.keys import Keys, load_keys
from sync.cloud.signing.publish import Published, publish_model
from sync.cloud.signing.repository import Repository
from sync.releases.client import ReleaseClient
from sync.releases.fetcher import Limits
from sync.releases.installer import Installer

BUILT_AT = datetime(2026, 1, 1, tzinfo=UTC)
CONTEXT = ssl.create_default_context()  # takes a while, and nothing here is encrypted
IMPATIENT = Limits(stall_s=0.4, grace_s=0.2, slowest_bytes_s=1_000_000)

Lie = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves a folder; for some paths it does what it was told to do instead."""

    cloud: "Cloud"
    timeout = 10

    def log_message(self, *_: object) -> None:
        """Be silent."""

    def do_GET(self) -> None:
        path = self.path.removeprefix("/releases/")
        self.cloud.requests.append((path, self.headers.get("Authorization")))
        lie = self.cloud.lies.get(path)
        file = self.cloud.folder / path
        if lie is not None:
            lie(self)
        elif file.is_file():
            self.give(file.read_bytes())
        else:
            self.give(b"", code=404)

    def give(self, content: bytes, *, code: int = 200, length: int | None = None) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def trickle(self, content: bytes) -> None:
        """A byte now and then: never silent, never done."""
        self.give(b"", length=len(content))
        for byte in content:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.cloud.over.wait(0.02):
                return

    def trickle_head(self) -> None:
        """An answer that never gets to its content."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.cloud.over.wait(0.02):
            self.wfile.write(b"-")
            self.wfile.flush()

    def endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.cloud.over.is_set():
            self.wfile.write(b"\0" * 65_536)

    def silent(self) -> None:
        self.cloud.over.wait(10)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what these tests are about."""


class Cloud:
    """The repository, who holds its keys, and the server in front of it.

    `lies` maps a path below `/releases/` to what is done instead of serving it; `requests` has what was asked
    for, and by whom.
    """

    def __init__(self, home: Path, *, now: datetime | None = None, by_hand: bool = False) -> None:
        self.home = home
        self.offline, self.online = home / "offline", home / "online"
        self.repository = Repository(home / "releases")
        self.folder = self.repository.folder
        self.now = now or datetime.now(UTC)
        self.lies: dict[str, Lie] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.over = threading.Event()
        self.url = ""
        begin(self.repository, offline=self.offline, online=self.online, now=self.now, by_hand=by_hand)
        self.root = (self.folder / "metadata" / "1.root.json").read_bytes()

    @property
    def keys(self) -> Keys:
        return load_keys(self.offline, self.online)

    def model(self, version: str, *, name: str = "toy", **contents: bytes) -> Path:
        """A model's folder; its file says which version it is."""
        return write_model(self.home / f"{name}-{version}" / name, version, **contents)

    def release(self, version: str, *, now: datetime | None = None, **facts: Any) -> Published:
        return publish_model(
            self.model(version), self.repository, self.keys, blessed=True, facts=facts, now=now or self.now
        )

    @contextmanager
    def serving(self) -> Iterator["Cloud"]:
        handler = type("OneHandler", (Handler,), {"cloud": self})
        with _Server(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            self.url = f"http://127.0.0.1:{server.server_port}/releases"
            try:
                yield self
            finally:
                self.over.set()
                server.shutdown()
                thread.join(timeout=10)

    def saved(self) -> Mapping[str, bytes]:
        """Every file of metadata as it is now, to be brought back by somebody who has kept it."""
        return {f"metadata/{path.name}": path.read_bytes() for path in (self.folder / "metadata").iterdir()}

    def replay(self, files: Mapping[str, bytes], *names: str) -> None:
        """Serve what was saved in place of what is current; all of it, or the named files."""
        for name in names or files:
            self.lie(name, files[name])

    def lie(self, path: str, content: bytes) -> None:
        self.lies[path] = lambda handler: handler.give(content)

    def served_as(self, published: Published, name: str = "cpu.tflite") -> str:
        """The path that a file of a release is asked for by."""
        folder = self.folder / "targets" / published.target.rsplit("/", 1)[0]
        (found,) = folder.glob(f"*.{name}")
        return found.relative_to(self.folder).as_posix()


class Box:
    """A box's disk, and what installs releases on it."""

    def __init__(self, cloud: Cloud, home: Path, *, limits: Limits | None = None, **options: Any) -> None:
        self.home = home
        self.models_dir = home / "models"
        self.shelf = ModelShelf(self.models_dir)
        self.http = httpx.Client(headers={"Authorization": "Bearer ggt_toy"}, verify=CONTEXT, trust_env=False)
        settings: dict[str, Any] = {"gateway_version": "1.2.0", "built_at": BUILT_AT, **options}
        self.client = ReleaseClient(
            url=cloud.url,
            root=cloud.root,
            folder=home / "releases",
            http=self.http,
            limits=limits,
            **settings,
        )
        self.installer = Installer(self.client, shelf=self.shelf, folder=home / "releases")

    def install(self, published: Published, **options: Any) -> str:
        """The version that is installed afterwards."""
        return self.installer.install(published.target, sha256=published.sha256, **options).version

    def version(self, name: str = "toy") -> str | None:
        """What lies there, if every byte of it was signed for."""
        release = self.installer.installed(name)
        return release.version if release else None

    def version_before(self) -> str:
        return read_model(previous_path(self.models_dir / "toy")).version

    def content(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.models_dir).as_posix(): path.read_bytes()
            for path in self.models_dir.rglob("*")
            if path.is_file()
        }

    def close(self) -> None:
        self.http.close()


def write_model(folder: Path, version: str, **contents: bytes) -> Path:
    """A whole model of one file, or of those given (`cpu_tflite=b"…"`)."""
    files = {name.replace("_", "."): content for name, content in contents.items()}
    files = files or {"cpu.tflite": f"the weights of version {version}".encode() * 500}
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tensor = {"name": "x", "shape": [1, 8], "dtype": "float32", "unit": "none"}
    document = {
        "schema": 1, "name": folder.name, "version": version, "task": "intensity", "description": "A toy.",
        "licence": "Apache-2.0", "accuracy": "none", "data": "none",
        "files": [
            {
                "name": name, "runtime": "litert", "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for name, content in files.items()
        ],
        "inputs": [{"file": name, **tensor} for name in files],
        "outputs": [{"file": name, **tensor} for name in files],
    }  # fmt: skip
    (folder / "model.toml").write_text(dump_manifest(ModelManifest.model_validate(document)))
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
