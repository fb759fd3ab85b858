"""The demo's cloud: the whole service, for one gym, in a process beside the box."""

import socket
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_HOST: Final = "127.0.0.1"
_VALID: Final = timedelta(days=30)
_TENANT: Final = "demo"


class NoCloudHere(Exception):  # noqa: N818 - named by what happened
    """The demo goes without; the text says why, and what helps."""


@dataclass(frozen=True, slots=True)
class DemoCloud:
    """A service that can be started.

    Attributes:
        program: its command line.
        section: what the box has to know of it: `[cloud]` of the configuration.
    """

    program: tuple[str, ...]
    section: dict[str, str]


def demo_cloud(folder: Path, *, gateway_id: str, gym_id: str) -> DemoCloud:
    """Write settings, a certificate and the box's token, anew, beside what was landed before.

    Raises:
        NoCloudHere: the extra `cloud` is not installed, or what an earlier demo has landed cannot be used.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    _certify(folder / "cert.pem", folder / "key.pem")
    settings = folder / "cloud.toml"
    settings.write_text(f'[service]\nport = {port}\ncert = "cert.pem"\nkey = "key.pem"\n', encoding="utf-8")
    _write_secret(folder / "token", _let_in(settings, gateway_id, gym_id))
    return DemoCloud(
        program=(sys.executable, "-m", "gateway.cli", "cloud", "run", "--config", str(settings)),
        section={
            "url": f"https://{_HOST}:{port}",
            "ca": str(folder / "cert.pem"),
            "token_file": str(folder / "token"),
            "upload": "all",
        },
    )


def _let_in(settings: Path, gateway_id: str, gym_id: str) -> str:
    """The box's token, another one at each start."""
    try:
        from sync.cloud.database.database import Database, DatabaseUnavailable  # noqa: PLC0415 - an extra
        from sync.cloud.database.upgrade import DatabaseUnknown, upgrade  # noqa: PLC0415
        from sync.cloud.gateways import Gateways  # noqa: PLC0415
        from sync.cloud.settings import load  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise NoCloudHere(f"{error.name} is not installed: pip install 'gymbox[cloud]'") from error
    database = Database(load(settings, folder=settings.parent, environ={}).database.address())
    try:
        upgrade(database)
        gateways = Gateways(database)
        if any(each.id == gateway_id for each in gateways.all()):
            gateways.revoke(gateway_id)
        return gateways.add(gateway_id, gym_id=gym_id, tenant_id=_TENANT)
    except (DatabaseUnavailable, DatabaseUnknown) as error:
        raise NoCloudHere(f"{error}; remove the folder {settings.parent}") from error
    finally:
        database.close()


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def _certify(certificate: Path, key_file: Path) -> None:
    """Write a certificate that vouches for this machine alone, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gymbox demo cloud")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(_HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_secret(key_file, secret.decode("ascii"))


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
