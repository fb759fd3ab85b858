"""The address under which others on the network reach this machine."""

import ipaddress
import socket
from typing import Final

# Documentation addresses (RFC 5737, RFC 3849): asking the way there sends nothing.
_ELSEWHERE: Final = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def lan_address() -> str | None:
    """Return this machine's own address on the way out; None when it has no network."""
    for family, target in _ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return None


def reachable_host(host: str) -> str:
    """Return a host for links: what names this machine only to itself is replaced by its address."""
    if not is_loopback(host) and not _is_unspecified(host):
        return _bracketed(host)
    address = lan_address()
    return _bracketed(host) if address is None else _bracketed(address)


def is_loopback(host: str) -> bool:
    """Tell whether a host names a machine only to itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
