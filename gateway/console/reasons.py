"""What parts of the box give as their reason, in the operator's language.

Parts write English sentences, into the health board and into the log. What people meet most often stands in
`reasons.zh.toml`, with `{names}` for what differs each time; the rest stays English, as the log does.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Final

# Between the reasons of several troubles.
_BETWEEN: Final = "; "
_BETWEEN_CHINESE: Final = "；"  # noqa: RUF001 - Chinese has its own


class Reasons:
    """Says reasons in another language. Pure."""

    def __init__(self, known: Mapping[str, str], *, between: str = _BETWEEN) -> None:
        """`known`: by the English sentence; both have the same `{names}`, and words beside them."""
        self._known = [(_pattern(english), other) for english, other in known.items()]
        self._between = between

    def __call__(self, reason: str) -> str:
        """Return the reason in the other language, as far as it is known there."""
        for pattern, other in self._known:
            if found := pattern.fullmatch(reason):
                return other.format(**{name: self(value) for name, value in found.groupdict().items()})
        several = reason.split(_BETWEEN)
        return reason if len(several) == 1 else self._between.join(self(each) for each in several)


@cache
def chinese_reasons() -> Reasons:
    """Return what says reasons in Simplified Chinese."""
    path = Path(__file__).parent / "reasons.zh.toml"
    return Reasons(tomllib.loads(path.read_text("utf-8")), between=_BETWEEN_CHINESE)


def _pattern(english: str) -> re.Pattern[str]:
    parts = (
        re.escape(text) + (f"(?P<{name}>.+?)" if name else "")
        for text, name, _, _ in Formatter().parse(english)
    )
    return re.compile("".join(parts), re.DOTALL)
