"""A bundle: named texts in a zip file, bounded. What a preview shows is what the file holds."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

MAX_BYTES: Final = 8 * 1024 * 1024
"""Unpacked; the cloud takes no longer file."""
_CUT: Final = "\n(cut: the section was longer)\n"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a bundle.

    Attributes:
        name: of its file.
        text: all that it says.
        about: what that is, for whoever decides whether it may leave.
    """

    name: str
    text: str
    about: str

    @property
    def bytes(self) -> int:
        """Its length in UTF-8."""
        return len(self.text.encode())


def as_json(value: Any) -> str:
    """Write a value for people and programs."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n"


def bounded(sections: Sequence[Section]) -> list[Section]:
    """Return the sections, each cut to its share when they are longer than a bundle may be."""
    share = MAX_BYTES // max(len(sections), 1)
    if sum(each.bytes for each in sections) <= MAX_BYTES:
        return list(sections)
    return [Section(each.name, _cut(each.text, share), each.about) for each in sections]


def packed(sections: Sequence[Section]) -> bytes:
    """Return the zip file; the same sections are always the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in sections:
            archive.writestr(
                zipfile.ZipInfo(each.name, _EPOCH), each.text, compress_type=zipfile.ZIP_DEFLATED
            )
    return file.getvalue()


def _cut(text: str, most_bytes: int) -> str:
    data = text.encode()
    if len(data) <= most_bytes:
        return text
    return data[: most_bytes - len(_CUT)].decode(errors="ignore") + _CUT
