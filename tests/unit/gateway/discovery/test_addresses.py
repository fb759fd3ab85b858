"""The address under which others reach the box."""

import ipaddress
import socket

import pytest

from gateway.discovery import addresses
from gateway.discovery.addresses import lan_address, reachable_host


def test_the_address_is_one_of_this_machine() -> None:
    address = lan_address()
    if address is None:
        pytest.skip("this machine has no network")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind((address, 0))
    assert not ipaddress.ip_address(address).is_unspecified


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1", "0.0.0.0", "::"])  # noqa: S104 - a text
def test_what_names_the_box_only_to_itself_becomes_its_address(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setattr(addresses, "lan_address", lambda: "192.0.2.4")
    assert reachable_host(host) == "192.0.2.4"
    monkeypatch.setattr(addresses, "lan_address", lambda: "2001:db8::4")
    assert reachable_host(host) == "[2001:db8::4]"


@pytest.mark.parametrize(
    ("host", "written"),
    [("box.lan", "box.lan"), ("192.0.2.9", "192.0.2.9"), ("2001:db8::9", "[2001:db8::9]"), ("", "")],
)
def test_any_other_name_stays(host: str, written: str) -> None:
    assert reachable_host(host) == written


def test_without_a_network_a_link_still_works_on_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "lan_address", lambda: None)
    assert reachable_host("127.0.0.1") == "127.0.0.1"
    assert reachable_host("::1") == "[::1]"
