"""The cloud's parts on SQLite and on Debian's PostgreSQL, started by the tests as somebody without rights."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uuid_utils
from sqlalchemy import URL, make_url, text

from sync.cloud.database.database import Database, DatabaseUnavailable
from sync.cloud.database.upgrade import upgrade
from sync.cloud.lake.objects import ObjectStore

from .cloud_parts import CloudParts, Records

_START_WITHIN_S = 60
_UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


def _programs() -> Path:
    """Where Debian keeps the server's programs; the test is skipped where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    program = str(found[-1]) if found else shutil.which("postgres")
    if program is None:
        pytest.skip("no postgres: apt-get install postgresql")
    return Path(program).resolve().parent


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A server of this test run alone, behind a socket in its own folder."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="gymbox-pg-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = {"user": _UNPRIVILEGED, "extra_groups": []}
        shutil.chown(folder, _UNPRIVILEGED)
    options: dict[str, Any] = {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **user}
    data = folder / "data"
    initdb: list[str | Path] = [programs / "initdb", "-D", data, "-U", "gymbox", "--auth=trust"]
    subprocess.run(
        [*initdb, "--no-sync", "--locale=C", "-E", "UTF8"], check=True, timeout=_START_WITHIN_S, **options
    )
    settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
    server = subprocess.Popen([programs / "postgres", "-D", data, *settings], **options)
    url = make_url(f"postgresql+psycopg://gymbox@/postgres?host={folder}")
    try:
        _until_it_answers(url)
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        try:
            server.wait(10)
        finally:
            server.kill()
            shutil.rmtree(folder)


def _until_it_answers(url: URL) -> None:
    deadline_s = time.monotonic() + _START_WITHIN_S
    while True:
        database = Database(url)
        try:
            return database.ping()
        except DatabaseUnavailable:
            assert time.monotonic() < deadline_s, "PostgreSQL did not start"
            time.sleep(0.05)
        finally:
            database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table: to copy it is faster than to run all migrations."""
    path = tmp_path_factory.mktemp("template") / "cloud.sqlite"
    _upgraded(make_url(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: URL) -> URL:
    """A database with every table, on the server."""
    url = _new_database(postgresql)
    _upgraded(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """The address of a database without tables, of each kind."""
    if request.param == "sqlite":
        yield make_url(f"sqlite:///{tmp_path / 'empty.sqlite'}")
        return
    url = _new_database(request.getfixturevalue("postgresql"))
    yield url
    _drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A database of its own with every table, of each kind."""
    opened: Database = request.getfixturevalue(f"{request.param}_database")
    return opened


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "cloud.sqlite"
    shutil.copyfile(sqlite_template, path)
    opened = Database(make_url(f"sqlite:///{path}"))
    yield opened
    opened.close()


@pytest.fixture
def postgresql_database(postgresql_template: URL) -> Iterator[Database]:
    opened = Database(_new_database(postgresql_template, template=postgresql_template.database))
    yield opened
    opened.close()
    _drop(opened.url)


def _upgraded(url: URL) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


def _new_database(server: URL, template: str | None = "template1") -> URL:
    name = f"t{uuid_utils.uuid7().hex}"
    _maintain(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.set(database=name)


def _drop(url: URL) -> None:
    _maintain(url, f"DROP DATABASE {url.database} WITH (FORCE)")  # each is megabytes


def _maintain(server: URL, statement: str) -> None:
    maintenance = Database(server.set(database="postgres"))
    with maintenance.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    maintenance.close()


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return ObjectStore((tmp_path / "objects").as_uri())


@pytest.fixture
def parts(database: Database, objects: ObjectStore) -> Iterator[CloudParts]:
    made = CloudParts(database, objects)
    yield made
    made.close()


@pytest.fixture
def sqlite_parts(sqlite_database: Database, objects: ObjectStore) -> Iterator[CloudParts]:
    """The same, on SQLite alone."""
    made = CloudParts(sqlite_database, objects)
    yield made
    made.close()


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def files(tmp_path: Path) -> Callable[[], list[str]]:
    """The names of all objects whose bytes are there, counted or not."""

    def listed() -> list[str]:
        folder = tmp_path / "objects"
        return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())

    return listed
