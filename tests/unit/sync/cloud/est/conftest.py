"""The service with an authority of its own, and boxes that speak EST with it as they would by hand."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import FastAPI

from provisioning.identity import messages
from sync.cloud import audit
from sync.cloud.api import problem
from sync.cloud.api.identity import PEER
from sync.cloud.database.database import Database
from sync.cloud.est import files
from sync.cloud.est.enrolments import Enrolments
from sync.cloud.est.service import Identities, named_by
from sync.cloud.gateways import Gateways, Peer
from sync.cloud.server import peer_of
from sync.cloud.settings import load
from tests.unit.sync.cloud.tls import Authority

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORM = {"Content-Type": "application/pkcs10"}


@pytest.fixture(scope="session")
def authority_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "ca"
    files.create(folder, name="Test", hosts=["localhost", "127.0.0.1"], now=BEGIN)
    return folder


@dataclass
class Cloud:
    """Of the cloud what identity is about: the rest of it would cost more than the tests."""

    database: Database
    gateways: Gateways
    identities: Identities
    api: FastAPI

    @property
    def enrolments(self) -> Enrolments:
        return self.identities.enrolments


@dataclass
class Service:
    """The service, and its clock."""

    cloud: Cloud
    now: datetime = BEGIN

    def clock(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def claim(self, box: str = "box-1", **options: Any) -> tuple[str, str]:
        """The login that lets a box enrol."""
        text = self.cloud.enrolments.claim(box, gym_id="gym", tenant_id="tenant", **options)
        gateway_id, _, secret = text.partition(":")
        return gateway_id, secret

    def audited(self) -> list[str]:
        with self.cloud.database.read() as session:
            assert audit.verify(session) is None
            return [line.action for _, line in audit.read(session)]


@pytest.fixture
def factory(tmp_path: Path) -> Authority:
    """Who made the boxes."""
    return Authority(tmp_path, "factory")


@pytest.fixture
def gym(tmp_path: Path) -> Authority:
    """An authority of the operator's own."""
    return Authority(tmp_path, "gym")


@pytest.fixture
def service(
    sqlite_template: Path, authority_folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Service]:
    """Settings come from the parameter: GYMBOX_CLOUD_<name>."""
    for name in ("factory", "gym"):  # their files
        request.getfixturevalue(name)
    shutil.copyfile(sqlite_template, tmp_path / "cloud.sqlite")
    shutil.copytree(authority_folder, tmp_path / "ca")
    environ = {f"GYMBOX_CLOUD_{name}": str(value) for name, value in getattr(request, "param", {}).items()}
    settings = load(None, folder=tmp_path, environ=environ)
    database = Database(settings.database.address())
    made = Service.__new__(Service)
    made.now = BEGIN
    by_name = named_by(settings.service, settings.identity)
    gateways = Gateways(database, clock=made.clock, named_by=by_name)
    identities = Identities(
        database, gateways, service=settings.service, identity=settings.identity, clock=made.clock
    )
    made.cloud = Cloud(database, gateways, identities, _api(gateways, identities))
    yield made
    database.close()


def _api(gateways: Gateways, identities: Identities) -> FastAPI:
    api = FastAPI()
    api.state.gateways = gateways
    problem.install(api)
    api.include_router(identities.routes())
    return api


@dataclass
class Box:
    """A box by hand: a key, and what it asks."""

    client: httpx.AsyncClient
    peer: Peer | None = None
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    async def enroll(
        self,
        login: tuple[str, str] | None = None,
        *,
        name: str = "box-1",
        body: bytes | None = None,
        **headers: str,
    ) -> httpx.Response:
        sent = messages.to_wire(messages.make_request(self.key, name)) if body is None else body
        url = f"{messages.WELL_KNOWN}/simpleenroll"
        return await self.client.request("POST", url, content=sent, headers={**FORM, **headers}, auth=login)

    async def reenroll(self, body: bytes, **headers: str) -> httpx.Response:
        return await self.client.post(
            f"{messages.WELL_KNOWN}/simplereenroll", content=body, headers={**FORM, **headers}
        )


@pytest.fixture
async def connect(service: Service) -> AsyncIterator[Callable[..., Any]]:
    """Boxes, each on a connection of its own that shows this certificate."""
    clients = []

    async def open_one(shown: x509.Certificate | Peer | None = None) -> Box:
        peer = peer_of(shown.public_bytes(Encoding.DER)) if isinstance(shown, x509.Certificate) else shown

        async def app(scope: Any, receive: Any, send: Any) -> None:
            extensions = {} if peer is None else {PEER: peer}
            await service.cloud.api({**scope, "extensions": extensions}, receive, send)

        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="https://cloud.test")
        clients.append(client)
        return Box(client, peer)

    yield open_one
    for client in clients:
        await client.aclose()


@pytest.fixture
async def box(connect: Callable[..., Any]) -> Box:
    opened: Box = await connect()
    return opened


def leaf(answer: httpx.Response) -> x509.Certificate:
    """The box's certificate in an answer."""
    assert answer.status_code == 200, answer.text
    found = messages.read_certificates(answer.content)
    return next(each for each in found if each.subject.rfc4514_string() == "CN=box-1")
