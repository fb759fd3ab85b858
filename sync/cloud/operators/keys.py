"""Secrets that the service makes: 256 random bits each, of which it keeps the SHA-256 alone."""

import hashlib
import secrets
from typing import Final

TOKEN: Final = "gft_"  # noqa: S105 - the prefix of tokens, no token
SESSION: Final = "gfs_"
_BYTES: Final = 32


def new_key(prefix: str) -> str:
    """A secret that nobody can guess; the prefix says what it is for."""
    return prefix + secrets.token_urlsafe(_BYTES)


def digest(key: str) -> str:
    """What is kept of a secret. It is long and random, so a fast hash will do."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_token(session: str) -> str:
    """What a page shows besides its cookie, so that other pages cannot act in its name; told to it alone."""
    return digest(f"csrf {session}")
