"""The cloud's API against its own description: whatever is sent to it, it never fails inside."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from sync.cloud.est import files
from tests.unit.sync.cloud.desk import Desk, desk_on_sqlite
from tests.unit.sync.cloud.simulated_fleet import empty_database

# Public pages and probes; everything else says 401 or 403 to whom it does not know.
PUBLIC = {
    "/livez",
    "/readyz",
    "/api/v1/crl",
    "/.well-known/est/cacerts",
    "/.well-known/est/csrattrs",
    "/api/v1/fleet/session",
    "/api/v1/fleet/setup",
}
EXAMPLES = 2
UNTYPED = ("application/x-ndjson", "application/pkcs10", "application/zip")


@schemathesis.serializer(*UNTYPED)
def as_text(_context: Any, value: Any) -> bytes:
    """Bodies whose form the description does not tell: anything."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("schema")
    template = folder / "template.sqlite"
    template.write_bytes(empty_database())
    files.create(folder / "ca", name="test", hosts=["localhost"], now=datetime.now(UTC))
    (folder / "scraper").write_text("a long random text")
    settings = {
        "SIGNING__REPOSITORY": str(folder / "releases"),
        "SERVICE__METRICS_TOKEN_FILE": str(folder / "scraper"),
    }
    with desk_on_sqlite(template, folder, **settings) as opened:
        yield opened


@pytest.mark.slow
def test_nothing_that_is_sent_makes_it_fail(desk: Desk) -> None:
    described = schemathesis.openapi.from_asgi("/api/v1/openapi.json", desk.cloud.api)
    tokens = (desk.token("admin", None), desk.box_tokens["a"])
    asked = 0
    for each in described.get_all_operations():
        assert isinstance(each, Ok), each
        operation = each.ok()

        @given(operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def send(case: Any) -> None:
            for token in tokens:
                answer = case.call(headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code < 500, (case.as_curl_command(), answer.text)

        send()
        asked += 1
    assert asked > 40


async def test_nobody_gets_anything_but_the_public_pages(desk: Desk) -> None:
    described = desk.cloud.api.openapi()["paths"]
    values = {
        "name": "config",
        "gateway_id": "a",
        "path": "x",
        "rollout_id": "0",
        "job_id": "0",
        "token_id": "0" * 8,
    }
    async with desk.client() as client:
        for path, methods in described.items():
            asked = path
            for name, value in values.items():
                asked = asked.replace(f"{{{name}}}", value)
            asked = asked.replace("{alert_id}", "1").replace("{round_id}", "0")
            for method in methods:
                answer = await client.request(method, asked, headers={"Content-Type": "application/pkcs10"})
                if path not in PUBLIC:
                    assert answer.status_code in {401, 403}, (method, path, answer.status_code)
