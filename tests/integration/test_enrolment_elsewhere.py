"""EST programs of others: our client at GlobalSign's `estserver`, strongSwan's `pki --est` at our service.

Neither is needed for anything else, so that these tests are skipped where they are not installed.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.enrolment.agent import create_enroller
from provisioning.identity.claim import read_claim
from provisioning.identity.folder import IdentityFolder, Pair
from provisioning.identity.judgement import renewal_at
from sync.cloud.est import files

from .enrolling import RunningCloud

ESTSERVER = shutil.which("estserver")
PKI = shutil.which("pki")
LONGEST_START_S = 20.0


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An EST server of others that runs."""

    url: str
    root: Path


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    if ESTSERVER is None:
        pytest.skip("no estserver: go install github.com/globalsign/est/cmd/estserver@latest")
    folder = tmp_path_factory.mktemp("elsewhere")
    ca = folder / "ca"
    files.create(ca, name="Elsewhere", hosts=["127.0.0.1"], now=datetime.now(UTC))
    chain = folder / "chain.pem"
    chain.write_bytes((ca / "issuing.pem").read_bytes() + (ca / "root.pem").read_bytes())
    key, begins, certificates = (ca / "server.pem").read_text().partition("-----BEGIN CERTIFICATE")
    (folder / "server.key").write_text(key)
    (folder / "server.pem").write_text(begins + certificates)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    settings = {
        "mock_ca": {"certificates": str(chain), "private_key": str(ca / "issuing.key")},
        "tls": {
            "listen_address": f"127.0.0.1:{port}",
            "certificates": str(folder / "server.pem"),
            "private_key": str(folder / "server.key"),
            "client_cas": [str(ca / "root.pem")],
        },
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([ESTSERVER, "-config", str(folder / "settings.json")], stderr=log)
    try:
        demand_answer(port, server, folder / "log")
        yield Elsewhere(f"https://127.0.0.1:{port}", ca / "root.pem")
    finally:
        server.terminate()
        server.wait(10)


def demand_answer(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for a server that was started to take connections."""
    until_s = time.monotonic() + LONGEST_START_S
    while server.poll() is None and time.monotonic() < until_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


def begun(folder: Path, url: str, root: Path, claim: str) -> IdentityFolder:
    """A box that was given a claim."""
    made, given = IdentityFolder(folder), read_claim(claim)
    with made.alone():
        made.begin(url, given.gateway_id, given.secret, ca_pem=root.read_bytes())
    return made


def steps(folder: IdentityFolder, wall: datetime) -> list[str | None]:
    """Everything that is due at once."""
    enroller = create_enroller(folder)
    made = [enroller.step(wall)]
    while made[-1].wait_s == 0.0 and len(made) < 5:
        made.append(enroller.step(wall))
    return [each.deed for each in made]


def held(folder: IdentityFolder) -> Pair:
    pair = folder.current()
    assert pair is not None
    return pair


def test_a_box_enrols_and_renews_at_a_server_of_others(elsewhere: Elsewhere, tmp_path: Path) -> None:
    """It knows nothing of `/api/v1/identity`: that it took the certificate in the handshake has to do."""
    folder = begun(tmp_path, elsewhere.url, elsewhere.root, "box-1:any-word")
    assert steps(folder, datetime.now(UTC)) == [None, "enrolled", None]
    first = held(folder)
    assert first.gateway_id == "box-1"
    assert first.certificate.issuer.rfc4514_string() == "CN=Elsewhere issuing,O=Elsewhere"
    assert steps(folder, renewal_at(first.certificate))[:2] == [None, "renewed"]
    assert held(folder).key_fingerprint != first.key_fingerprint


def test_a_service_in_front_of_a_server_of_others_passes_requests_on(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    login = tmp_path / "login"
    login.write_text("gym:any-word")
    own = tmp_path / "front" / "ca" / "server.pem"
    front = RunningCloud(
        tmp_path / "front",
        IDENTITY__EST_URL=elsewhere.url,
        IDENTITY__EST_CA=str(elsewhere.root),
        IDENTITY__EST_CREDENTIALS=str(login),
        SERVICE__CERT=str(own),
        SERVICE__KEY=str(own),
        SERVICE__CLIENT_CA=str(elsewhere.root),
    )
    try:
        folder = begun(tmp_path / "box", front.url, front.root, front.claim("box-2"))
        assert steps(folder, datetime.now(UTC)) == [None, "enrolled", None]
        first = held(folder)
        assert first.certificate.issuer.rfc4514_string() == "CN=Elsewhere issuing,O=Elsewhere"
        assert steps(folder, renewal_at(first.certificate))[:2] == [None, "renewed"]
    finally:
        front.stop()


@pytest.mark.skipif(PKI is None, reason="no strongSwan pki: apt-get install strongswan-pki")
def test_a_client_of_others_enrols_at_our_service(tmp_path: Path) -> None:
    """It cannot renew: RFC 7030 wants all names again, and it can write no URI into a request."""
    script = """
    set -e
    est="--url $URL --cacert root.pem --cacert issuing.pem --outform pem"
    pki --estca $est | grep -q CERTIFICATE
    pki --gen --type ecdsa --size 256 --outform pem > key.pem
    pki --req --type priv --in key.pem --dn CN=swan --outform pem > request.pem
    pki --est $est --in request.pem --userpass "$CLAIM" > certificate.pem
    openssl x509 -in certificate.pem -noout -subject -issuer -ext subjectAltName
    """
    cloud = RunningCloud(tmp_path)
    try:
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=cloud.root.parent,
            env={"URL": cloud.url, "CLAIM": cloud.claim("swan"), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        cloud.stop()
    assert done.returncode == 0, done.stderr
    for told in ("CN = swan", "CN = Gym issuing", "URI:urn:gym:gateway:swan"):
        assert told in done.stdout
