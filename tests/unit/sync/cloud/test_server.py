"""The service behind real TLS: who is let in by which certificate."""

import asyncio
import gc
import shutil
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sync.cloud.app import Cloud
from sync.cloud.gateways import Peer
from sync.cloud.server import CloudServer, peer_of, short_pauses
from sync.cloud.settings import load

from .tls import Authority

Asker = Callable[..., httpx.Response]


class Running:
    """The service on a thread of its own."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        certificate, key = authority.issue("localhost")
        environ = {
            "GYMBOX_CLOUD_SERVICE__CERT": str(certificate),
            "GYMBOX_CLOUD_SERVICE__KEY": str(key),
            "GYMBOX_CLOUD_SERVICE__CLIENT_CA": str(authority.certificate),
        }
        settings = load(None, folder=folder, environ=environ)
        self.cloud = Cloud(settings)
        self.server = CloudServer(self.cloud.api, self.cloud.tls)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self.server.serve(sockets=[self.listening])), name="cloud"
        )
        self._thread.start()

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(10)
        self.listening.close()
        self.cloud.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "boxes")


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, authority: Authority
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("cloud")
    shutil.copyfile(sqlite_template, folder / "cloud.sqlite")
    started = Running(folder, authority)
    started.cloud.gateways.add("box", gym_id="gym", tenant_id="tenant")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def ask(running: Running, authority: Authority) -> Asker:
    """POST an empty body on a connection with this certificate: 415 is who was let in."""

    def post(
        certificate: tuple[Path, Path] | None = None, *, path: str = "/api/v1/records", **headers: str
    ) -> httpx.Response:
        context = ssl.create_default_context(cafile=str(authority.certificate))
        if certificate is not None:
            context.load_cert_chain(*certificate)
        with httpx.Client(verify=context, timeout=10) as client:
            answers = [
                client.post(f"https://localhost:{running.port}{path}", headers=headers) for _ in range(2)
            ]
        assert answers[0].status_code == answers[1].status_code  # the second on the same connection
        return answers[0]

    return post


def test_a_box_is_known_by_its_certificate(ask: Asker, authority: Authority) -> None:
    assert ask(authority.issue("box")).status_code == 415


def test_a_certificate_of_nobody_is_not_let_in(ask: Asker, authority: Authority) -> None:
    assert ask(authority.issue("stranger")).status_code == 401
    assert ask(authority.issue("box", "stranger")).status_code == 401


def test_without_a_certificate_a_token_is_asked_for(ask: Asker, running: Running) -> None:
    assert ask().status_code == 401
    token = running.cloud.gateways.add("box-2", gym_id="gym", tenant_id="tenant")
    assert ask(authorization=f"Bearer {token}").status_code == 415


def test_a_revoked_box_is_sent_away_on_an_open_connection_too(running: Running, authority: Authority) -> None:
    running.cloud.gateways.add("box-3", gym_id="gym", tenant_id="tenant")
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.load_cert_chain(*authority.issue("box-3"))
    url = f"https://localhost:{running.port}/api/v1/records"
    with httpx.Client(verify=context, timeout=10, headers={"Connection": "keep-alive"}) as client:
        assert client.post(url, content=b"x").status_code == 415
        running.cloud.gateways.revoke("box-3")
        assert client.post(url, content=b"x").status_code == 403


@pytest.mark.parametrize("kind", ["another authority", "expired"])
def test_a_certificate_that_is_not_valid_ends_in_the_handshake(
    ask: Asker, authority: Authority, tmp_path: Path, kind: str
) -> None:
    other = Authority(tmp_path, "others")
    certificate = other.issue("box") if kind == "another authority" else authority.issue("box", days=-1)
    with pytest.raises((httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)):
        ask(certificate)


def test_old_tls_is_not_spoken(running: Running, authority: Authority) -> None:
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("localhost", running.port), timeout=10) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="localhost")


def test_the_server_says_nothing_of_itself(ask: Asker) -> None:
    assert "server" not in ask().headers


def test_a_peer_is_of_one_name_or_of_nobody(authority: Authority) -> None:
    """What OpenSSL takes and cryptography does not read is nobody's."""

    def shown(*names: str) -> Peer | None:
        return peer_of(ssl.PEM_cert_to_DER_cert(authority.issue(*names)[0].read_text()))

    box = shown("box")
    assert box is not None
    assert (box.name, box.issuer) == ("box", "CN=boxes")
    assert [None if each is None else each.name for each in (shown("box", "other"), peer_of(b"x"))] == [
        "",
        "",
    ]
    assert peer_of(None) is None


def test_pauses_are_short_while_it_serves_and_all_is_as_it_was_after() -> None:
    gc.unfreeze()  # what the whole run has set aside
    before = gc.get_threshold(), sys.getswitchinterval(), gc.get_freeze_count()
    with short_pauses():
        assert gc.get_freeze_count() > 10_000
        assert sys.getswitchinterval() < before[1]
    assert (gc.get_threshold(), sys.getswitchinterval(), gc.get_freeze_count()) == before


def test_who_was_seen_last_is_written_down_at_the_end(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "cloud.sqlite")
    cloud = Cloud(load(None, folder=tmp_path, environ={}))
    cloud.gateways.by_token(cloud.gateways.add("box", gym_id="gym", tenant_id="tenant"))
    cloud.stop()
    assert [each.last_seen_at is not None for each in cloud.gateways.all()] == [True]
    cloud.database.close()
