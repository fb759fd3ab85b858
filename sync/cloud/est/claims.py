"""The one-time secret that lets a box enrol: made for a person to type, kept as a salted hash. Pure."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

# 160 bits: nobody guesses them, so a fast hash is as good as a slow one.
_SECRET_BYTES: Final = 20
_SALT_BYTES: Final = 16
_GROUP: Final = 4


def new_secret() -> str:
    """A secret of 32 letters and digits in groups of four, without any that look alike in lower case."""
    text = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode().lower()
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def new_salt() -> str:
    """A salt, in hex."""
    return secrets.token_hex(_SALT_BYTES)


def hash_of(secret: str, salt: str) -> str:
    """What is kept of a secret; dashes, spaces and capitals make no difference."""
    typed = "".join(secret.split()).replace("-", "").lower()
    return hashlib.sha256(bytes.fromhex(salt) + typed.encode("utf-8", "surrogatepass")).hexdigest()


def is_secret(secret: str, salt: str, kept: str) -> bool:
    """Whether somebody shows the secret that is kept."""
    return hmac.compare_digest(hash_of(secret, salt), kept)
