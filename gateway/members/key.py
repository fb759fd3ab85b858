"""The box's pseudonym key, read when first needed, so that a broken disk does not keep the box down."""

import logging
from pathlib import Path

from gateway.store.file import StoreBroken
from sync.pseudonym import KeyFileError, Pseudonym, Pseudonymiser, load_or_create_key

_log = logging.getLogger(__name__)


class MemberKey:
    """Gives members their pseudonyms; a key file that cannot be used is the store's trouble."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pseudonymiser: Pseudonymiser | None = None

    def __call__(self, member_id: str) -> Pseudonym:
        """Return the member's pseudonym.

        Raises:
            StoreBroken: the key cannot be read or made.
        """
        if self._pseudonymiser is None:
            try:
                self._pseudonymiser = Pseudonymiser(load_or_create_key(self._path))
            except KeyFileError as error:
                _log.error("%s", error)
                raise StoreBroken(
                    f"The key of the pseudonyms, {self._path.name}, cannot be used. The box's log says why."
                ) from error
        return self._pseudonymiser(member_id)
