"""Keyed pseudonyms: how a member is called outside of the box.

HMAC-SHA256 of the member's id under a key that never leaves the box (or the gym's own boxes). Without the key
nobody can go from a pseudonym to a member, not even by trying all member ids; with it the same member always
has the same pseudonym. Losing the key cuts the link to what the cloud holds, so a damaged key file is an
error and never replaced.
"""

import hashlib
import hmac
import os
import re
import secrets
import stat
import tempfile
import unicodedata
from pathlib import Path
from typing import Final, NewType

Pseudonym = NewType("Pseudonym", str)

# The prefix names the scheme, so that a later one can live beside it.
PSEUDONYM_PATTERN: Final = re.compile(r"p1-[0-9a-f]{64}")
KEY_BYTES: Final = 32
# Keeps these pseudonyms apart from anything else that may one day be derived from the same key.
_PURPOSE: Final = b"gymbox member pseudonym v1\x00"
_KEY_TEXT: Final = re.compile(rb"[0-9a-f]{64}\n?")


class KeyFileError(Exception):
    """The pseudonym key file cannot be used; the text says why and what to do."""


class Pseudonymiser:
    """Turns member ids into pseudonyms under one key."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Take the key of `load_or_create_key`.

        Raises:
            ValueError: The key does not have 32 bytes.
        """
        if len(key) != KEY_BYTES:
            raise ValueError(f"a pseudonym key has {KEY_BYTES} bytes, not {len(key)}")
        self._key = key

    def __call__(self, member_id: str) -> Pseudonym:
        """The member's pseudonym. Ids that differ only in Unicode composition are the same member.

        Raises:
            ValueError: The id is empty.
        """
        if not member_id:
            raise ValueError("an empty member id has no pseudonym")
        message = _PURPOSE + unicodedata.normalize("NFC", member_id).encode()
        return Pseudonym("p1-" + hmac.new(self._key, message, hashlib.sha256).hexdigest())

    def __repr__(self) -> str:
        """Says nothing of the key: this ends up in logs."""
        return "Pseudonymiser(key=hidden)"


def load_or_create_key(path: Path) -> bytes:
    """Read the key file, or make it on first use, readable by its owner alone.

    Making it is atomic: after a crash there is a whole key or none, and of two processes that start together
    both read the same key.

    Raises:
        KeyFileError: The file is damaged, open to others, or cannot be read or written.
    """
    try:
        try:
            return _read(path)
        except FileNotFoundError:
            _create(path)
            return _read(path)
    except OSError as error:
        raise KeyFileError(f"pseudonym key {path}: {error.strerror or error}") from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        text = file.read(2 * KEY_BYTES + 2)
    if mode & 0o077:
        raise KeyFileError(f"pseudonym key {path} is open to others (mode {mode:o}); run: chmod 600 {path}")
    if not _KEY_TEXT.fullmatch(text):
        raise KeyFileError(
            f"pseudonym key {path} is damaged; restore it from a backup. Deleting it makes a new key, "
            "under which every member is a stranger to the cloud"
        )
    return bytes.fromhex(text.decode())


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)  # unlike a rename, never replaces the key that another process has just made
        except FileExistsError:
            return
        _sync_folder(path.parent)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
