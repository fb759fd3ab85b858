"""What boxes are timed against: `serve.py cloud FOLDER BOXES`, `serve.py bare FOLDER BOXES`; prints its port.

`cloud` is the whole service on SQLite and a folder; FOLDER/tokens gets a token a line, of as many boxes, each
in a gym of its own. `bare` is a FastAPI application that unpacks a batch, reads the ids in it, keeps nothing
and says that it did. Neither ends TLS here: both would pay the same for it.
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[2])

import uvicorn
import zstandard
from fastapi import FastAPI, Request

from gateway.server import bind
from sync.cloud.app import Cloud
from sync.cloud.server import CloudServer
from sync.cloud.settings import load


def serve_cloud(folder: Path, boxes: int) -> None:
    """The whole service."""
    settings = load(None, folder=folder, environ={})
    cloud = Cloud(settings)
    cloud.start()
    tokens = [
        cloud.gateways.add(f"box-{number}", gym_id=f"gym-{number}", tenant_id="bench")
        for number in range(boxes)
    ]
    (folder / "tokens").write_text("\n".join(tokens))
    listener = bind("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    try:
        asyncio.run(CloudServer(cloud.api, cloud.tls).serve(sockets=[listener]))
    finally:
        cloud.stop()


def serve_bare(folder: Path, boxes: int) -> None:
    """The least that answers."""
    app = FastAPI()

    @app.post("/api/v1/records")
    async def take(request: Request) -> dict[str, Any]:
        text = zstandard.ZstdDecompressor().decompress(await request.body())
        return {"acknowledged": [json.loads(line)["id"] for line in text.splitlines()], "refused": []}

    (folder / "tokens").write_text("\n".join(["none"] * boxes))
    listener = bind("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    asyncio.run(server.serve([listener]))


if __name__ == "__main__":
    {"cloud": serve_cloud, "bare": serve_bare}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
