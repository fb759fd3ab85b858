"""The code on a kiosk's welcome: whose it is, what a phone may do with it, and when it is worth nothing."""

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from gateway.handovers import VALID_S
from gateway.members.members import MemberProfile

if TYPE_CHECKING:
    import httpx

    from .conftest import ApiBox

OFFER = "/api/v1/stations/mat/handover"
OPEN = "/api/v1/handover"
CHECK_IN = "/api/v1/handover/check-in"
PHONE = "192.0.2.77"


async def ticket_of(kiosk: "httpx.AsyncClient") -> str:
    answer = await kiosk.post(OFFER)
    assert answer.status_code == 201
    return str(urlsplit(answer.json()["url"]).fragment)


def problem(answer: "httpx.Response") -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:gymbox:problem:")


# The offer.


async def test_a_kiosk_gets_a_code_of_its_own_station_whose_ticket_no_log_sees(
    box: "ApiBox", kiosk: "httpx.AsyncClient", stranger: "httpx.AsyncClient"
) -> None:
    offer = (await kiosk.post(OFFER)).json()
    url = urlsplit(offer["url"])
    assert (url.scheme, url.netloc, url.path, url.query) == ("http", "box.lan", "/phone", "")
    assert len(url.fragment) >= 20
    assert offer["qr"].startswith("<svg")
    assert 0 < offer["renew_in_s"] < VALID_S
    assert (await stranger.post(OFFER)).status_code == 401
    assert problem(await kiosk.post("/api/v1/stations/run/handover")) == (403, "forbidden")
    assert problem(await kiosk.post("/api/v1/stations/none/handover")) == (403, "forbidden")
    async with box.client((await box.tokens.create("fleet")).token) as fleet:
        assert problem(await fleet.post(OFFER)) == (403, "forbidden")


async def test_there_is_none_while_somebody_trains_and_one_from_before_is_over(
    kiosk: "httpx.AsyncClient", stranger: "httpx.AsyncClient"
) -> None:
    ticket = await ticket_of(kiosk)
    started = await kiosk.post("/api/v1/sessions", json={"station_id": "mat", "member_id": "ada"})
    assert problem(await kiosk.post(OFFER)) == (409, "station-busy")
    assert problem(await stranger.post(OPEN, json={"ticket": ticket})) == (410, "handover-over")
    await kiosk.post(f"{started.headers['location']}/end")
    assert problem(await stranger.post(OPEN, json={"ticket": ticket})) == (410, "handover-over")
    assert await ticket_of(kiosk)


async def test_there_is_none_that_no_phone_could_follow(
    box: "ApiBox", monkeypatch: pytest.MonkeyPatch
) -> None:
    token = (await box.tokens.create("kiosk", "mat")).token
    async with box.client(token, base_url="http://127.0.0.1:8080") as screen:
        assert problem(await screen.post(OFFER)) == (409, "no-way-for-phones"), "it keeps to the machine"
        http = box.services.configuration.config.http.model_copy(update={"host": "0.0.0.0"})  # noqa: S104 - is only said
        monkeypatch.setattr(
            box.services.configuration,
            "config",
            box.services.configuration.config.model_copy(update={"http": http}),
        )
        monkeypatch.setattr("gateway.api.handover.lan_address", lambda: None)
        assert problem(await screen.post(OFFER)) == (409, "no-way-for-phones"), "there is no network"
        for module in ("gateway.api.handover", "gateway.discovery.addresses"):
            monkeypatch.setattr(f"{module}.lan_address", lambda: "192.0.2.4")
        assert urlsplit((await screen.post(OFFER)).json()["url"]).netloc == "192.0.2.4:8080"


# The phone.


async def test_a_phone_checks_in_and_its_ticket_is_over(
    box: "ApiBox", kiosk: "httpx.AsyncClient", stranger: "httpx.AsyncClient"
) -> None:
    ticket, older = await ticket_of(kiosk), await ticket_of(kiosk)
    opened = await stranger.post(OPEN, json={"ticket": ticket})
    assert opened.json() == {
        "station": {"id": "mat", "name": "Mat"},
        "ends_in_s": VALID_S,
        "has_camera": True,
        "exercises": ["pushup", "squat"],
        "devices": [{"id": "band1", "kind": "heart_rate", "link": "never", "rssi_dbm": None}],
        "regulars": [],
    }
    body = {"ticket": ticket, "member_id": "ada", "band_id": "band1", "exercise": "squat"}
    answer = await stranger.post(CHECK_IN, json=body)
    assert (answer.status_code, answer.json()) == (201, {"station": {"id": "mat", "name": "Mat"}})
    session = box.sessions.active_at("mat")
    assert session is not None
    assert (session.member_id, session.band_id, session.exercise) == ("ada", "band1", "squat")
    for spent in (ticket, older):
        assert problem(await stranger.post(OPEN, json={"ticket": spent})) == (410, "handover-over")
        assert problem(await stranger.post(CHECK_IN, json={**body, "ticket": spent})) == (
            410,
            "handover-over",
        )


