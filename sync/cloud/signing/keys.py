"""Signing keys: Ed25519, one PEM file each, readable by its owner alone."""

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Role

from provisioning.staging import sync_folder


class KeyTrouble(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """A key cannot be used, made or found; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The private keys at hand, by key id."""

    signers: Mapping[str, CryptoSigner]

    def of(self, role: Role) -> tuple[CryptoSigner, ...]:
        """Those that may sign for a role."""
        return tuple(self.signers[keyid] for keyid in role.keyids if keyid in self.signers)

    def suffice(self, role: Role) -> bool:
        """Whether they are as many as the role demands."""
        return len(self.of(role)) >= role.threshold

    def plus(self, new: Iterable[CryptoSigner]) -> "Keys":
        """These and some more."""
        return Keys({**self.signers, **{signer.public_key.keyid: signer for signer in new}})


def make_key(folder: Path, role: str) -> CryptoSigner:
    """Make a key for a role and keep it in the folder, under a name that says which it is.

    Raises:
        KeyTrouble: It could not be written.
    """
    signer = CryptoSigner.generate_ed25519()
    path = folder / f"{role}.{signer.public_key.keyid[:8]}.pem"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(signer.private_bytes)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
    except OSError as error:
        raise KeyTrouble(f"key {path} cannot be written: {error.strerror or error}") from error
    return signer


def load_keys(*folders: Path) -> Keys:
    """Read every key in some folders.

    Raises:
        KeyTrouble: A folder has none, or a key is damaged or open to others.
    """
    return Keys({}).plus(_read(path) for folder in folders for path in _files(folder))


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.pem"))
    if not found:
        raise KeyTrouble(f"there is no key (*.pem) in {folder}; gymbox cloud keys make writes them")
    return found


def _read(path: Path) -> CryptoSigner:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read()
    except OSError as error:
        raise KeyTrouble(f"key {path} cannot be read: {error.strerror or error}") from error
    if mode & 0o077:
        raise KeyTrouble(f"key {path} is open to others (mode {mode:o}); run: chmod 600 {path}")
    try:
        return CryptoSigner(load_pem_private_key(text, None))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyTrouble(f"key {path} is damaged, locked, or no key; restore it from its copy") from error
