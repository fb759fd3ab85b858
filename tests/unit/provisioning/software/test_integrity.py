"""Packages as an installer leaves them: files, and a `RECORD` that tells of each."""

import base64
import hashlib
import json
from itertools import count
from pathlib import Path

import pytest

from provisioning.software.integrity import Inspection, inspect_files, installed


def never(_seconds: float) -> bool:
    return False


def install(folder: Path, name: str, files: dict[str, bytes], *, direct_url: object = None) -> None:
    """What pip would leave of a package."""
    info = f"{name}-1.dist-info"
    files = {**files, f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n".encode()}
    if direct_url is not None:
        files[f"{info}/direct_url.json"] = json.dumps(direct_url).encode()
    lines = [f"{info}/RECORD,,", f"{name}/__pycache__/made.cpython-311.pyc,,"]
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}")
    (folder / info / "RECORD").write_text("\n".join(lines) + "\n")


def found_in(folder: Path) -> list[Path]:
    return list(installed([str(folder)]))


def looked_at(folder: Path) -> Inspection:
    result = inspect_files(found_in(folder), pause=never)
    assert result is not None
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    install(tmp_path, "gym", {"gym/__init__.py": b"", "gym/count.py": b"reps = 1\n"})
    install(tmp_path, "belt", {"belt.py": b"limit = 12\n", "../bin/belt": b"#!python\n"})
    return tmp_path


def test_what_was_left_alone_is_as_installed(folder: Path) -> None:
    assert looked_at(folder) == Inspection(6, (), ())


@pytest.mark.parametrize("content", [b"limit = 99\n", b"", None])
def test_a_file_that_was_changed_emptied_or_taken_away_is_told(folder: Path, content: bytes | None) -> None:
    (folder / "belt.py").unlink()
    if content is not None:
        (folder / "belt.py").write_bytes(content)
    assert looked_at(folder).changed == ("belt.py",)


def test_a_program_in_the_folder_of_programs_counts_too(folder: Path) -> None:
    (folder / "../bin/belt").write_bytes(b"#!/bin/sh\n")
    assert looked_at(folder).changed == ("../bin/belt",)


def test_what_is_installed_in_place_is_not_looked_at_and_told(folder: Path) -> None:
    origin = {"url": "file:///src", "dir_info": {"editable": True}}
    install(folder, "dev", {"dev.pth": b"/src\n"}, direct_url=origin)
    (folder / "dev.pth").write_bytes(b"/elsewhere\n")
    assert looked_at(folder) == Inspection(6, (), ("dev",))


def test_a_package_without_a_list_is_told(folder: Path) -> None:
    (folder / "belt-1.dist-info" / "RECORD").unlink()
    assert looked_at(folder) == Inspection(3, (), ("belt",))


@pytest.mark.parametrize("record", ["", "belt.py", '"', "\0,sha256", ",,,,\n"])
def test_a_list_that_tells_of_nothing_has_nothing_to_differ_from(folder: Path, record: str) -> None:
    (folder / "belt-1.dist-info" / "RECORD").write_text(record)
    assert looked_at(folder) == Inspection(3, (), ())


@pytest.mark.parametrize("record", [b"\xff\xfe", b"belt.py," + b"x" * 200_000])
def test_a_list_that_cannot_be_read_is_a_change(folder: Path, record: bytes) -> None:
    (folder / "belt-1.dist-info" / "RECORD").write_bytes(record)
    assert looked_at(folder) == Inspection(3, ("RECORD of belt",), ())


def test_a_path_that_no_disk_has_is_a_change_of_the_list(folder: Path) -> None:
    path = folder / "belt-1.dist-info" / "RECORD"
    path.write_text("be\0lt.py,sha256=AAAA,11\n")
    assert looked_at(folder).changed == ("RECORD of belt",)


@pytest.mark.parametrize("hashed", ["sha256=AAAA", "nothing=AAAA", "shake_128=AAAA", "md5=AAAA", "="])
def test_a_hash_of_a_kind_that_is_not_known_is_no_proof(folder: Path, hashed: str) -> None:
    path = folder / "belt-1.dist-info" / "RECORD"
    path.write_text(f"belt.py,{hashed},11\n")
    assert looked_at(folder).changed == ("belt.py",)


def test_an_origin_that_cannot_be_read_does_not_spare_a_package(folder: Path) -> None:
    install(folder, "odd", {"odd.py": b"1\n"}, direct_url=["no", "object"])
    (folder / "odd.py").write_bytes(b"2\n")
    assert looked_at(folder).changed == ("odd.py",)


def test_where_this_process_imports_from_there_are_packages() -> None:
    assert "pytest" in {package.name.partition("-")[0] for package in installed()}


def test_it_takes_a_twentieth_of_a_core_and_can_be_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = count(step=2)  # each look at the clock is two seconds after the one before
    monkeypatch.setattr("time.monotonic", lambda: next(seconds))
    waits: list[float] = []

    def pause(wait_s: float) -> bool:
        waits.append(wait_s)
        return len(waits) == 3

    assert inspect_files(found_in(folder), pause=pause) is None
    assert waits == pytest.approx([38.0] * 3)