async def test_a_phone_is_told_who_may_tap_their_name_as_the_wall_shows_it_and_nothing_of_their_bodies(
    box: "ApiBox", kiosk: "httpx.AsyncClient", stranger: "httpx.AsyncClient"
) -> None:
    profile = MemberProfile(display_name="Ada Lovelace", birth_year=1990, weight_kg=61.5)
    await box.members.put("ada", profile)
    await box.pins.put("ada", "2718")
    body = {"station_id": "mat", "member_id": "ada", "pin": "2718"}
    started = await kiosk.post("/api/v1/sessions", json=body)
    await kiosk.post(f"{started.headers['location']}/end")
    opened = await stranger.post(OPEN, json={"ticket": await ticket_of(kiosk)})
    assert opened.json()["regulars"] == [{"id": "ada", "name": "Ada L."}]
    assert not any(word in opened.text for word in ("Lovelace", "1990", "61.5"))


async def test_who_has_a_pin_says_it_and_guessing_it_has_to_wait(
    box: "ApiBox", kiosk: "httpx.AsyncClient", stranger: "httpx.AsyncClient"
) -> None:
    await box.members.put("ada", MemberProfile(display_name="Ada"))
    await box.pins.put("ada", "2718")
    body: dict[str, Any] = {"ticket": await ticket_of(kiosk), "member_id": "ada"}
    assert problem(await stranger.post(CHECK_IN, json=body)) == (403, "pin-needed")
    for _ in range(5):
        assert problem(await stranger.post(CHECK_IN, json={**body, "pin": "1111"})) == (403, "pin-wrong")
    right = {**body, "pin": "2718"}
    assert problem(await stranger.post(CHECK_IN, json=right)) == (429, "too-many-failures")
    at_the_kiosk = {"station_id": "mat", "member_id": "ada", "pin": "2718"}
    assert problem(await kiosk.post("/api/v1/sessions", json=at_the_kiosk)) == (429, "too-many-failures")
    box.now_s += 60
    assert (await stranger.post(CHECK_IN, json=right)).status_code == 201, "the ticket held all the while"


async def test_a_ticket_is_good_for_a_check_in_at_its_own_station_for_two_minutes_and_for_nothing_else(
    box: "ApiBox", kiosk: "httpx.AsyncClient", stranger: "httpx.AsyncClient"
) -> None:
    ticket = await ticket_of(kiosk)
    async with box.client(ticket) as phone:
        for path in ("stations/mat", "stations", "devices", "members/ada", "stations/mat/regulars"):
            assert (await phone.get(f"/api/v1/{path}")).status_code == 401
    assert (await stranger.get(f"/kiosk/mat?token={ticket}")).status_code == 401
    body = {"ticket": ticket, "member_id": "ada"}
    elsewhere = await stranger.post(CHECK_IN, json={**body, "station_id": "run"})
    assert problem(elsewhere) == (422, "invalid-request"), "there is no way to name another"
    assert problem(await stranger.post(CHECK_IN, json={**body, "exercise": "curl"}))[0] == 422
    box.now_s += VALID_S
    assert problem(await stranger.post(CHECK_IN, json=body)) == (410, "handover-over")
    assert box.sessions.active() == ()


async def test_two_phones_at_once_are_one_check_in(
    box: "ApiBox", kiosk: "httpx.AsyncClient", stranger: "httpx.AsyncClient"
) -> None:
    ticket, other = await ticket_of(kiosk), await ticket_of(kiosk)
    bodies = [{"ticket": each, "member_id": f"m{n}"} for n, each in enumerate((ticket, ticket, other))]
    answers = await asyncio.gather(*(stranger.post(CHECK_IN, json=body) for body in bodies))
    assert sorted(each.status_code for each in answers) in ([201, 409, 410], [201, 410, 410])
    assert len(box.sessions.active()) == 1


async def test_a_code_is_worth_nothing_once_its_screen_is_signed_out(
    box: "ApiBox", stranger: "httpx.AsyncClient"
) -> None:
    made = await box.tokens.create("kiosk", "mat")
    async with box.client(made.token) as screen:
        ticket = await ticket_of(screen)
    assert (await stranger.post(OPEN, json={"ticket": ticket})).status_code == 200
    await box.tokens.revoke(made.info.id)
    for path, more in ((OPEN, {}), (CHECK_IN, {"member_id": "ada"})):
        answer = await stranger.post(path, json={"ticket": ticket, **more})
        assert problem(answer) == (410, "handover-over")
    assert box.sessions.active() == ()


async def test_guessing_tickets_has_to_wait_and_nobody_else_does(
    box: "ApiBox", kiosk: "httpx.AsyncClient"
) -> None:
    ticket = await ticket_of(kiosk)
    async with box.client(address=PHONE) as guesser, box.client() as phone:
        for path in (OPEN, CHECK_IN):
            for n in range(5):
                body = {"ticket": f"guess{n}"} | ({"member_id": "ada"} if path == CHECK_IN else {})
                assert problem(await guesser.post(path, json=body)) == (410, "handover-over")
        assert problem(await guesser.post(OPEN, json={"ticket": ticket})) == (429, "too-many-failures")
        assert (await phone.post(OPEN, json={"ticket": ticket})).status_code == 200
