import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import log_file, logs
from gateway.log_file import FOLDER, NAME, kept, tail


@pytest.fixture(autouse=True)
def _level() -> Iterator[None]:
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    yield
    root.setLevel(before)


def messages(data_dir: Path, most_bytes: int = 1_000_000) -> list[str]:
    return [json.loads(line)["event"] for line in tail(data_dir, most_bytes)]


def test_what_is_logged_is_kept_as_json_without_secrets(tmp_path: Path) -> None:
    with kept(tmp_path):
        logging.getLogger("gateway.x").info("camera rtsp://u:hunter22@cam/1 is %s", "away")
    logging.getLogger("gateway.x").info("after the end")
    assert messages(tmp_path) == ["camera rtsp://u:***@cam/1 is away"]
    assert (tmp_path / FOLDER).stat().st_mode & 0o077 == 0


def test_the_log_is_bounded_and_the_newest_lines_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "MAX_BYTES", 2000)
    with kept(tmp_path):
        for number in range(200):
            logging.getLogger("gateway.x").info("line %d", number)
    files = sorted((tmp_path / FOLDER).iterdir())
    assert len(files) == log_file.OLDER_FILES + 1
    assert sum(each.stat().st_size for each in files) <= 4 * 2000
    found = messages(tmp_path)
    assert found == [f"line {number}" for number in range(200 - len(found), 200)]
    assert 20 < len(found) < 200


def test_a_tail_is_as_long_as_asked(tmp_path: Path) -> None:
    with kept(tmp_path):
        for number in range(10):
            logging.getLogger("gateway.x").info("line %d", number)
    size = (tmp_path / FOLDER / NAME).stat().st_size
    assert messages(tmp_path, size) == [f"line {number}" for number in range(10)]
    assert messages(tmp_path, size - 1) == [f"line {number}" for number in range(1, 10)]
    assert messages(tmp_path, 0) == []
    assert tail(tmp_path / "nowhere", 1000) == []


def test_a_folder_that_cannot_be_written_costs_lines_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FOLDER).write_text("in the way")
    with kept(tmp_path) as handler:
        logging.getLogger("gateway.x").info("lost")
    assert handler.lost == 1
    assert "Logging error" not in capsys.readouterr().err


def test_setting_up_the_terminal_again_leaves_the_file(tmp_path: Path) -> None:
    with kept(tmp_path):
        logs.configure(level="info")
        logging.getLogger("gateway.x").info("still here")
    assert messages(tmp_path) == ["still here"]
