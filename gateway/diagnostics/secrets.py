"""What must not be in a bundle: every secret that the box knows, and who its members are. Text in, text out.

A bundle is made of what is allowed to leave. This is the second line: whatever a library, an error or an
event repeats of a password, a key, a token, a member's id or name is masked wherever it stands.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel

from gateway.config.camera_source import CameraSource
from gateway.config.model import BoxConfig
from gateway.redaction import MASK, redact_named, redact_text

# A secret longer than this is no password; of a key's file each line is a secret by itself.
_MOST_BYTES: Final = 65_536
_MOST_FILES: Final = 1000
_PREFIX: Final = "GYMBOX_"
_PEM_FRAME: Final = "-----"
# What lies beside secrets and would mask half of every log.
_NO_SECRETS: Final = frozenset({".log", ".conf", ".db"})


class Secrets:
    """Masks what it was told, wherever it stands."""

    def __init__(self, *, secrets: Iterable[str] = (), members: Iterable[str] = ()) -> None:
        """Take secrets, masked also inside of words, and members' ids and names, masked as whole words."""
        forms = {form for each in secrets for form in _forms(each)}
        people = {each for each in members if each}
        # The longest first: a secret may begin with another one.
        parts = [re.escape(each) for each in sorted(forms, key=len, reverse=True)]
        parts += [rf"(?<!\w){re.escape(each)}(?!\w)" for each in sorted(people, key=len, reverse=True)]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def text(self, text: str) -> str:
        """Return the text with every secret in it masked."""
        known = text if self._pattern is None else self._pattern.sub(MASK, text)
        return redact_text(known)

    def value(self, value: Any) -> Any:
        """Return JSON with every secret in its texts and keys masked."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): self.value(redact_named(str(key), each)) for key, each in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(each) for each in value]
        return value if value is None or isinstance(value, bool | int | float) else self.text(str(value))


def secrets_of(
    config: BoxConfig, folders: Iterable[Path], *, environ: Mapping[str, str] | None = None
) -> set[str]:
    """Return every secret that the configuration names, the environment sets, or a file in a folder holds.

    Args:
        config: its files are read, its URLs taken apart.
        folders: files or folders of the box that hold secrets and nothing else.
        environ: the environment; this process's own when it is left out.
    """
    found = set(_in_config(config))
    for path in folders:
        for file in [path] if path.is_file() else sorted(path.rglob("*"))[:_MOST_FILES]:
            found |= set(_in_file(file))
    for name, value in (os.environ if environ is None else environ).items():
        if name.startswith(_PREFIX) and redact_named(name, value) == MASK:
            found.add(value)
        found |= set(_in_url(value))
    return {each for each in found if each.strip()}


def _in_config(value: object) -> Iterator[str]:
    if isinstance(value, CameraSource):
        yield from _in_url(value.reveal())
    elif isinstance(value, str):
        yield from _in_url(value)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if isinstance(inner, Path):
                yield from _in_file(inner) if name == "key" or name.endswith("_file") else ()
            else:
                yield from _in_config(inner)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _in_config(each)


def _in_url(text: str) -> Iterator[str]:
    """The password in a URL as it stands there and as it is meant, and what stands in its query."""
    if "://" not in text:
        return
    rest = text.split("://", 1)[1]
    if "@" in rest:
        password = rest.rpartition("@")[0].partition(":")[2]
        yield from (password, unquote(password))
    try:
        query = urlsplit(text).query
    except ValueError:
        return
    for pair in query.split("&"):
        value = pair.partition("=")[2]
        yield from (value, unquote(value))


def _in_file(path: Path) -> Iterator[str]:
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return
        data = path.read_bytes()
    except OSError:  # who cannot read it cannot tell it either
        return
    if path.suffix in _NO_SECRETS:
        return
    if path.suffix == ".json":
        yield from _in_json(data)
        return
    yield data.hex()
    for line in data.decode("utf-8", errors="ignore").splitlines():
        if not line.startswith(_PEM_FRAME):
            yield line.strip()


def _in_json(data: bytes) -> Iterator[str]:
    """The values whose names say that they are secrets; the others, such as an address, may be told."""
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        yield data.decode("utf-8", errors="ignore").strip()
        return
    for name, value in found.items():
        if isinstance(value, str) and redact_named(name, value) == MASK:
            yield value


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, and as JSON and `repr` write it."""
    if secret.strip():
        yield secret
        yield json.dumps(secret)[1:-1]
        yield json.dumps(secret, ensure_ascii=False)[1:-1]
        yield secret.encode("unicode_escape").decode("ascii")
