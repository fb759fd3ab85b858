"""What is taken for an authority's certificate: that and nothing else of what somebody pastes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reconfiguration.authority import AuthorityRefused, certificates_in
from tests.authority import Authority


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    return Authority(tmp_path_factory.mktemp("ca")).certificate.read_text("ascii")


def test_what_stands_around_certificates_is_left_out(pem: str) -> None:
    pasted = f"Subject: Ours\r\n{pem}and the one above it:\n{pem}-- \nIT"
    assert certificates_in(pasted) == pem + pem


def test_the_line_ends_of_windows_do_not_matter(pem: str) -> None:
    assert certificates_in(pem.replace("\n", "\r\n")).count("BEGIN CERTIFICATE") == 1


def test_a_private_key_is_refused_and_not_repeated(tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path).issue("broker")
    with pytest.raises(AuthorityRefused, match="private key") as refused:
        certificates_in(certificate.read_text() + key.read_text())
    assert key.read_text().splitlines()[1] not in str(refused.value)


def test_a_damaged_one_is_refused(pem: str) -> None:
    lines = pem.splitlines()
    with pytest.raises(AuthorityRefused, match="damaged"):
        certificates_in("\n".join([*lines[:2], *lines[3:]]))


@given(st.text(max_size=300))
def test_any_other_text_is_refused_with_what_to_give(text: str) -> None:
    with pytest.raises(AuthorityRefused, match="Give"):
        certificates_in(text)
