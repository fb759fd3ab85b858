"""The box's API against its own description: whatever is sent to it, it never fails inside."""

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.schemas import OpenApiSchema

if TYPE_CHECKING:
    from .conftest import ApiBox

EXAMPLES = 2
# These answer for as long as somebody listens.
STREAMS = ("/events", "/pictures", "/preview.mjpg", "/skeleton")
ANSWER_S = 20.0


def cases(described: OpenApiSchema) -> list[Any]:
    """Some requests for every operation of the description, always the same."""
    found: list[Any] = []
    for each in described.get_all_operations():
        assert isinstance(each, Ok), each
        operation = each.ok()
        if operation.method == "get" and operation.path.endswith(STREAMS):
            continue

        @given(operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def collect(case: Any) -> None:
            found.append(case)

        collect()
    return found


@pytest.mark.slow
async def test_nothing_that_is_sent_makes_it_fail(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    described = schemathesis.openapi.from_dict(box.app.openapi())
    sent = await asyncio.to_thread(cases, described)
    for case in sent:
        told = case.as_transport_kwargs(base_url="http://box.lan")
        wanted = {key: told.get(key) for key in ("params", "json", "data") if told.get(key)}
        if isinstance(wanted.get("data"), bytes | str):
            wanted["content"] = wanted.pop("data")
        headers = {name: value for name, value in told["headers"].items() if name.lower() != "user-agent"}
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await operator.request(told["method"], told["url"], headers=headers, **wanted)
        except httpx.InvalidURL:
            continue
        assert answer.status_code < 500, (case.as_curl_command(), answer.text)
    assert len(sent) > 80
