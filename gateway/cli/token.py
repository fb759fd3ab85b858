"""`gymbox token`: who may speak to the box."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from gateway.cli.terminal import AsJson, DataDir, ends_with, out, print_json, somebody
from gateway.clock import Clock
from gateway.config.file import data_dir
from gateway.events.rows import Event, append
from gateway.store.store import Store, StoreError
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tokens import Tokens, TokenUnknown

app = typer.Typer(no_args_is_help=True, help="API tokens: create, list, revoke. Works beside a running box.")

T = TypeVar("T")


@app.command("create")
def create(
    *,
    role: Annotated[Literal["kiosk", "operator", "fleet"], typer.Option(help="What the token may do.")],
    station: Annotated[str | None, typer.Option(help="The station of a kiosk's token.")] = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it; it is shown this once."""
    new = _with_tokens(
        data_folder,
        lambda tokens: tokens.create(role, station),
        lambda made: _event(made.info.id, "created", {"role": role}),
    )
    if as_json:
        print_json({"id": new.info.id, "role": role, "station_id": station, "token": new.token})
    else:
        out.print(new.token)


@app.command("list")
def list_tokens(*, data_folder: DataDir = None, as_json: AsJson = False) -> None:
    """List every token, without the tokens themselves."""
    infos = _with_tokens(data_folder, lambda tokens: tokens.all())
    if as_json:
        print_json([info.model_dump(mode="json") for info in infos])
        return
    for info in infos:
        state = "revoked" if info.revoked_at else "valid"
        out.print(f"{info.id}  {info.role:<8}  {info.station_id or '-':<16}  {state}")


@app.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(help="The id that list shows.")], *, data_folder: DataDir = None
) -> None:
    """End a token at once."""
    _with_tokens(data_folder, lambda tokens: tokens.revoke(token_id), lambda _: _event(token_id, "revoked"))
    out.print(f"{token_id} is revoked")


def _event(token_id: str, outcome: str, detail: dict[str, Any] | None = None) -> Event:
    return Event(Clock().utc_now().isoformat(), "token", somebody(), token_id, outcome, detail or {})


def _with_tokens(
    folder: Path | None,
    work: Callable[[Tokens], Coroutine[Any, Any, T]],
    told: Callable[[T], Event] | None = None,
) -> T:
    """Do it in the store, and leave in the event log what was done."""
    store = Store(path=store_path(data_dir(option=folder)), migrations=MIGRATIONS, shared=True)

    async def run() -> T:
        done = await work(Tokens(store=store))
        if told is not None:
            await store.write(partial(append, events=[told(done)]))
        return done

    with ends_with(StoreError, ValueError, TokenUnknown):
        try:
            store.start()
            return asyncio.run(run())
        finally:
            store.stop()
