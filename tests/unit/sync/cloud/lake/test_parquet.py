import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.cloud.lake import parquet
from sync.cloud.lake.parquet import QueryError, RawRow

NOON = datetime(2026, 1, 2, 12, 0, 0, 123_456, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
rows = st.builds(
    RawRow,
    id=texts,
    kind=texts,
    gateway_id=texts,
    gym_id=texts,
    member=st.none() | texts,
    created_at=moments,
    received_at=moments,
    schema=st.integers(0, 100),
    body=texts,
    clock=st.none() | texts,
)


def row(identifier: str) -> RawRow:
    return RawRow(
        id=identifier,
        kind="session",
        gateway_id="box",
        gym_id="gym",
        member=None,
        created_at=NOON,
        received_at=NOON,
        schema=1,
        body="{}",
    )


@settings(max_examples=25)
@given(st.lists(rows, min_size=1, max_size=5))
def test_rows_are_read_as_they_were_written(written: list[RawRow]) -> None:
    assert parquet.read(parquet.write(written)) == written


def test_moments_are_kept_in_utc() -> None:
    at_home = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    (read,) = parquet.read(parquet.write([replace(row("a"), created_at=at_home)]))
    assert (read.created_at, read.created_at.utcoffset()) == (NOON, timedelta(0))


def test_columns_are_what_readers_expect(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet.write([row("a")]))
    with parquet.connect() as database:
        described = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    columns = {name: kind for name, kind, *_ in described}
    text = dict.fromkeys(("id", "kind", "gateway_id", "gym_id", "member", "body", "clock"), "VARCHAR")
    assert columns == {**text, "created_at": "TIMESTAMP", "received_at": "TIMESTAMP", "schema": "INTEGER"}


def test_some_are_taken_out_and_the_others_keep_their_order() -> None:
    names = [str(number) for number in range(50)]
    data = parquet.write([row(name) for name in names])
    left, count = parquet.without(data, ["7", "0", "49", "not there"])
    kept = [name for name in names if name not in {"7", "0", "49"}]
    assert ([each.id for each in parquet.read(left)], count) == (kept, 47)
    assert parquet.without(data, [])[1] == 50


def test_what_is_no_parquet_is_an_error() -> None:
    with pytest.raises(QueryError):
        parquet.read(b"PAR1 not")


def test_a_kill_at_any_moment_leaves_no_record_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with parquet._file(b"of somebody") as path:
        assert Path(path).read_bytes() == b"of somebody"
        assert list(tmp_path.iterdir()) == []


def test_nothing_is_fetched_from_the_network() -> None:
    with parquet.connect(threads=2, memory="512MB") as database:
        settings = dict(
            database.execute(
                "SELECT name, value FROM duckdb_settings() WHERE name IN "
                "('autoinstall_known_extensions', 'autoload_known_extensions', 'threads')"
            ).fetchall()
        )
    assert settings == {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "threads": "2",
    }


def sort_much(database: parquet.Connection) -> int:
    """Put more than 30 MB of text in order."""
    database.execute("CREATE VIEW texts AS SELECT md5(range::VARCHAR) AS text FROM range(1000000)")
    ordered = database.execute("SELECT count(*) FROM (FROM texts ORDER BY text OFFSET 1)")
    return int(ordered.fetchall()[0][0])


def test_what_does_not_fit_is_spilled_where_it_is_told_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with parquet.connect(memory="30MB") as database, pytest.raises(QueryError, match="Out of Memory"):
        sort_much(database)
    assert list(tmp_path.iterdir()) == []
    with parquet.connect(memory="30MB", spill=tmp_path / "spill") as database:
        assert sort_much(database) == 999_999
    assert [each.name for each in tmp_path.iterdir()] in ([], ["spill"])
