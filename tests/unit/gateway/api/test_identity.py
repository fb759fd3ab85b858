"""Enrolling a box over its own API, and what it says of itself."""

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit.provisioning.identity.issuer import Issuer

if TYPE_CHECKING:
    import httpx

    from .conftest import ApiBox

IDENTITY = "/api/v1/identity"


async def test_a_box_that_is_not_enrolled_says_so(operator: "httpx.AsyncClient") -> None:
    told = (await operator.get(IDENTITY)).json()
    assert told == {
        "state": "none",
        "gateway_id": None,
        "url": None,
        "waiting": False,
        "reason": "",
        "fingerprint": None,
        "until": None,
        "renewal_at": None,
    }


async def test_a_claim_begins_an_enrolment_and_its_secret_is_never_told(
    box: "ApiBox", operator: "httpx.AsyncClient"
) -> None:
    body = {"claim": "box-1:abcd-efgh", "url": "https://cloud.example/"}
    answer = await operator.post(f"{IDENTITY}/enrol", json=body)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["state"], told["gateway_id"], told["url"]) == ("pending", "box-1", "https://cloud.example")
    assert "abcd" not in answer.text + (await operator.get(IDENTITY)).text
    enrolment = box.identity.folder.enrolment()
    assert enrolment is not None
    assert (enrolment.secret, box.identity.folder.ca) == ("abcd-efgh", None)


async def test_whom_to_trust_can_come_with_the_claim(box: "ApiBox", operator: "httpx.AsyncClient") -> None:
    pem = Issuer().root.public_bytes(Encoding.PEM).decode()
    body = {"claim": "box-1:abcd", "url": "https://cloud", "ca": pem}
    assert (await operator.post(f"{IDENTITY}/enrol", json=body)).status_code == 202
    assert box.identity.folder.ca is not None
    assert box.identity.folder.ca.read_text() == pem


@pytest.mark.parametrize(
    "body",
    [
        {"claim": "box", "url": "https://cloud"},
        {"claim": "box:x", "url": "http://cloud"},
        {"claim": "box:x", "url": "https://cloud", "ca": "no certificate"},
        {"claim": "box:x", "url": "https://cloud", "more": 1},
        {"claim": "x" * 10_000, "url": "https://cloud"},
        {},
    ],
)
async def test_what_cannot_be_used_is_422_and_begins_nothing(
    box: "ApiBox", operator: "httpx.AsyncClient", body: dict[str, Any]
) -> None:
    answer = await operator.post(f"{IDENTITY}/enrol", json=body)
    assert answer.status_code == 422
    assert box.identity.folder.enrolment() is None


async def test_a_broken_identity_is_told(box: "ApiBox", operator: "httpx.AsyncClient") -> None:
    box.identity.folder.path.mkdir(parents=True)
    (box.identity.folder.path / "enrolment.json").write_text("{")
    answer = await operator.get(IDENTITY)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gymbox:problem:identity-broken")


async def test_the_code_shows_the_setup_page(operator: "httpx.AsyncClient") -> None:
    answer = await operator.get(f"{IDENTITY}/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")


async def test_it_is_the_operators_alone(kiosk: "httpx.AsyncClient") -> None:
    body = {"claim": "box:x", "url": "https://cloud"}
    assert (await kiosk.post(f"{IDENTITY}/enrol", json=body)).status_code == 403
    for path in (IDENTITY, f"{IDENTITY}/qr.svg"):
        assert (await kiosk.get(path)).status_code == 403
