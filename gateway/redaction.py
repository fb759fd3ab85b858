"""What must never be read by a person or kept in a file: passwords, tokens, keys. Pure text in, text out."""

import re
from collections.abc import Mapping
from typing import Any, Final

MASK: Final = "***"

# Greedy to the last @ of the word, so that a password with an @, a slash or a quote in it goes too.
# The lengths are bounded because this runs over long texts.
_USER_INFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]{0,15}://)(?P<info>[^\s\"<>]{1,512})@", re.IGNORECASE)
_BEARER = re.compile(r"(?P<word>\bbearer\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_NAMES = (
    r"(?<![a-z])pass|password|passphrase|passwd|pwd|secret|token|api[_-]?key|authorization|credential|cookie"
)
# `password=…`, `"token": "…"`, `gymbox_token=…`; a quoted value may hold blanks, a bare one ends at a blank.
_ASSIGNED = re.compile(
    rf"(?P<name>(?:{_NAMES})['\"]?\s*[=:]\s*(?:(?:basic|bearer)\s+)?)"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;&'\"}\])]+)",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(rf"(?:^|[_-])(?:{_NAMES})s?$", re.IGNORECASE)
# The folders of an absolute path; what follows a host, as in a URL, is none.
_FOLDERS = re.compile(r"(?<![\w/:.*\]@-])/(?:[^\s/'\",;:()<>]{1,255}/){1,64}(?=[^\s/'\",;:()<>])")
_MOST_DEPTH: Final = 6


def redact_url(url: str) -> str:
    """Return the URL with its password masked; the user stays readable."""
    return _USER_INFO.sub(_mask_user_info, url) if "@" in url else url


def redact_text(text: str) -> str:
    """Return the text with every URL login, bearer token and `password=` value in it masked."""
    text = redact_url(text)
    text = _BEARER.sub(rf"\g<word>{MASK}", text)
    return _ASSIGNED.sub(_mask_assigned, text)


def shorten_paths(text: str) -> str:
    """Return the text with only the last part of every absolute path, for readers that are strangers."""
    return _FOLDERS.sub("", text)


def redact_value(value: Any, *, depth: int = 0) -> Any:
    """Return the value with secrets masked in every text in it; values of unknown types become text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact_text(value)
    if depth >= _MOST_DEPTH:
        return redact_text(repr(value))
    if isinstance(value, Mapping):
        return {str(key): redact_named(str(key), item, depth=depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item, depth=depth + 1) for item in value]
    return redact_text(str(value))


def redact_named(name: str, value: Any, *, depth: int = 0) -> Any:
    """Return the value masked whole when its name says that it is a secret, else masked inside."""
    if _SECRET_NAME.search(name) and value is not None and not isinstance(value, bool):
        return MASK
    return redact_value(value, depth=depth)


def _mask_user_info(match: re.Match[str]) -> str:
    user, colon, _ = match["info"].partition(":")
    return f"{match['scheme']}{user}:{MASK}@" if colon else f"{match['scheme']}{MASK}@"


def _mask_assigned(match: re.Match[str]) -> str:
    quote = match["value"][0] if match["value"][0] in "'\"" else ""
    return f"{match['name']}{quote}{MASK}{quote}"
