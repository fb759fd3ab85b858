"""`gymbox operator`: who may log in at the box's pages. Also the way back in when a password is lost."""

import asyncio
import getpass
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from gateway.cli.terminal import AsJson, DataDir, ends_with, fail, out, print_json
from gateway.clock import Clock
from gateway.config.file import data_dir
from gateway.events.rows import Event, append
from gateway.operators.accounts import OperatorError, Operators
from gateway.operators.passwords import PasswordRefused
from gateway.store.store import Store, StoreError
from gateway.store.tables import MIGRATIONS, store_path

app = typer.Typer(no_args_is_help=True, help="Operator accounts. Works beside a running box.")

T = TypeVar("T")
Name = Annotated[str, typer.Argument(help="The account's name.")]
PasswordFile = Annotated[
    typer.FileText | None,
    typer.Option(
        "--password-file",
        help="Take the first line of a file, or - for standard input, instead of asking.",
        show_default=False,
    ),
]


@app.command("add")
def add(name: Name, *, password_file: PasswordFile = None, data_folder: DataDir = None) -> None:
    """Make an account."""
    password = _password(password_file)
    _with_operators(data_folder, name, "created", lambda operators: operators.create(name, password))
    out.print(f"{name} may log in", markup=False)


@app.command("list")
def list_operators(*, data_folder: DataDir = None, as_json: AsJson = False) -> None:
    """List the accounts."""
    infos = _with_operators(data_folder, None, None, lambda operators: operators.all())
    if as_json:
        print_json([info.model_dump(mode="json") for info in infos])
        return
    for info in infos:
        last = "never logged in" if info.last_login_at is None else f"{info.last_login_at:%Y-%m-%d %H:%M} UTC"
        out.print(f"{info.name:<40}  {last}", markup=False)


@app.command("remove")
def remove(name: Name, *, data_folder: DataDir = None) -> None:
    """Remove an account and end its logins; the last one stays."""
    _with_operators(data_folder, name, "removed", lambda operators: operators.remove(name))
    out.print(f"{name} is removed", markup=False)


@app.command("reset-password")
def reset_password(name: Name, *, password_file: PasswordFile = None, data_folder: DataDir = None) -> None:
    """Give an account another password, without knowing the old one; its logins end."""
    password = _password(password_file)
    _with_operators(
        data_folder, name, "password-changed", lambda operators: operators.set_password(name, password)
    )
    out.print(f"{name} has another password", markup=False)


def _password(file: typer.FileText | None) -> str:
    """Take a password from where no other user of the machine sees it: never from the command line."""
    if file is not None:
        return file.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        fail("the two are not the same")
    return password


def _with_operators(
    folder: Path | None,
    name: str | None,
    outcome: str | None,
    work: Callable[[Operators], Coroutine[Any, Any, T]],
) -> T:
    """Do it in the store, and leave in the event log what was done."""
    store = Store(path=store_path(data_dir(option=folder)), migrations=MIGRATIONS, shared=True)

    async def run() -> T:
        done = await work(Operators(store=store))
        if name is not None and outcome is not None:
            at = Clock().utc_now().isoformat()
            event = Event(at, "operator", "terminal", name, outcome, {})
            await store.write(lambda db: append(db, [event]))
        return done

    with ends_with(StoreError, OperatorError, PasswordRefused):
        try:
            store.start()
            return asyncio.run(run())
        finally:
            store.stop()
