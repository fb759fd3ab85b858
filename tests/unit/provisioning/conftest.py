"""A small catalogue, a TLS server that misbehaves on request, and a package index in a folder."""

import hashlib
import http.server
import ssl
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provisioning.catalogue import Catalogue, parse_catalogue
from provisioning.manifest import ModelFile

CONTENT = bytes(range(256)) * 3000  # three chunks of reading


def file_table(
    name: str, content: bytes, sources: str, *, optional: bool = False, runtime: str = "litert"
) -> str:
    return f"""
[[models.toy.files]]
name = "{name}"
runtime = "{runtime}"
sha256 = "{hashlib.sha256(content).hexdigest()}"
size = {len(content)}
optional = {str(optional).lower()}
sources = [{sources}]

[[models.toy.inputs]]
file = "{name}"
name = "image"
shape = [1, 8, 8, 3]
dtype = "uint8"
unit = "RGB colour, 0 to 255"

[[models.toy.outputs]]
file = "{name}"
name = "points"
shape = [1, 17, 3]
dtype = "float32"
unit = "fractions of the image"
"""


def catalogue_text(*files: str, version: str = "1") -> str:
    return f"""schema = 1
[models.toy]
version = "{version}"
task = "pose"
description = "A toy."
licence = "Apache-2.0"
accuracy = "none"
data = "none"
""" + "\n".join(files)


@pytest.fixture
def content() -> bytes:
    return CONTENT


@pytest.fixture
def expected() -> ModelFile:
    return ModelFile(
        name="cpu.tflite", runtime="litert", sha256=hashlib.sha256(CONTENT).hexdigest(), size=len(CONTENT)
    )


@pytest.fixture
def toy_file() -> Callable[..., str]:
    return file_table


@pytest.fixture
def toy_text() -> Callable[..., str]:
    return catalogue_text


@pytest.fixture
def toy() -> Callable[..., Catalogue]:
    """toy(sources, …): a catalogue of the model `toy` with the one file `cpu.tflite`."""

    def make(sources: str, *, version: str = "1", content: bytes = CONTENT, more: str = "") -> Catalogue:
        return parse_catalogue(
            catalogue_text(file_table("cpu.tflite", content, sources), more, version=version)
        )

    return make


@dataclass
class Site:
    """An https server on loopback; `requests` counts what it was asked for."""

    url: str
    ca_file: Path
    requests: list[str] = field(default_factory=list)


class _Handler(http.server.BaseHTTPRequestHandler):
    site: Site
    stop: threading.Event
    timeout = 10

    def log_message(self, *_: object) -> None:
        """Be silent."""

    def do_GET(self) -> None:
        self.site.requests.append(self.path)
        name = self.path.strip("/").split("/", maxsplit=1)[0].replace("-", "_")
        getattr(self, f"_{name}", self._missing)()

    def _head(self, length: int | None = None, code: int = 200, **headers: str) -> None:
        self.send_response(code)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()

    def _missing(self) -> None:
        self._head(0, code=404)

    def _good(self) -> None:
        self._head(len(CONTENT))
        self.wfile.write(CONTENT)

    def _wrong(self) -> None:
        self._head(len(CONTENT))
        self.wfile.write(CONTENT[:-1] + b"!")

    def _truncated(self) -> None:
        self._head(len(CONTENT))
        self.wfile.write(CONTENT[:1000])

    def _announced_short(self) -> None:
        self._head(1000)
        self.wfile.write(CONTENT[:1000])

    def _endless(self) -> None:
        self._head()
        while not self.stop.is_set():
            self.wfile.write(CONTENT)

    def _stalled(self) -> None:
        self._head(len(CONTENT))
        self.wfile.write(CONTENT[:1000])
        self.wfile.flush()
        self.stop.wait(20)

    def _trickle(self) -> None:
        self._head(len(CONTENT))
        for byte in CONTENT:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.stop.wait(0.02):
                return

    def _slow(self) -> None:
        self._head(len(CONTENT))
        for start in range(0, len(CONTENT), 20_000):
            self.wfile.write(CONTENT[start : start + 20_000])
            time.sleep(0.03)

    def _moved(self) -> None:
        self._head(0, code=302, Location="/good")

    def _downgraded(self) -> None:
        self._head(0, code=302, Location="http://127.0.0.1:9/good")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what these tests are about."""


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", str(key), "-out", str(certificate),
        ],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    return key, certificate


@pytest.fixture
def site(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    key, public = certificate
    stop = threading.Event()
    server = _Server(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site = Site(url=f"https://localhost:{server.server_port}", ca_file=public)
    server.RequestHandlerClass = type("Handler", (_Handler,), {"site": site, "stop": stop})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        stop.set()
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@pytest.fixture
def toy_wheel(tmp_path: Path) -> Path:
    """A folder that pip takes for an index, with one wheel that has the file inside."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "toy_models-1.2-cp312-cp312-manylinux_2_28_x86_64.whl", "w") as archive:
        archive.writestr("toy_models/deep/net.tflite", CONTENT)
        archive.writestr("toy_models/other.tflite", CONTENT[::-1])
        archive.writestr(
            "toy_models-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy-models\nVersion: 1.2\n"
        )
        archive.writestr(
            "toy_models-1.2.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp312-cp312-manylinux_2_28_x86_64\n",
        )
        archive.writestr("toy_models-1.2.dist-info/RECORD", "")
    return folder


@pytest.fixture
def only_toy_index(toy_wheel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own pip settings, which say that there is no network and one folder of wheels."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(toy_wheel))
    return toy_wheel
