"""The authority in a folder: `root` and `issuing`, a certificate (.pem) and a key (.key, 0600) each.

The service signs with `issuing.key`; `root.key` is needed to make another one, and may be kept elsewhere.
`server.pem` is the service's own, key and chain in one file (0600): it speaks TLS with nothing bought.
"""

import os
import stat
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from provisioning.identity.messages import common_name
from provisioning.staging import sync_folder
from sync.cloud.est import profile

ROOT: Final = "root"
ISSUING: Final = "issuing"
SERVER: Final = "server"
# A list is made anew every day; a service that stood still for less than this is let on nevertheless.
LIST_LASTS: Final = timedelta(days=7)


class AuthorityTrouble(Exception):  # noqa: N818 - named by what happened
    """The folder cannot be used as an authority; the text says which file, why, and what to do."""


def exists(folder: Path) -> bool:
    """Whether there is an authority in the folder."""
    return (folder / f"{ISSUING}.pem").exists()


def create(folder: Path, *, name: str, hosts: Sequence[str], now: datetime) -> None:
    """Make an authority and the service's own certificate for some hosts.

    Raises:
        AuthorityTrouble: there is one already, or the folder cannot be written.
    """
    if exists(folder):
        raise AuthorityTrouble(f"{folder} holds an authority already; boxes are pinned to it")
    root_key, issuing_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = profile.root_certificate(name, root_key, now=now)
    issuing = profile.issuing_certificate(
        name, issuing_key.public_key(), root=root, root_key=root_key, now=now
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder, ROOT, root_key, root)
        _write_server(folder, hosts, issuing, issuing_key, now)
        _write(folder, ISSUING, issuing_key, issuing)  # last: with it the authority exists
    except OSError as error:
        raise AuthorityTrouble(f"{error.filename or folder}: {error.strerror or error}") from error


class FileAuthority:
    """Signs with the files of a folder.

    Raises:
        AuthorityTrouble: a file is missing, damaged, or its key is open to others.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = _certificate(folder / f"{ROOT}.pem")
        self.issuing = _certificate(folder / f"{ISSUING}.pem")
        self._key = _key(folder / f"{ISSUING}.key")
        if self._key.public_key() != self.issuing.public_key():
            raise AuthorityTrouble(f"{folder}/{ISSUING}.key is not the key of {ISSUING}.pem")

    @property
    def server_file(self) -> Path | None:
        """The service's own key and certificate chain; None when the folder has none."""
        path = self._folder / f"{SERVER}.pem"
        return path if path.exists() else None

    def anchors(self) -> Sequence[x509.Certificate]:
        """The root, and what issues."""
        return (self.root, self.issuing)

    def issue(self, request: x509.CertificateSigningRequest, now: datetime) -> Sequence[x509.Certificate]:
        """Sign at once."""
        gateway_id, key = common_name(request.subject) or "", request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)  # noqa: S101 - `profile.checked_key` has seen it
        made = profile.box_certificate(gateway_id, key, issuer=self.issuing, issuer_key=self._key, now=now)
        return (made, self.issuing)

    @property
    def issuer(self) -> str:
        """As whom it signs (RFC 4514)."""
        return self.issuing.subject.rfc4514_string()

    def revocation_list(self, revoked: Sequence[profile.Revoked], *, number: int, now: datetime) -> bytes:
        """Sign a list, DER."""
        made = profile.revocation_list(
            revoked,
            number=number,
            issuer=self.issuing,
            issuer_key=self._key,
            now=now,
            lasts=LIST_LASTS,
        )
        return made.public_bytes(Encoding.DER)

    def renew_server(self, now: datetime) -> bool:
        """Make the service's own certificate anew when two thirds of its life are over; says whether it did.

        Raises:
            AuthorityTrouble: it cannot be read.
            OSError: it cannot be written.
        """
        path = self.server_file
        if path is None:
            return False
        old = _certificate(path)
        life = old.not_valid_after_utc - old.not_valid_before_utc
        if now < old.not_valid_before_utc + life * 2 / 3:
            return False
        names = old.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        _write_server(self._folder, [str(each.value) for each in names], self.issuing, self._key, now)
        return True


def _write_server(
    folder: Path,
    hosts: Sequence[str],
    issuing: x509.Certificate,
    issuing_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = profile.server_certificate(
        hosts, key.public_key(), issuer=issuing, issuer_key=issuing_key, now=now
    )
    _put(folder / f"{SERVER}.pem", _pem(key) + _pem(made) + _pem(issuing), 0o600)


def _write(folder: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    _put(folder / f"{name}.key", _pem(key), 0o600)
    _put(folder / f"{name}.pem", _pem(certificate), 0o644)


def _pem(what: ec.EllipticCurvePrivateKey | x509.Certificate) -> bytes:
    if isinstance(what, x509.Certificate):
        return what.public_bytes(Encoding.PEM)
    return what.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _put(path: Path, content: bytes, mode: int) -> None:
    coming = path.with_name(f".{path.name}")
    coming.unlink(missing_ok=True)
    descriptor = os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    coming.replace(path)
    sync_folder(path.parent)


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except OSError as error:
        raise AuthorityTrouble(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise AuthorityTrouble(f"{path} is no certificate; restore it from a copy") from error


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        mode, text = stat.S_IMODE(path.stat().st_mode), path.read_bytes()
    except OSError as error:
        raise AuthorityTrouble(f"{path} cannot be read: {error.strerror or error}") from error
    if mode & 0o077:
        raise AuthorityTrouble(f"{path} is open to others (mode {mode:o}); run: chmod 600 {path}")
    try:
        key = load_pem_private_key(text, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise AuthorityTrouble(f"{path} is damaged, locked, or no key; restore it from a copy") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise AuthorityTrouble(f"{path} is no elliptic key; gymbox cloud ca init makes one")
    return key
