"""The whole service over ASGI, on SQLite and a folder; what it does by itself is left out."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard

from sync.cloud.api.identity import PEER
from sync.cloud.app import Cloud
from sync.cloud.gateways import Peer
from sync.cloud.settings import load
from sync.record import Record

FORM = {"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"}


@pytest.fixture
def cloud(sqlite_template: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """Settings come from a `cloud` mark: GYMBOX_CLOUD_<name>."""
    shutil.copyfile(sqlite_template, tmp_path / "cloud.sqlite")
    environ = {"SIGNING__REPOSITORY": str(tmp_path / "releases"), **getattr(request, "param", {})}
    settings = load(
        None, folder=tmp_path, environ={f"GYMBOX_CLOUD_{name}": value for name, value in environ.items()}
    )
    made = Cloud(settings)
    yield made
    made.stop()


class Box:
    """A box as the service sees it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def post(self, body: bytes, **headers: str) -> httpx.Response:
        """Send a body as it is."""
        return await self.client.post("/api/v1/records", content=body, headers={**FORM, **headers})

    async def send(self, *records: Record) -> httpx.Response:
        """Send records as boxes do."""
        return await self.post(pack("\n".join(record.to_json() for record in records).encode()))


def pack(text: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(text)


@pytest.fixture
async def connect(cloud: Cloud) -> AsyncIterator[Callable[..., Any]]:
    """Open connections: with a token, and as whom the certificate names."""
    async with AsyncExitStack() as stack:

        async def open_one(*, token: str | None = None, peer: str | None = None) -> Box:
            async def app(scope: Any, receive: Any, send: Any) -> None:
                extensions = {} if peer is None else {PEER: Peer(peer)}
                await cloud.api({**scope, "extensions": extensions}, receive, send)

            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                base_url="https://cloud.test",
                headers={} if token is None else {"Authorization": f"Bearer {token}"},
            )
            return Box(await stack.enter_async_context(client))

        yield open_one


@pytest.fixture
async def box(cloud: Cloud, connect: Callable[..., Any]) -> Box:
    """A box that was let in."""
    opened: Box = await connect(token=cloud.gateways.add("box", gym_id="gym", tenant_id="tenant"))
    return opened
