"""What boxes ask: `serve.py cloud FOLDER BOXES` or `serve.py bare FOLDER BOXES`; prints its port.

`cloud` is the whole service with an authority of its own; FOLDER/boxes gets key and certificate of each box.
`bare` is a FastAPI application with one route that knows nobody, behind the same mutual TLS.
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[0] = str(Path(__file__).resolve().parents[2])

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from gateway.server import bind
from sync.cloud.app import Cloud
from sync.cloud.database.upgrade import upgrade
from sync.cloud.est import files
from sync.cloud.est.tables import CertificateRow
from sync.cloud.gateway_rows import let_in
from sync.cloud.server import CloudServer, peer_of, short_pauses
from sync.cloud.settings import load
from sync.cloud.shadows.store import change_many

if TYPE_CHECKING:
    from sync.cloud.database.database import Database

CORES = 2
DOCUMENTS = ("config", "models", "software", "health")


def main(kind: str, folder: Path, boxes: int) -> None:
    """Serve until a signal."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    files.create(folder / "ca", name="bench", hosts=["localhost"], now=datetime.now(UTC))
    settings = load(None, folder=folder, environ={})
    cloud = Cloud(settings)
    upgrade(cloud.database)
    enrol(cloud.database, folder, boxes)
    cloud.start()
    listener = bind("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    try:
        with short_pauses():
            if kind == "cloud":
                asyncio.run(CloudServer(cloud.api, cloud.tls).serve(sockets=[listener]))
            else:
                cloud.chores.stop()
                asyncio.run(bare(folder).serve(sockets=[listener]))
    finally:
        cloud.stop()


def bare(folder: Path) -> uvicorn.Server:
    """The least that answers."""
    app = FastAPI()
    tag = '"1"'

    @app.get("/api/v1/shadows", response_model=None)
    async def read(request: Request) -> Response:
        has_it = request.headers.get("if-none-match") == tag
        headers = {"ETag": tag}
        return Response(status_code=304, headers=headers) if has_it else JSONResponse({}, headers=headers)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "ca" / "server.pem")
    context.load_verify_locations(folder / "ca" / "root.pem")
    context.load_verify_locations(folder / "ca" / "issuing.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    config = uvicorn.Config(
        app, http="h11", log_config=None, access_log=False, lifespan="off", timeout_keep_alive=75,
        ssl_context_factory=lambda _config, _default: context,
    )  # fmt: skip
    return uvicorn.Server(config)


def enrol(database: Database, folder: Path, boxes: int) -> None:
    """Boxes with certificates and documents, as they are after a year; each in a gym of its own."""
    authority, now = files.FileAuthority(folder / "ca"), datetime.now(UTC)
    (folder / "boxes").mkdir()
    names = [f"box-{number}" for number in range(boxes)]
    with database.write() as session:
        for name in names:
            let_in(session, name, gym_id=f"gym-{name}", tenant_id="bench", now=now)
            key = ec.generate_private_key(ec.SECP256R1())
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
            request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
            chain = authority.issue(request, now)
            peer = peer_of(chain[0].public_bytes(Encoding.DER))
            assert peer is not None  # noqa: S101 - it was made here
            pem = b"".join(each.public_bytes(Encoding.PEM) for each in chain)
            private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (folder / "boxes" / f"{name}.pem").write_bytes(private + pem)
            session.add(
                CertificateRow(
                    issuer=peer.issuer,
                    serial=peer.serial,
                    gateway_id=name,
                    key_sha256="",
                    chain=pem.decode(),
                    not_before=chain[0].not_valid_before_utc,
                    not_after=chain[0].not_valid_after_utc,
                    issued_at=now,
                    first_used_at=now,
                )
            )
        said = {"version": "1", "state": "active", "reason": ""}
        for document in DOCUMENTS:
            change_many(session, document, "reported", {name: {"x": said} for name in names}, now=now)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
