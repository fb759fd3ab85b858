"""Records as Parquet, written and read by DuckDB. The only file of the package that knows it."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final, TypeAlias

import duckdb

Connection: TypeAlias = duckdb.DuckDBPyConnection
QueryError: TypeAlias = duckdb.Error

_TYPES: Final = {
    "id": "VARCHAR",
    "kind": "VARCHAR",
    "gateway_id": "VARCHAR",
    "gym_id": "VARCHAR",
    "member": "VARCHAR",
    "created_at": "TIMESTAMP",
    "received_at": "TIMESTAMP",
    "schema": "INTEGER",
    "body": "VARCHAR",
    "clock": "VARCHAR",
}
_Settings: TypeAlias = dict[str, str | bool | int | float | list[str]]
_SETTINGS: Final[_Settings] = {
    "autoinstall_known_extensions": False,  # nothing is fetched while the service runs
    "autoload_known_extensions": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """One record as it lies in the lake; moments are UTC, `body` is JSON, `clock` as in `sync.record`."""

    id: str
    kind: str
    gateway_id: str
    gym_id: str
    member: str | None
    created_at: datetime
    received_at: datetime
    schema: int
    body: str
    clock: str | None = None


def connect(*, threads: int = 1, memory: str = "1GB", spill: Path | None = None) -> Connection:
    """Open a DuckDB in memory that fetches no extension; the caller closes it.

    Args:
        threads: of one query.
        memory: above it a query fails, or goes on more slowly with `spill`.
        spill: the folder for what does not fit; without one no record is written anywhere.
    """
    limits: _Settings = {"threads": threads, "memory_limit": memory, "temp_directory": str(spill or "")}
    database = duckdb.connect(config={**_SETTINGS, **limits})
    database.execute("SET enable_progress_bar = false")  # it would draw into the service's log
    return database


def write(rows: Sequence[RawRow]) -> bytes:
    """Rows, in their order, as one Parquet object."""
    columns = [list(column) for column in zip(*map(_plain, rows), strict=True)]
    names = enumerate(_TYPES.items(), start=1)
    return _copied(
        ", ".join(f'unnest(${place}::{kind}[]) AS "{name}"' for place, (name, kind) in names), columns
    )


def without(data: bytes, ids: Collection[str]) -> tuple[bytes, int]:
    """The same object without the records of these ids, and how many are left in it."""
    with _file(data) as old:
        left = _copied(
            "* FROM read_parquet($1) WHERE id NOT IN (SELECT unnest($2::VARCHAR[]))", [old, list(ids)]
        )
    with _file(left) as new, _shared().cursor() as database:
        return left, database.read_parquet(new).shape[0]


def joined(objects: Sequence[bytes]) -> tuple[bytes, int]:
    """Objects as one, their rows in the order given, and how many these are."""
    with ExitStack() as files, _shared().cursor() as database:
        paths = [files.enter_context(_file(each)) for each in objects]
        whole = _copied("* FROM read_parquet($1, union_by_name = true)", [paths])
        return whole, database.read_parquet(files.enter_context(_file(whole))).shape[0]


def read(data: bytes) -> list[RawRow]:
    """The rows of an object, in their order."""
    with _file(data) as path, _shared().cursor() as database:
        found = database.read_parquet(path).fetchall()
    return [RawRow(**dict(zip(_TYPES, map(_aware, row), strict=True))) for row in found]


def _copied(select: str, values: Sequence[object]) -> bytes:
    """What a selection gives, as Parquet."""
    with _file(b"") as path, _shared().cursor() as database:
        target = path.replace("'", "''")  # the one value that COPY takes in no other way
        how = "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false"
        database.execute(f"COPY (SELECT {select}) TO '{target}' ({how})", values)
        return Path(path).read_bytes()


@contextmanager
def _file(data: bytes) -> Iterator[str]:
    """A file with this in it, for a moment: DuckDB reads and writes nothing else.

    It has no name of its own, so that whatever kills the process leaves no record of anybody behind.
    """
    with TemporaryFile() as file:
        file.write(data)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"


@cache
def _shared() -> Connection:
    """The one that every landing takes a cursor of: opening another takes longer than writing a batch."""
    return connect()


def _plain(row: RawRow) -> tuple[object, ...]:
    """The values with moments as DuckDB takes them: in UTC, without a zone."""
    values = (getattr(row, name) for name in _TYPES)
    return tuple(
        each.astimezone(UTC).replace(tzinfo=None) if isinstance(each, datetime) else each for each in values
    )


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
