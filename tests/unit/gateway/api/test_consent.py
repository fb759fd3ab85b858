"""Consent to being measured: recorded with version and time; withdrawn, nothing is measured any more."""

import json
from typing import TYPE_CHECKING, Any

import httpx

from gateway.events.rows import EventFilter
from sync import outbox

if TYPE_CHECKING:
    from .conftest import ApiBox

ADA = "/api/v1/members/ada-lovelace"
CONSENT = f"{ADA}/consent"
DAY = f"{ADA}/wellbeing/2026-03-01"
CHECK_IN = {"station_id": "mat", "member_id": "ada-lovelace", "band_id": "band1"}


async def known(operator: httpx.AsyncClient) -> None:
    assert (await operator.put(ADA, json={"display_name": "Ada", "birth_year": 1990})).status_code == 200


async def train(box: "ApiBox", operator: httpx.AsyncClient) -> dict[str, Any]:
    session = (await operator.post("/api/v1/sessions", json=CHECK_IN)).json()
    box.now_s += 600.0
    ended: dict[str, Any] = (
        await operator.post(f"/api/v1/sessions/{session['id']}/end", json={"rpe": 6})
    ).json()
    return ended


async def test_consent_is_recorded_with_version_and_time(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    await known(operator)
    before = (await operator.get(CONSENT)).json()
    assert before == {"decision": None, "version": None, "at": None, "measured": True}
    given = (await operator.put(CONSENT, json={"version": "2026-03"})).json()
    assert (given["decision"], given["version"], given["measured"]) == ("given", "2026-03", True)
    assert given["at"].startswith("2026-03-01T")
    assert (await operator.get(CONSENT)).json() == given
    (event,) = await box.events.read(EventFilter(kind="consent"), 10)
    assert (event.outcome, event.detail) == ("given", {"version": "2026-03"})
    assert "ada" not in json.dumps([event.subject, event.actor])


async def test_where_consent_is_recorded_nobody_is_measured_without(
    box: "ApiBox", operator: httpx.AsyncClient
) -> None:
    box.health_consent = "recorded"
    await known(operator)
    assert (await operator.get(CONSENT)).json()["measured"] is False
    refused = await operator.put(DAY, json={"stress_index": 3})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:gymbox:problem:not-consented")
    assert (await train(box, operator))["band_id"] is None
    await operator.put(CONSENT, json={"version": "1"})
    assert (await operator.put(DAY, json={"stress_index": 3})).status_code == 200
    assert (await train(box, operator))["band_id"] == "band1"


async def test_withdrawal_stops_measuring_at_once_and_deletes_what_was_measured(
    box: "ApiBox", operator: httpx.AsyncClient
) -> None:
    await known(operator)
    await operator.put(CONSENT, json={"version": "1"})
    await operator.put(DAY, json={"stress_index": 3})
    ended = await train(box, operator)
    session = (await operator.post("/api/v1/sessions", json=CHECK_IN)).json()
    withdrawn = (await operator.delete(CONSENT)).json()
    assert (withdrawn["decision"], withdrawn["version"], withdrawn["measured"]) == ("withdrawn", "1", False)
    assert (await operator.get(f"/api/v1/sessions/{session['id']}")).json()["status"] == "ended"
    assert (await operator.put(DAY, json={"stress_index": 3})).status_code == 403
    assert (await operator.get(DAY)).status_code == 404
    assert (await train(box, operator))["band_id"] is None
    old = (await operator.get(f"/api/v1/sessions/{ended['id']}")).json()
    assert (old["band_id"], old["heart_rate"], old["rpe"]) == (None, None, 6)
    waiting = await box.store.read(lambda db: outbox.peek_batch(db.conn))
    kinds = [each.kind for each in waiting]
    assert kinds[0] == "erase"
    assert kinds.count("session") == 1  # the one after the withdrawal
    copy = (await operator.get(f"{ADA}/export")).json()
    assert [each["decision"] for each in copy["consent"]] == ["given", "withdrawn"]
    assert copy["wellbeing"] == copy["heart"] == []


async def test_withdrawing_twice_orders_one_erasure(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    await known(operator)
    for _ in range(2):
        assert (await operator.delete(CONSENT)).status_code == 200
    waiting = await box.store.read(lambda db: outbox.peek_batch(db.conn))
    assert [each.kind for each in waiting] == ["erase"]
    again = (await operator.put(CONSENT, json={"version": "2"})).json()
    assert again["measured"] is True


async def test_a_kiosk_speaks_for_who_is_checked_in_there_alone(
    operator: httpx.AsyncClient, kiosk: httpx.AsyncClient
) -> None:
    await known(operator)
    assert (await kiosk.delete(CONSENT)).status_code == 403
    await operator.post("/api/v1/sessions", json={"station_id": "mat", "member_id": "ada-lovelace"})
    assert (await kiosk.put(CONSENT, json={"version": "1"})).status_code == 200
    assert (await kiosk.delete(CONSENT)).status_code == 200


async def test_nobody_consents_for_a_stranger(operator: httpx.AsyncClient) -> None:
    for answer in (
        await operator.get(CONSENT),
        await operator.put(CONSENT, json={"version": "1"}),
        await operator.delete(CONSENT),
    ):
        assert answer.status_code == 404
    await known(operator)
    assert (await operator.put(CONSENT, json={"version": ""})).status_code == 422
