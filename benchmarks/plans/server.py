"""What clients are timed against: `python server.py box` or `python server.py bare`. Prints port and token.

`bare` is a FastAPI application that reads a request and answers with the same bytes each time.
"""

# ruff: noqa: E402 - the packages can only be imported once the path is right

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

import uvicorn
from fastapi import FastAPI, Request, Response

from gateway.app import Box
from gateway.config.model import BoxConfig
from gateway.server import Server, bind

ANSWER = (
    b'{"model_name":"intensity","model_version":"1","outputs":[{"name":"prescription","datatype":"FP32",'
    b'"shape":[1,2],"parameters":{"binary_data_size":8}}]}'
)
FIGURES = bytes(8)
NO_BROKER = {"mqtt": {"url": "mqtt://127.0.0.1:9"}}


async def serve_box() -> None:
    """A whole box, without a broker."""
    with tempfile.TemporaryDirectory() as folder:
        box = Box(config=BoxConfig.model_validate(NO_BROKER), data_dir=Path(folder))
        await box.start()
        listener = bind("127.0.0.1", 0)
        _tell(listener.getsockname()[1], (await box.tokens.create("operator")).token)
        await Server(box.api, on_exit=box.board.close).serve([listener])
        await box.stop()


async def serve_bare() -> None:
    """The least that answers."""
    app = FastAPI()

    @app.post("/v2/models/intensity/infer")
    async def infer(request: Request) -> Response:
        await request.body()
        length = {"Inference-Header-Content-Length": str(len(ANSWER))}
        return Response(ANSWER + FIGURES, media_type="application/octet-stream", headers=length)

    listener = bind("127.0.0.1", 0)
    _tell(listener.getsockname()[1], "none")
    await uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).serve([listener])


def _tell(port: int, token: str) -> None:
    print(port, token, flush=True)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(serve_box() if sys.argv[1] == "box" else serve_bare())
