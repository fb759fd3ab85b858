"""The one-time code of the first start: who reads it is at the box or its log, not just on its network."""

import hmac
import os
import secrets
from pathlib import Path
from typing import Final

FILE_NAME: Final = "setup-code"
# Without 0 and O, 1, I and L, which people mistake for each other. 39 bits: hopeless at ten tries a minute.
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH: Final = 8
_MOST_OCTETS: Final = 64


class SetupCode:
    """Kept in the data folder until the first account exists, so that a restart shows the same one.

    A file that is there already is taken as it is: whoever prepares boxes may print the code on each.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME

    def read(self) -> str:
        """Return the code, made now when there is none.

        Raises:
            OSError: the data folder cannot be read or written.
        """
        try:
            with self._path.open(encoding="ascii", errors="replace") as file:
                kept = file.read(_MOST_OCTETS).strip()
        except FileNotFoundError:
            kept = ""
        return kept if len(_plain(kept)) >= _LENGTH else self._make()

    def fits(self, given: str) -> bool:
        """Tell whether this is the code, whatever its case, dashes and spaces.

        Raises:
            OSError: the data folder cannot be read or written.
        """
        return hmac.compare_digest(_plain(given).encode(), _plain(self.read()).encode())

    def end(self) -> None:
        """There is an operator: nobody needs the code any more."""
        self._path.unlink(missing_ok=True)

    def _make(self) -> str:
        text = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        code = f"{text[:4]}-{text[4:]}"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(code + "\n")
        return code


def _plain(code: str) -> str:
    return "".join(each for each in code.upper() if each.isalnum())
