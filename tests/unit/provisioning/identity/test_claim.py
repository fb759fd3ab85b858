import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from provisioning.identity.claim import ClaimInvalid, read_ca, read_claim, read_url
from tests.unit.provisioning.identity.issuer import Issuer


def test_a_claim_is_an_id_and_a_secret() -> None:
    claim = read_claim(" box-1:abcd-efgh \n")
    assert (claim.gateway_id, claim.secret) == ("box-1", "abcd-efgh")
    assert "abcd" not in repr(claim)


@pytest.mark.parametrize(
    "text", ["", "box", "box:", ":secret", "b x:secret", "box:\x00", "box:sécret", "box:" + "x" * 300]
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ClaimInvalid):
        read_claim(text)


@given(st.text(max_size=80))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    for read in (read_claim, read_url):
        try:
            read(text)
        except ClaimInvalid:
            continue


def test_an_address_is_https_and_loses_its_slash() -> None:
    assert read_url(" https://cloud.example:8443/base/ ") == "https://cloud.example:8443/base"


@pytest.mark.parametrize(
    "url",
    [
        "http://cloud",
        "cloud",
        "https://",
        "https://me:pw@cloud",
        "https://cloud:none",
        "https://c?x=1",
        "https://[",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ClaimInvalid, match="https://"):
        read_url(url)


def test_of_a_file_of_authorities_the_certificates_are_kept() -> None:
    pem = Issuer().root.public_bytes(Encoding.PEM)
    assert read_ca(b"key: not this\n" + pem) == pem
    for none in (b"", b"no certificate"):
        with pytest.raises(ClaimInvalid, match="PEM"):
            read_ca(none)
