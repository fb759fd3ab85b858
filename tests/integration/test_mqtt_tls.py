"""Encrypted connections to a real mosquitto: who is trusted, who is not, and no way back to clear text."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from devices import guard
from devices.mqtt.reconnect import BackoffSettings
from devices.mqtt.session import BrokerSettings, Message, MqttSession
from gateway.discovery.cause import cause_of
from gateway.discovery.trial import broker_trouble
from tests.waiting import wait_until

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(
        MOSQUITTO is None or shutil.which("openssl") is None, reason="no mosquitto or no openssl"
    ),
    # paho leaves the socket of a handshake that failed to the garbage collector, which complains.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

QUICK = BackoffSettings(first_s=0.1, cap_s=0.3, refused_s=0.5)


@dataclass(frozen=True)
class Authority:
    """A certificate authority in a folder."""

    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.pem"

    def create(self, name: str) -> "Authority":
        self.folder.mkdir()
        openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", self.folder / "ca.key", "-out", self.certificate,
        )  # fmt: skip
        return self

    def issue(self, name: str, alternative: str) -> tuple[Path, Path]:
        """Certificate and key of a server or a client."""
        key, request, certificate = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
        extension = self.folder / f"{name}.ext"
        extension.write_text(f"subjectAltName={alternative}\n")
        openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request
        )
        openssl(
            "x509", "-req", "-in", request, "-days", "2", "-CA", self.certificate,
            "-CAkey", self.folder / "ca.key", "-CAcreateserial", "-extfile", extension, "-out", certificate,
        )  # fmt: skip
        return certificate, key


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=30)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Site:
    """A broker with one encrypted listener, one that wants client certificates, one in clear text."""

    ours: Authority
    theirs: Authority
    tls_port: int
    mutual_port: int
    plain_port: int


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("tls")
    ours, theirs = Authority(root / "ours").create("Ours"), Authority(root / "theirs").create("Theirs")
    certificate, key = ours.issue("server", "IP:127.0.0.1")
    ports = (free_port(), free_port(), free_port())
    identity = f"cafile {ours.certificate}\ncertfile {certificate}\nkeyfile {key}\n"
    config = root / "mosquitto.conf"
    config.write_text(
        f"listener {ports[0]} 127.0.0.1\n{identity}"
        f"listener {ports[1]} 127.0.0.1\n{identity}require_certificate true\n"
        f"listener {ports[2]} 127.0.0.1\n"
        "allow_anonymous true\nuser root\n"
    )
    process = subprocess.Popen(guard.command([str(MOSQUITTO), "-c", str(config)], log=root / "log"))
    wait_until(lambda: all(answers(port) for port in ports))
    yield Site(ours, theirs, *ports)
    process.terminate()
    process.wait(5)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def outcome(settings: BrokerSettings) -> tuple[str, str]:
    """What becomes of a session: (`connected`, what it heard of itself) or (`waiting`, the reason)."""
    heard: list[Message] = []
    session = MqttSession(settings, subscriptions=("tls/#",), on_message=heard.append, backoff=QUICK)
    session.start()
    try:
        wait_until(lambda: session.link.state in {"connected", "waiting"})
        link = session.link
        if link.state == "connected":
            session.publish("tls/big", b"x" * 100_000, qos=1)
            wait_until(lambda: heard)
            return link.state, str(len(heard[0].payload))
        return link.state, link.reason
    finally:
        assert session.stop(5.0)


def test_the_right_authority(site: Site) -> None:
    url = f"mqtts://127.0.0.1:{site.tls_port}"
    assert outcome(BrokerSettings(url, ca=site.ours.certificate)) == ("connected", "100000")


async def test_an_authority_that_is_only_tried_is_kept_nowhere(site: Site) -> None:
    settings = BrokerSettings(f"mqtts://127.0.0.1:{site.tls_port}", client_id="gymbox-setup")
    ours, theirs = (each.certificate.read_text("ascii") for each in (site.ours, site.theirs))
    assert await broker_trouble(settings, ours) is None
    told = await broker_trouble(settings, theirs)
    assert told is not None
    assert cause_of(told) == "not-trusted"
    plain = replace(settings, url=f"mqtts://127.0.0.1:{site.plain_port}")
    assert await broker_trouble(plain, ours) is not None


def test_a_wrong_authority(site: Site) -> None:
    state, reason = outcome(BrokerSettings(f"mqtts://127.0.0.1:{site.tls_port}", ca=site.theirs.certificate))
    assert state == "waiting"
    assert "its certificate is not trusted: self-signed certificate in certificate chain" in reason


def test_the_systems_authorities_do_not_know_ours(site: Site) -> None:
    state, reason = outcome(BrokerSettings(f"mqtts://127.0.0.1:{site.tls_port}"))
    assert state == "waiting"
    assert "not trusted" in reason


def test_a_certificate_for_another_name(site: Site) -> None:
    state, reason = outcome(BrokerSettings(f"mqtts://localhost:{site.tls_port}", ca=site.ours.certificate))
    assert state == "waiting"
    assert "not trusted: Hostname mismatch" in reason


def test_clear_text_is_never_a_way_out(site: Site) -> None:
    state, reason = outcome(BrokerSettings(f"mqtts://127.0.0.1:{site.plain_port}", ca=site.ours.certificate))
    assert state == "waiting"
    assert f"127.0.0.1:{site.plain_port}" in reason


def test_clear_text_to_an_encrypted_port(site: Site) -> None:
    state, reason = outcome(BrokerSettings(f"mqtt://127.0.0.1:{site.tls_port}"))
    assert (state, reason) == ("waiting", f"broker 127.0.0.1:{site.tls_port} closed the connection")


def test_a_client_certificate(site: Site) -> None:
    certificate, key = site.ours.issue("box", "DNS:box")
    url = f"mqtts://127.0.0.1:{site.mutual_port}"
    settings = BrokerSettings(url, ca=site.ours.certificate, cert=certificate, key=key)
    assert outcome(settings) == ("connected", "100000")
    assert outcome(BrokerSettings(url, ca=site.ours.certificate))[0] == "waiting"


def test_an_authority_file_that_is_missing(site: Site, tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    state, reason = outcome(BrokerSettings(f"mqtts://127.0.0.1:{site.tls_port}", ca=missing))
    assert (state, reason) == ("waiting", f"cannot use the CA file {missing}: No such file or directory")
