import importlib
import pkgutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, inspect, text

import sync.cloud
from sync.cloud.database.base import Base
from sync.cloud.database.database import Database
from sync.cloud.database.upgrade import DatabaseUnknown, upgrade

# Every table of the cloud stands in a module of this name, or in the audit's.
for module in pkgutil.walk_packages(sync.cloud.__path__, "sync.cloud."):
    if module.name.rpartition(".")[2] in {"tables", "audit"}:
        importlib.import_module(module.name)


def test_the_migrations_lead_to_the_tables_of_the_code(database: Database) -> None:
    with database.write() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_constraints_have_the_names_of_the_convention(database: Database) -> None:
    found = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        assert found.get_pk_constraint(table.name)["name"] == table.primary_key.name
        wanted = {each.name for each in table.foreign_key_constraints}
        assert {each["name"] for each in found.get_foreign_keys(table.name)} == wanted


def test_processes_that_begin_at_once_upgrade_once(empty_url: URL) -> None:
    at_once = threading.Barrier(3)

    def begin(_: int) -> None:
        database = Database(empty_url)
        at_once.wait(10)
        try:
            upgrade(database)
        finally:
            database.close()

    with ThreadPoolExecutor(3) as processes:
        list(processes.map(begin, range(3)))
    database = Database(empty_url)
    with database.read() as session:
        assert len(session.execute(text("SELECT * FROM alembic_version")).all()) == 1
    database.close()


def test_a_database_of_a_newer_version_is_left_alone(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnknown, match="newest"):
        upgrade(sqlite_database)
    with sqlite_database.read() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_an_upgrade_that_fails_leaves_nothing(empty_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    create_table = op.create_table

    def fails_in_the_middle(name: str, *columns: Any, **options: Any) -> Any:
        if name == "dataset":
            raise OSError("the power went")
        return create_table(name, *columns, **options)

    database = Database(empty_url)
    with monkeypatch.context() as patch:
        patch.setattr(op, "create_table", fails_in_the_middle)
        with pytest.raises(OSError, match="power"):
            upgrade(database)
    assert inspect(database.engine).get_table_names() == []
    upgrade(database)
    assert "dataset" in inspect(database.engine).get_table_names()
    database.close()
