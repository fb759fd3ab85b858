"""Who is refused in the handshake, and what changes while the service runs."""

import socket
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from provisioning.identity import messages
from sync.cloud.est import files
from sync.cloud.est.profile import Revoked
from sync.cloud.settings import CloudSettingsError
from sync.cloud.tls import Tls, TlsFiles

from .tls import Authority

NOW = datetime.now(UTC)


class Boxes:
    """An authority, and certificates of boxes."""

    def __init__(self, folder: Path) -> None:
        files.create(folder / "ca", name="Test", hosts=["localhost"], now=NOW)
        self.folder = folder
        self.authority = files.FileAuthority(folder / "ca")
        self.revoked: list[Revoked] = []

    def enrol(self, name: str) -> tuple[Path, x509.Certificate]:
        key = ec.generate_private_key(ec.SECP256R1())
        request = x509.load_der_x509_csr(messages.make_request(key, name))
        chain = self.authority.issue(request, NOW)
        path = self.folder / f"{name}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + b"".join(each.public_bytes(Encoding.PEM) for each in chain))
        return path, chain[0]

    def list(self) -> bytes:
        return self.authority.revocation_list(self.revoked, number=len(self.revoked) + 1, now=NOW)

    def tls(self, **client_cas: Path) -> Tls:
        server = self.authority.server_file
        assert server is not None
        wanted = TlsFiles(cert=server, key=None, client_cas=client_cas)
        made = Tls(wanted, anchors=self.authority.anchors(), revocations=self.list)
        made.renew()
        return made


@pytest.fixture
def boxes(tmp_path: Path) -> Boxes:
    return Boxes(tmp_path)


def handshake(tls: Tls, root: Path, shown: Path | None, *, name: str | None = "localhost") -> str:
    """What the service sees of a client, or why it hangs up."""
    here, there = socket.socketpair()
    here.settimeout(10)
    there.settimeout(10)
    context = ssl.create_default_context(cafile=root)
    context.check_hostname = name is not None
    if shown is not None:
        context.load_cert_chain(shown)

    def client() -> None:
        try:
            with context.wrap_socket(here, server_hostname=name) as connection:
                connection.recv(1)
        except OSError:  # the service says why
            here.close()

    thread = threading.Thread(target=client)
    thread.start()
    try:
        with tls.context.wrap_socket(there, server_side=True) as connection:
            seen: Any = connection.getpeercert()
            return "nobody" if not seen else str(dict(part[0] for part in seen["subject"])["commonName"])
    except ssl.SSLError as error:
        return str(error)
    finally:
        there.close()
        thread.join(10)


def test_a_revoked_box_ends_in_the_handshake_from_the_next_list_on(boxes: Boxes) -> None:
    """Error table: cert revoked, at TLS; boxes that were not revoked go on."""
    root, tls = boxes.folder / "ca" / "root.pem", boxes.tls()
    (bad, certificate), (good, _) = boxes.enrol("bad"), boxes.enrol("good")
    assert [handshake(tls, root, each) for each in (bad, good, None)] == ["bad", "good", "nobody"]
    boxes.revoked.append(Revoked(certificate.serial_number, NOW, x509.ReasonFlags.key_compromise))
    tls.renew()
    for name in ("localhost", None):  # whether or not the client names whom it wants
        assert "certificate revoked" in handshake(tls, root, bad, name=name)
        assert handshake(tls, root, good, name=name) == "good"


def test_a_box_of_another_authority_ends_in_the_handshake(boxes: Boxes, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger, _ = Boxes(tmp_path / "other").enrol("box")
    assert "unable to get" in handshake(boxes.tls(), boxes.folder / "ca" / "root.pem", stranger)


def test_a_further_authority_is_taken_beside_the_own(boxes: Boxes) -> None:
    """It brings no list, so none is asked for: the API refuses who was revoked."""
    gym = Authority(boxes.folder, "gym")
    certificate, key = gym.issue("box")
    both = boxes.folder / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    tls = boxes.tls(client_ca=gym.certificate)
    root = boxes.folder / "ca" / "root.pem"
    assert [handshake(tls, root, each) for each in (both, boxes.enrol("own")[0])] == ["box", "own"]


def test_another_certificate_of_the_service_is_taken_up(boxes: Boxes) -> None:
    tls, root = boxes.tls(), boxes.folder / "ca" / "root.pem"
    other = boxes.folder / "other"
    files.create(other, name="Other", hosts=["localhost"], now=NOW)
    server = boxes.authority.server_file
    assert server is not None
    coming = server.with_suffix(".coming")
    coming.write_bytes((other / "server.pem").read_bytes())
    coming.replace(server)
    tls.renew()
    assert handshake(tls, other / "root.pem", None) == "nobody"
    assert "alert" in handshake(tls, root, None)


def test_a_file_that_breaks_while_the_service_runs_changes_nothing(boxes: Boxes) -> None:
    tls, root = boxes.tls(), boxes.folder / "ca" / "root.pem"
    server = boxes.authority.server_file
    assert server is not None
    server.write_text("broken")
    with pytest.raises(CloudSettingsError, match=r"server\.pem"):
        tls.renew()
    assert handshake(tls, root, None) == "nobody"


@pytest.mark.parametrize("broken", ["cert", "key", "client_ca"])
def test_files_that_cannot_be_used_are_named(tmp_path: Path, broken: str) -> None:
    authority = Authority(tmp_path, "boxes")
    certificate, key = authority.issue("localhost")
    paths = {"cert": certificate, "key": key, "client_ca": authority.certificate}
    for content in (None, b"no certificate"):
        path = tmp_path / "broken.pem"
        if content is not None:
            path.write_bytes(content)
        found = {**paths, broken: path}
        client_cas = {"service.client_ca": found["client_ca"]}
        with pytest.raises(CloudSettingsError, match=rf"service\.{broken}"):
            Tls(TlsFiles(cert=found["cert"], key=found["key"], client_cas=client_cas))
