"""What a browser may do in the console's pages (Content Security Policy Level 3), and how scripts are marked.

NiceGUI writes its start script into the page and compiles templates in the browser, so that inline scripts
need a nonce and `unsafe-eval` cannot be left out. What somebody smuggles into a page has no nonce.
"""

import secrets
from typing import Final

_NONCE_BYTES: Final = 16
_SCRIPT: Final = b"<script"


def new_nonce() -> str:
    """Return a mark for the scripts of one answer, never used before."""
    return secrets.token_urlsafe(_NONCE_BYTES)


def mark_scripts(page: bytes, nonce: str) -> bytes:
    """Put the mark on every script of a page; NiceGUI escapes `<` in all that a page holds."""
    return page.replace(_SCRIPT, _SCRIPT + f' nonce="{nonce}"'.encode())


def security_policy(nonce: str) -> str:
    """Return the header `Content-Security-Policy` of a page whose scripts carry the nonce."""
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; "
        "form-action 'none'; "
        "frame-ancestors 'none'; object-src 'none'"
    )
