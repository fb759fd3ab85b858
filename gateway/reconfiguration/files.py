"""Where the layers of a box's configuration lie, beside its secrets: small JSON files in the data folder."""

import json
import logging
import re
from pathlib import Path
from typing import Any, Final

from gateway.config.layers import Tree
from gateway.reconfiguration.authority import certificates_in
from gateway.reconfiguration.durable import write_durably

_log = logging.getLogger(__name__)

FOLDER: Final = "config"
LOCAL: Final = "local.json"
CLOUD: Final = "cloud.json"
LEFT_OUT: Final = "local.left-out.json"
"""What was changed on the box and does not fit the rest any more; a person may mend it."""
SECRETS: Final = "secrets"
AUTHORITIES: Final = "authorities"
_SECRET_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
# A gym of a thousand stations has a tenth of it.
_MOST_BYTES: Final = 2_000_000


class SecretRefused(ValueError):  # noqa: N818 - named by what happened
    """A secret cannot be kept; the text says why, and never what it is."""


class ConfigFiles:
    """The files of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def read(self, name: str) -> dict[str, Any]:
        """What a file holds; nothing where there is none.

        A file that cannot be read as it was written is moved aside, so that the box starts.
        """
        path = self._data_dir / FOLDER / name
        try:
            with path.open("rb") as file:
                tree = json.loads(file.read(_MOST_BYTES))
            if not isinstance(tree, dict):
                raise TypeError("it is no object")  # noqa: TRY301 - treated as any other damage
        except FileNotFoundError:
            return {}
        except OSError as error:
            _log.error("%s cannot be read and is left out: %s", path, error)
            return {}
        except (ValueError, TypeError, RecursionError) as error:
            aside = path.with_suffix(".damaged")
            _log.error("%s is damaged, is moved to %s and left out: %s", path, aside.name, error)
            path.replace(aside)
            return {}
        return tree

    def write(self, name: str, tree: Tree) -> None:
        """Keep a tree; it is on the disk when this returns. Raises OSError."""
        write_durably(self._data_dir / FOLDER / name, json.dumps(tree, ensure_ascii=False).encode())

    def keep_secret(self, name: str, text: str) -> Path:
        """Keep a password in a file of its own, and return that file's path seen from the data folder.

        Raises:
            SecretRefused: the name or the text is none for a file.
            OSError: it cannot be written.
        """
        _check_name(name)
        if not text or "\n" in text or "\r" in text:
            raise SecretRefused("A secret is one line of text, and not an empty one.")
        return self._keep(Path(SECRETS) / name, text + "\n")

    def keep_authority(self, name: str, text: str) -> Path:
        """Keep the certificates of an authority, and return their file's path seen from the data folder.

        Raises:
            SecretRefused: the name is none for a file.
            AuthorityRefused: the text holds no certificate.
            OSError: it cannot be written.
        """
        _check_name(name)
        return self._keep(Path(AUTHORITIES) / f"{name}.pem", certificates_in(text))

    def _keep(self, path: Path, text: str) -> Path:
        write_durably(self._data_dir / path, text.encode())
        return path


def _check_name(name: str) -> None:
    if not _SECRET_NAME.fullmatch(name):
        raise SecretRefused("A secret's name has small letters, digits, dot, dash and underscore.")
