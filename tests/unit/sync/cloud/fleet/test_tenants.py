"""Keeping all boxes of somebody outside, over the service's own API."""

import httpx

from tests.unit.sync.cloud.desk import NORTH, SOUTH, Desk


async def calls(desk: Desk, box: str) -> int:
    """What a box hears."""
    transport = httpx.ASGITransport(desk.cloud.api)
    headers = {"Authorization": f"Bearer {desk.box_tokens[box]}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud", headers=headers) as client:
        return (await client.get("/api/v1/identity")).status_code


async def test_a_tenant_is_sent_out_and_let_in_again(desk: Desk) -> None:
    for _ in range(2):  # again changes nothing
        answer = await desk.ask("admin", None, "POST", f"/tenants/{SOUTH}/disable")
        assert answer.status_code == 204
    assert [await calls(desk, box) for box in "abc"] == [200, 200, 403]
    listed = (await desk.ask("viewer", None, "GET", "/tenants")).json()["tenants"]
    assert [(each["id"], each["boxes"], each["disabled_at"] is None) for each in listed] == [
        (NORTH, 2, True),
        (SOUTH, 1, False),
    ]
    assert (await desk.ask("admin", None, "POST", f"/tenants/{SOUTH}/enable")).status_code == 204
    assert await calls(desk, "c") == 200
    told = (await desk.ask("admin", None, "GET", "/audit")).json()["lines"]
    about = [each["action"] for each in told if each["action"].startswith("tenant.")]
    assert sorted(about) == ["tenant.disable", "tenant.enable"]
    (disabled,) = [each for each in told if each["action"] == "tenant.disable"]
    assert (disabled["tenant"], disabled["actor"].split()[0]) == (SOUTH, "token")


async def test_boxes_that_were_sent_away_do_not_count(desk: Desk) -> None:
    desk.cloud.gateways.revoke("a")
    desk.cloud.gateways.decommission("c")
    listed = (await desk.ask("viewer", None, "GET", "/tenants")).json()["tenants"]
    assert [(each["id"], each["boxes"]) for each in listed] == [(NORTH, 1), (SOUTH, 0)]


async def test_a_tenant_sees_itself_alone_and_cannot_let_itself_in(desk: Desk) -> None:
    desk.cloud.gateways.disable_tenant(SOUTH, disabled=True)
    listed = (await desk.ask("admin", SOUTH, "GET", "/tenants")).json()["tenants"]
    assert [each["id"] for each in listed] == [SOUTH]
    for tenant in (NORTH, SOUTH, "nobody"):
        answer = await desk.ask("admin", SOUTH, "POST", f"/tenants/{tenant}/enable")
        assert (answer.status_code, answer.json()["detail"]) == (
            409,
            "Only who looks after the whole service may do this.",
        )
    assert await calls(desk, "c") == 403


async def test_a_tenant_that_is_not_there(desk: Desk) -> None:
    answer = await desk.ask("admin", None, "POST", "/tenants/nobody/disable")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no tenant nobody.")
