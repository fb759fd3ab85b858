"""A stream under a passphrase: whoever does not know it reads nothing, and changes nothing unseen.

The key comes from the passphrase by scrypt (RFC 7914), the content is cut into chunks, and each is sealed by
ChaCha20-Poly1305 (RFC 8439) in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizar: Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, CRYPTO 2015): the nonce counts the chunks and
marks the last one, so chunks cannot be cut off, left out, repeated or put in another order. The header is
authenticated with every chunk.
"""

import io
import secrets
import struct
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC: Final = b"GYMBOX-BACKUP-1\n"
LEAST_PASSPHRASE: Final = 12
"""Characters; scrypt makes guessing slow, not impossible."""
# OWASP's advice for scrypt: 128 MiB, half a second on a small box.
_LOG2_N: Final = 17
_R: Final = 8
_P: Final = 1
_MOST_LOG2_N: Final = 20
_SALT_BYTES: Final = 16
_KEY_BYTES: Final = 32
_PREFIX_BYTES: Final = 7
_CHUNK_BYTES: Final = 64 * 1024
_TAG_BYTES: Final = 16
_HEADER: Final = struct.Struct(f">{len(MAGIC)}sB{_SALT_BYTES}s{_PREFIX_BYTES}s")


class BackupUnreadable(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """A file is no backup, is damaged, or the passphrase is another one; the text says which can be told."""


class PassphraseRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """A passphrase is too short to protect anything."""


class SealingWriter(io.RawIOBase):
    """Seals what is written; the file is only whole after `close`."""

    def __init__(self, target: BinaryIO, passphrase: str, *, log2_n: int = _LOG2_N) -> None:
        """Write the header.

        Raises:
            PassphraseRefused: the passphrase has less than `LEAST_PASSPHRASE` characters.
            OSError: it cannot be written.
        """
        super().__init__()
        if len(passphrase) < LEAST_PASSPHRASE:
            raise PassphraseRefused(f"a passphrase has at least {LEAST_PASSPHRASE} characters")
        salt, self._prefix = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_PREFIX_BYTES)
        self._target = target
        self._header = _HEADER.pack(MAGIC, log2_n, salt, self._prefix)
        self._cipher = ChaCha20Poly1305(_key(passphrase, salt, log2_n))
        self._waiting = bytearray()
        self._number = 0
        target.write(self._header)

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: object, /) -> int:
        """Seal data, a chunk at a time."""
        added = bytes(data)  # type: ignore[call-overload]  # any buffer, as io demands
        self._waiting += added
        while len(self._waiting) > _CHUNK_BYTES:  # the last chunk is the one that `close` seals
            self._seal(bytes(self._waiting[:_CHUNK_BYTES]), last=False)
            del self._waiting[:_CHUNK_BYTES]
        return len(added)

    def close(self) -> None:
        """Seal the last chunk; the target stays open."""
        if not self.closed:
            self._seal(bytes(self._waiting), last=True)
            self._waiting.clear()
        super().close()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._target.write(self._cipher.encrypt(nonce, chunk, self._header))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Gives back what was sealed; nothing that was not authenticated is ever returned."""

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        """Read the header.

        Raises:
            BackupUnreadable: it is none.
        """
        super().__init__()
        header = source.read(_HEADER.size)
        if len(header) != _HEADER.size or not header.startswith(MAGIC):
            raise BackupUnreadable("this is no backup of a box, or one of another version")
        _, log2_n, salt, self._prefix = _HEADER.unpack(header)
        if not 1 <= log2_n <= _MOST_LOG2_N:
            raise BackupUnreadable("the backup's header is damaged")
        self._source, self._header = source, header
        self._cipher = ChaCha20Poly1305(_key(passphrase, salt, log2_n))
        self._sealed = source.read(_CHUNK_BYTES + _TAG_BYTES)
        self._opened = b""
        self._number = 0
        self._ended = False

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fill the buffer as far as a chunk goes; 0 after the last one.

        Raises:
            BackupUnreadable: the passphrase is another one, or the file is damaged or cut off.
        """
        while not self._opened and not self._ended:
            self._open()
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # any buffer, as io demands
        taken = self._opened[: len(view)]
        view[: len(taken)] = taken
        self._opened = self._opened[len(taken) :]
        return len(taken)

    def _open(self) -> None:
        sealed, self._sealed = self._sealed, self._source.read(_CHUNK_BYTES + _TAG_BYTES)
        self._ended = not self._sealed
        nonce = _nonce(self._prefix, self._number, last=self._ended)
        try:
            self._opened = self._cipher.decrypt(nonce, sealed, self._header)
        except InvalidTag:
            reason = (
                "the passphrase is another one, or the file is damaged"
                if self._number == 0
                else "the file is damaged or cut off"
            )
            raise BackupUnreadable(f"the backup cannot be opened: {reason}") from None
        self._number += 1


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">I?", number, last)


def _key(passphrase: str, salt: bytes, log2_n: int) -> bytes:
    return Scrypt(salt=salt, length=_KEY_BYTES, n=1 << log2_n, r=_R, p=_P).derive(passphrase.encode())
