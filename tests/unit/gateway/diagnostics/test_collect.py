"""Secrets and members planted everywhere in a box; a bundle of it has none of them."""

import io
import json
import logging
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from gateway.config.file import build
from gateway.config.model import BoxConfig
from gateway.diagnostics import bundle as bundle_module
from gateway.diagnostics.bundle import Section, bounded, packed
from gateway.diagnostics.collect import Resting, collect
from gateway.events.rows import Event, append
from gateway.log_file import kept
from gateway.store.file import open_for_writing
from gateway.store.store import StoreBroken
from gateway.store.tables import MIGRATIONS, store_path

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRETS = {
    "camera": "cam-Pa55word-1",
    "query": "cam-Tok3n-2",
    "file": "bro-ker-Pa55-3",
    "secrets": "sec-ret-Fi1e-4",
    "key": "MIGHAgEAMBMGByqGSM495",
    "code": "SETUP-C0DE-6",
    "environment": "env-Pa55word-7",
    "login": "embedded-l0gin-8",
}
MEMBERS = ("m-4711", "Anna Karenina", "m-0815")


def store_of(folder: Path) -> Database:
    return open_for_writing(store_path(folder), MIGRATIONS, now=NOON, check=False, owner=True).db


@pytest.fixture
def db(tmp_path: Path) -> Any:
    db = store_of(tmp_path)
    db.execute(
        "INSERT INTO member (id, display_name, created_at, updated_at) VALUES (?, ?, '', '')", MEMBERS[:2]
    )
    yield db
    db.close()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BoxConfig:
    for name, text in {
        "password": SECRETS["file"],
        "secrets/front": SECRETS["secrets"] + "\n",
        "identity/a/key.pem": f"-----BEGIN PRIVATE KEY-----\n{SECRETS['key']}\n-----END PRIVATE KEY-----\n",
        "setup-code": SECRETS["code"],
        "broker/login.json": json.dumps({"password": SECRETS["login"], "port": 1883}),
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("GYMBOX_CLOUD_TOKEN", SECRETS["environment"])
    url = f"rtsp://admin:{SECRETS['camera']}@127.0.0.1:9/live?token={SECRETS['query']}"
    return build(
        {
            "camera": [{"id": "front", "url": url}],
            "mqtt": {
                "url": "mqtt://127.0.0.1:9",
                "username": "box",
                "password_file": str(tmp_path / "password"),
            },
        },
        environ={},
    )


def resting(tmp_path: Path, config: BoxConfig, db: Database) -> Resting:
    def read(job: Callable[[Database], Any]) -> Any:
        return job(db)

    return Resting(config=lambda: config, data_dir=tmp_path, models_dir=tmp_path / "models", read=read)


@pytest.fixture(autouse=True)
def _no_waiting_for_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.doctor.examination.check_cameras", lambda _: iter(()))


def test_secrets_and_members_planted_anywhere_never_appear(
    tmp_path: Path, config: BoxConfig, db: Database
) -> None:
    said = [f"the camera said {each}!" for each in SECRETS.values()]
    about = [f"session of {each} ended" for each in MEMBERS[:2]]
    append(
        db,
        [
            Event("2026", "command", f"kiosk {text}", text, "done", {text: [text], "why": text})
            for text in said + about
        ],
    )
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.INFO)
    with kept(tmp_path):
        for text in said + about:
            logging.getLogger("gateway.x").info("%s", text)
            logging.getLogger("gateway.x").info("as repr %r", {"x": text})
    logging.getLogger().setLevel(level)
    live = {"health.json": {"parts": said + about}, "metrics.txt": "\n".join(said + about)}
    sections = collect(resting(tmp_path, config, db), NOON, live)
    archive = zipfile.ZipFile(io.BytesIO(packed(sections)))
    assert archive.namelist() == [each.name for each in sections]
    everything = "".join(archive.read(name).decode() for name in archive.namelist())
    for each in (*SECRETS.values(), *MEMBERS[:2]):
        assert each not in everything
    assert everything.count("***") >= 6 * len(said)
    assert "rtsp://127.0.0.1:9" in everything


def test_every_section_tells_something_and_says_what_it_is(
    tmp_path: Path, config: BoxConfig, db: Database
) -> None:
    sections = {each.name: each for each in collect(resting(tmp_path, config, db), NOON)}
    assert list(sections) == [
        "doctor.json",
        "config.json",
        "versions.json",
        "disk.json",
        "outbox.json",
        "events.json",
        "log.jsonl",
    ]
    assert all(each.about for each in sections.values())
    told = {name: json.loads(each.text) for name, each in sections.items() if name.endswith(".json")}
    assert {each["part"] for each in told["doctor.json"]} >= {"data", "disk", "clock", "broker"}
    assert told["versions.json"]["packages"]["gymbox"]
    assert told["disk.json"]["taken_bytes"]["gymbox.sqlite3"] > 0
    assert told["outbox.json"]["depth"] == 0


def test_what_cannot_be_told_hides_nothing_else(tmp_path: Path, config: BoxConfig) -> None:
    def broken(_job: Callable[[Database], Any]) -> Any:
        raise StoreBroken("gymbox.sqlite3 is damaged")

    with kept(tmp_path):
        logging.getLogger("gateway.x").warning("m-4711 came")
    box = Resting(config=lambda: config, data_dir=tmp_path, models_dir=tmp_path / "models", read=broken)
    sections = {each.name: each.text for each in collect(box, NOON)}
    assert sections["events.json"] == "this cannot be told: StoreBroken\n"
    # Nobody knows whose names to mask, so the log stays here.
    assert "damaged" in sections["log.jsonl"]
    assert "m-4711" not in "".join(sections.values())
    assert json.loads(sections["config.json"])["mqtt"]["url"] == "mqtt://127.0.0.1:9"


def test_a_bundle_is_bounded_and_says_where_it_was_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_module, "MAX_BYTES", 1000)
    sections = bounded([Section("a", "ü" * 5000, ""), Section("b", "short", "")])
    assert sum(each.bytes for each in sections) <= 1000
    assert "cut" in sections[0].text
    assert sections[1].text == "short"


def test_the_same_sections_are_the_same_bytes() -> None:
    sections = [Section("a", "x", ""), Section("b", "y", "")]
    assert packed(sections) == packed(sections)
