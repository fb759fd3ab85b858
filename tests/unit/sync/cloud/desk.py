"""The whole service over ASGI, and somebody of any role and tenant who sits before it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from sync.cloud.app import Cloud
from sync.cloud.operators.roles import Role
from sync.cloud.settings import load

NORTH, SOUTH = "tenant-north", "tenant-south"
PASSWORD = "correct horse battery"  # noqa: S105 - of nobody


class Desk:
    """A service with two tenants: boxes `a` and `b` in the north, `c` in the south."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.box_tokens = {
            "a": cloud.gateways.add("a", gym_id="north", tenant_id=NORTH),
            "b": cloud.gateways.add("b", gym_id="north", tenant_id=NORTH),
            "c": cloud.gateways.add("c", gym_id="south", tenant_id=SOUTH),
        }
        self.token = cache(self._token)

    def _token(self, role: Role, tenant: str | None) -> str:
        return self.cloud.operators.tokens.create(
            f"{role} of {tenant}", role=role, tenant_id=tenant, lasts=timedelta(days=1), by="operator test"
        )[1]

    def client(self, role: Role | None = None, tenant: str | None = None) -> httpx.AsyncClient:
        """A program with a role's token, of a tenant or of the whole service; without a role, a browser."""
        headers = {} if role is None else {"Authorization": f"Bearer {self.token(role, tenant)}"}
        transport = httpx.ASGITransport(self.cloud.api, raise_app_exceptions=False)
        base_url = f"http{'s' * self.cloud.operators.secure}://cloud.test"
        return httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers)

    async def ask(
        self, role: Role, tenant: str | None, method: str, path: str, **more: Any
    ) -> httpx.Response:
        """One request."""
        async with self.client(role, tenant) as client:
            return await client.request(method, f"/api/v1/fleet{path}", **more)


@contextmanager
def desk_on_sqlite(template: Path, folder: Path, **environ: str) -> Iterator[Desk]:
    """Open one; keywords are settings, as SERVICE__URL."""
    shutil.copyfile(template, folder / "cloud.sqlite")
    settings = {f"GYMBOX_CLOUD_{name}": value for name, value in environ.items()}
    cloud = Cloud(load(None, folder=folder, environ=settings))
    try:
        yield Desk(cloud)
    finally:
        cloud.stop()
