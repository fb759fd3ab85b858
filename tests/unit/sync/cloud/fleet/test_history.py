import json

from sync.cloud import audit
from tests.unit.sync.cloud.desk import NORTH, SOUTH, Desk


def write(desk: Desk, *lines: tuple[str | None, str, str, str]) -> None:
    now = desk.cloud.gateways._clock()
    with desk.cloud.database.write() as session:
        audit.append(
            session,
            *(
                audit.Line(at=now, tenant_id=tenant, actor=actor, action=action, subject=subject, detail={})
                for tenant, actor, action, subject in lines
            ),
        )


async def test_lines_are_found_by_who_what_and_whom(desk: Desk) -> None:
    write(
        desk,
        (NORTH, "operator ana", "x.one", "gateway a"),
        (NORTH, "operator ben", "x.two", "gateway b"),
        (SOUTH, "operator ana", "x.one", "gateway c"),
        (None, "service", "x.three", "100%"),
    )

    async def subjects(query: str, tenant: str | None = None) -> list[str]:
        page = (await desk.ask("viewer", tenant, "GET", f"/audit?action=x.&{query}")).json()
        return [line["subject"] for line in page["lines"]]

    assert await subjects("") == ["100%", "gateway c", "gateway b", "gateway a"]
    assert await subjects("actor=ana") == ["gateway c", "gateway a"]
    assert await subjects("actor=ana", NORTH) == ["gateway a"]
    assert await subjects("subject=%25") == ["100%"]
    assert await subjects("subject=_") == []
    assert await subjects("", SOUTH) == ["gateway c"]


async def test_pages_go_back_to_the_beginning(desk: Desk) -> None:
    write(desk, *((NORTH, "operator ana", "x.deed", str(number)) for number in range(5)))
    seen, before = [], ""
    while True:
        page = (await desk.ask("viewer", NORTH, "GET", f"/audit?action=x.&limit=2{before}")).json()
        seen += [line["subject"] for line in page["lines"]]
        if page["before"] is None:
            break
        before = f"&before={page['before']}"
    assert seen == ["4", "3", "2", "1", "0"]


async def test_the_export_has_every_line_with_its_hash(desk: Desk) -> None:
    write(desk, *((None, "service", "x.deed", str(number)) for number in range(3)))
    answer = await desk.ask("viewer", None, "GET", "/audit.jsonl")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    assert {len(line["hash"]) for line in lines} == {64}
    assert [line["subject"] for line in lines if line["action"] == "x.deed"] == ["0", "1", "2"]
