"""Every cell of the role matrix, asked of the real service; and no route stands outside of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.cloud.operators.roles import MATRIX, PERMISSIONS, ROLES, Permission, Role
from tests.unit.sync.cloud.desk import NORTH, SOUTH, Desk, desk_on_sqlite

ROLLOUT = "0badc0de"
PUBLIC = {("POST", "/session"), ("POST", "/setup")}
SOMEBODY = {("GET", "/session"), ("DELETE", "/session"), ("POST", "/password")}
# What each permission lets somebody do: method, path as the API describes it, path as asked, body.
DEEDS: dict[Permission, list[tuple[str, str, str, Any]]] = {
    "read": [
        ("GET", path, path.replace("{gateway_id}", "a").replace("{rollout_id}", ROLLOUT), None)
        for path in (
            "/overview",
            "/gateways",
            "/gateways/{gateway_id}",
            "/gateways/{gateway_id}/certificates",
            "/gateways/{gateway_id}/diagnostics",
            "/enrolments",
            "/rollouts",
            "/rollouts/{rollout_id}",
            "/jobs",
            "/models",
            "/software",
            "/tenants",
            "/alerts",
            "/audit",
            "/audit.jsonl",
        )
    ],
    "alerts": [("POST", "/alerts/{alert_id}/acknowledge", "/alerts/1/acknowledge", None)],
    "tags": [("PUT", "/gateways/{gateway_id}/tags", "/gateways/a/tags", {"tags": ["spa"]})],
    "enrolments": [
        ("POST", f"/enrolments/{{gateway_id}}/{deed}", f"/enrolments/a/{deed}", None)
        for deed in ("approve", "reject")
    ],
    "config": [
        (
            "PATCH",
            "/gateways/{gateway_id}/config",
            "/gateways/a/config",
            {"values": {"box": {"language": "zh"}}},
        )
    ],
    "jobs": [
        ("POST", "/gateways/{gateway_id}/jobs", "/gateways/a/jobs", {"kind": "reprobe_cameras"}),
        ("POST", "/jobs/{job_id}/cancel", "/jobs/0badc0de/cancel", None),
        ("GET", "/gateways/{gateway_id}/diagnostics/{job_id}", "/gateways/a/diagnostics/0badc0de", None),
    ],
    "rollouts": [
        ("POST", "/rollouts", "/rollouts", {"subject": "intensity"}),
        ("POST", "/software/{version}/withdraw", "/software/9.9/withdraw", {"reason": "bad"}),
        ("POST", "/rollouts/{rollout_id}/abort", f"/rollouts/{ROLLOUT}/abort", {"reason": "bad"}),
        *(
            ("POST", f"/rollouts/{{rollout_id}}/{deed}", f"/rollouts/{ROLLOUT}/{deed}", None)
            for deed in ("pause", "resume", "approve")
        ),
    ],
    "gateways": [
        ("POST", "/claims", "/claims", {"gateway": "new", "gym": "north", "tenant": NORTH}),
        *(
            ("POST", f"/tenants/{{tenant_id}}/{deed}", f"/tenants/{SOUTH}/{deed}", None)
            for deed in ("disable", "enable")
        ),
        ("POST", "/gateways/{gateway_id}/revoke", "/gateways/b/revoke", None),
        ("POST", "/gateways/{gateway_id}/decommission", "/gateways/b/decommission", None),
        (
            "POST",
            "/gateways/{gateway_id}/jobs",
            "/gateways/a/jobs",
            {"kind": "factory_reset", "parameters": {"confirm": "a"}},
        ),
    ],
    "operators": [
        ("GET", "/operators", "/operators", None),
        ("POST", "/operators", "/operators", {"name": "new", "role": "viewer"}),
        ("PATCH", "/operators/{name}", "/operators/nobody", {"role": "viewer"}),
        ("DELETE", "/operators/{name}", "/operators/nobody", None),
        ("POST", "/operators/{name}/setup", "/operators/nobody/setup", None),
        ("GET", "/tokens", "/tokens", None),
        ("POST", "/tokens", "/tokens", {"note": "ci", "role": "viewer", "days": 1}),
        ("DELETE", "/tokens/{token_id}", "/tokens/0badc0de", None),
    ],
}
ALL = [deed for deeds in DEEDS.values() for deed in deeds]


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One for all: what is asked here is who may, not what comes of it."""
    with desk_on_sqlite(sqlite_template, tmp_path_factory.mktemp("matrix")) as opened:
        yield opened


@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_do_what_the_matrix_says_and_no_more(
    desk: Desk, role: Role, permission: Permission
) -> None:
    async with desk.client(role, NORTH) as client:
        for method, _, path, body in DEEDS[permission]:
            answer = await client.request(method, f"/api/v1/fleet{path}", json=body)
            assert (answer.status_code != 403) == (permission in MATRIX[role]), (method, path, answer.text)
            assert answer.status_code != 401
            assert answer.status_code < 500


def test_no_route_stands_outside_of_the_matrix(desk: Desk) -> None:
    described = {
        (method.upper(), path.removeprefix("/api/v1/fleet"))
        for path, methods in desk.cloud.api.openapi()["paths"].items()
        if path.startswith("/api/v1/fleet/")
        for method in methods
    }
    assert described == {(method, path) for method, path, _, _ in ALL} | PUBLIC | SOMEBODY


async def test_nobody_does_anything_without_credentials(desk: Desk) -> None:
    async with desk.client() as client:
        for method, _, path, body in ALL:
            answer = await client.request(method, f"/api/v1/fleet{path}", json=body)
            assert answer.status_code == 401, (method, path)
            assert answer.json()["type"] == "urn:gymbox:problem:unauthorised"


async def test_a_box_of_another_tenant_is_not_there(desk: Desk) -> None:
    lists = "/gateways/{gateway_id}/diagnostics"
    async with desk.client("admin", SOUTH) as client:
        for method, described, path, body in ALL:
            if "{gateway_id}" in described and described != lists:
                answer = await client.request(method, f"/api/v1/fleet{path}", json=body)
                assert answer.status_code == 404, (method, path, answer.text)
        empty = await client.get("/api/v1/fleet/gateways/a/diagnostics")
        assert empty.json() == {"bundles": []}


async def test_lists_and_accounts_of_another_tenant_are_not_there(desk: Desk) -> None:
    desk.cloud.operators.accounts.add("nora", role="admin", tenant_id=NORTH, by="operator test")
    desk.token("viewer", NORTH)
    south = [await desk.ask("admin", SOUTH, "GET", f"/{what}") for what in ("operators", "tokens", "audit")]
    assert "nora" not in "".join(answer.text for answer in south)
    assert NORTH not in "".join(answer.text for answer in south)
    refused: list[tuple[str, str, Any]] = [
        ("PATCH", "/operators/nora", {"role": "viewer"}),
        ("POST", "/operators/nora/setup", None),
        ("DELETE", "/operators/nora", None),
        ("POST", "/operators", {"name": "spy", "role": "admin", "tenant": NORTH}),
        ("POST", "/tokens", {"note": "spy", "role": "admin", "tenant": NORTH, "days": 1}),
        ("POST", "/claims", {"gateway": "x", "gym": "north", "tenant": NORTH}),
    ]
    for method, path, body in refused:
        assert (await desk.ask("admin", SOUTH, method, path, json=body)).status_code == 404
    made = await desk.ask("admin", SOUTH, "POST", "/operators", json={"name": "sam", "role": "admin"})
    assert made.status_code == 201
    assert {each.tenant_id for each in desk.cloud.operators.accounts.all() if each.name == "sam"} == {SOUTH}
