"""What can be told of a box from its data folder alone, whether it runs or not."""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from gateway import log_file
from gateway.config.model import BoxConfig
from gateway.doctor.examination import examine
from gateway.events.rows import EventFilter, load
from provisioning.models import broken, installed
from sync import outbox, refused, retention

MAX_LOG_BYTES: Final = 1_000_000
MAX_EVENTS: Final = 2000
_PACKAGES: Final = (
    "gymbox",
    "fastapi",
    "numpy",
    "onnxruntime",
    "ai-edge-litert",
    "paho-mqtt",
    "opencv-python-headless",
)


def examined(config: BoxConfig, data_dir: Path) -> list[dict[str, Any]]:
    """What the doctor finds. Blocks for seconds: it looks at broker and cameras."""
    return [asdict(each) for each in examine(config, data_dir=data_dir)]


def versions(models_dir: Path) -> dict[str, Any]:
    """What runs here: the program, what it is made of, and the models."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "packages": {name: found for name in _PACKAGES if (found := _version(name)) is not None},
        "models": {each.name: each.version for each in installed(models_dir)},
        "broken_models": {each.path.name: each.reason for each in broken(models_dir)},
    }


def disk(data_dir: Path) -> dict[str, Any]:
    """How much room there is, and what takes it, by the first name below the data folder."""
    free = shutil.disk_usage(data_dir)
    taken = {each.name: _size(each) for each in sorted(data_dir.iterdir())}
    return {"free_bytes": free.free, "total_bytes": free.total, "taken_bytes": taken}


def events(db: Database) -> list[dict[str, Any]]:
    """The newest events, the oldest of them first."""
    return [asdict(each) for each in reversed(load(db, EventFilter(), MAX_EVENTS))]


def waiting(db: Database, now: datetime) -> dict[str, Any]:
    """Figures of the outbox: how much waits, was refused, was dropped; not one record."""
    status, set_aside = outbox.status(db.conn), refused.refusals(db.conn)
    return {
        "depth": status.depth,
        "bytes": status.bytes,
        "oldest_age_s": status.oldest_age_s(now),
        "refused": dict(set_aside.counts),
        "refused_kept": set_aside.kept,
        "refused_reason": set_aside.reason,
        "dropped": [asdict(each) for each in retention.dropped(db.conn)],
    }


def log(data_dir: Path) -> str:
    """The end of the program's log."""
    return "".join(f"{line}\n" for line in log_file.tail(data_dir, MAX_LOG_BYTES))


def member_words(db: Database) -> list[str]:
    """Ids and names of the members, to be masked; they are told to nobody."""
    named = db.execute("SELECT id, display_name FROM member").fetchall()
    trained = db.execute("SELECT DISTINCT member_id FROM session WHERE member_id IS NOT NULL").fetchall()
    return [word for row in (*named, *trained) for word in row if word]


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in _files(path))


def _files(folder: Path) -> Iterator[Path]:
    return (each for each in folder.rglob("*") if each.is_file())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
