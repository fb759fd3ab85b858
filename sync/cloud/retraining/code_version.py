"""Which code a model is made by: a change of it makes another model of the same data."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_MADE_BY: Final = ("recommender", "sync.cloud.retraining")
_SUFFIXES: Final = (".py", ".sql")


def code_version() -> str:
    """The project's version, and the digest of the code that decides what a model becomes."""
    digest = hashlib.sha256()
    for package in _MADE_BY:
        for name, content in sorted(_sources(files(package), package)):
            digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return f"{version('gymbox')}+{digest.hexdigest()[:12]}"


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        below = f"{name}/{each.name}"
        if each.is_dir():
            yield from _sources(each, below)
        elif each.name.endswith(_SUFFIXES):
            yield below, each.read_bytes()
