from sync.cloud.shadows.store import change
from tests.unit.sync.cloud.desk import NORTH, SOUTH, Desk

HEALTH = {
    "parts": {"mqtt": {"state": "ok", "reason": ""}, "cameras": {"state": "degraded", "reason": "no frame"}},
    "versions": {"software": "1.4.2"},
    "disk": {"free_bytes": 1, "total_bytes": 4},
    "outbox": {"depth": 3, "oldest_s": 12.5},
    "clock": {"off_s": 0.4, "synchronised": True},
}


def report(desk: Desk, box: str, name: str, fields: dict[str, object]) -> None:
    database = desk.cloud.database
    with database.write() as session:
        change(session, box, name, "reported", fields, now=desk.cloud.gateways._clock())


async def found(desk: Desk, **wanted: str) -> list[str]:
    answer = await desk.ask("viewer", None, "GET", "/gateways", params=wanted)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["gateways"]]


async def test_a_box_is_shown_with_what_it_says_of_itself(desk: Desk) -> None:
    report(desk, "a", "health", HEALTH)
    report(desk, "a", "models", {"intensity": {"version": "v7", "state": "active"}})
    answer = await desk.ask("viewer", NORTH, "GET", "/gateways/a")
    box = answer.json()
    assert (box["id"], box["gym"], box["tenant"], box["state"]) == ("a", "north", NORTH, "never")
    assert box["health"] == "degraded"
    assert box["parts"]["cameras"] == {"state": "degraded", "reason": "no frame"}
    assert box["versions"] == {"software": "1.4.2"}
    assert box["models"] == {"intensity": "v7"}
    assert (box["disk_free"], box["outbox_depth"], box["clock_off_s"]) == (0.25, 3, 0.4)
    assert box["shadows"]["health"]["reported"] == HEALTH
    assert box["shadows"]["health"]["version"] == 1


async def test_boxes_are_found_by_id_gym_tag_version_and_state(desk: Desk) -> None:
    report(desk, "b", "health", HEALTH)
    await desk.ask("operator", None, "PUT", "/gateways/c/tags", json={"tags": ["ring=early", "spa"]})
    assert await found(desk) == ["a", "b", "c"]
    assert await found(desk, q="SOUTH") == ["c"]
    assert await found(desk, q="ring=e") == ["c"]
    assert await found(desk, q="1.4.2") == ["b"]
    assert await found(desk, q="1.4") == []
    assert await found(desk, q="%") == []
    assert await found(desk, tag="spa") == ["c"]
    assert await found(desk, tag="sp") == []
    assert await found(desk, gym="north") == ["a", "b"]
    assert await found(desk, state="never") == ["a", "b", "c"]
    desk.cloud.gateways.by_token(desk.box_tokens["a"])
    desk.cloud.gateways.note_seen()
    assert await found(desk, state="online") == ["a"]
    desk.cloud.gateways.revoke("b")
    assert await found(desk, state="revoked") == ["b"]
    assert await found(desk, state="never") == ["c"]


async def test_a_page_ends_with_a_cursor_for_the_next(desk: Desk) -> None:
    first = (await desk.ask("viewer", None, "GET", "/gateways?limit=2")).json()
    assert ([each["id"] for each in first["gateways"]], first["cursor"]) == (["a", "b"], "b")
    rest = (await desk.ask("viewer", None, "GET", f"/gateways?limit=2&cursor={first['cursor']}")).json()
    assert ([each["id"] for each in rest["gateways"]], rest["cursor"]) == (["c"], None)


async def test_nothing_of_another_tenant_is_seen_or_changed(desk: Desk) -> None:
    page = (await desk.ask("admin", NORTH, "GET", "/gateways")).json()
    assert [each["id"] for each in page["gateways"]] == ["a", "b"]
    assert (await desk.ask("admin", NORTH, "GET", "/gateways/c")).status_code == 404
    put = await desk.ask("admin", NORTH, "PUT", "/gateways/c/tags", json={"tags": ["mine"]})
    assert put.status_code == 404
    assert (await desk.ask("viewer", SOUTH, "GET", "/gateways/c")).json()["tags"] == []
    assert (await desk.ask("viewer", SOUTH, "GET", "/overview")).json()["total"] == 1


async def test_tags_are_replaced_and_audited(desk: Desk) -> None:
    for tags in (["b", "a", "a"], ["c=d"], []):
        answer = await desk.ask("operator", NORTH, "PUT", "/gateways/a/tags", json={"tags": tags})
        assert answer.json() == {"tags": sorted(set(tags))}
    lines = (await desk.ask("viewer", NORTH, "GET", "/audit?action=gateway.tags")).json()["lines"]
    assert [line["detail"]["tags"] for line in lines] == [[], ["c=d"], ["a", "b"]]
    assert {line["subject"] for line in lines} == {"a"}


async def test_a_tag_that_rollouts_would_misread_is_refused(desk: Desk) -> None:
    for tag in ("", "UPPER", "two words", "gym=south", "tenant=x", "gateway=c", "a=b=c", "a" * 40):
        answer = await desk.ask("operator", NORTH, "PUT", "/gateways/a/tags", json={"tags": [tag]})
        assert answer.status_code == 409, tag
        assert "tag" in answer.json()["detail"] or "given" in answer.json()["detail"]


async def test_who_has_the_newest_answer_is_told_so(desk: Desk) -> None:
    async with desk.client("viewer", NORTH) as client:
        first = await client.get("/api/v1/fleet/gateways")
        tag = first.headers["etag"]
        again = await client.get("/api/v1/fleet/gateways", headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        report(desk, "a", "health", HEALTH)
        changed = await client.get("/api/v1/fleet/gateways", headers={"If-None-Match": tag})
        assert changed.status_code == 200
        assert "private" in changed.headers["cache-control"]
