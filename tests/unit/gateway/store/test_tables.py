from pathlib import Path

from gateway.store.tables import MIGRATIONS, store_path


def test_the_names_that_stores_in_gyms_remember_never_change() -> None:
    names = [migrations.name for migrations in MIGRATIONS]
    assert names == [
        "sync.outbox",
        "sync.retention",
        "sync.refused",
        "gateway.members",
        "gateway.sessions",
        "gateway.adoption",
        "gateway.tokens",
        "gateway.operators",
        "gateway.tuning",
        "gateway.events",
        "gateway.homeassistant",
        "gateway.wellbeing",
        "gateway.members.pins",
        "gateway.members.consent",
        "gateway.planning",
        "gateway.hearts",
        "gateway.federated",
        "gateway.updates",
        "gateway.jobs",
    ]


def test_the_store_lies_in_the_data_folder() -> None:
    assert store_path(Path("data")) == Path("data/gymbox.sqlite3")
