"""The one-time code: hard to guess, easy to type, gone when it was used."""

import re
import stat
from pathlib import Path

import pytest

from gateway.operators.setup_code import FILE_NAME, SetupCode


def test_two_fresh_boxes_have_different_codes(tmp_path: Path) -> None:
    codes = {SetupCode(tmp_path / str(n)).read() for n in range(20)}
    assert len(codes) == 20
    assert all(re.fullmatch(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", code) for code in codes)


def test_a_restart_shows_the_same_code(tmp_path: Path) -> None:
    assert SetupCode(tmp_path).read() == SetupCode(tmp_path).read()


def test_nobody_else_on_the_machine_reads_it(tmp_path: Path) -> None:
    SetupCode(tmp_path).read()
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("typed", ["ABCD-2345", "abcd2345", " abcd 2345 ", "AB CD-23 45"])
def test_a_code_may_be_typed_as_people_type(tmp_path: Path, typed: str) -> None:
    (tmp_path / FILE_NAME).write_text("ABCD-2345\n")
    assert SetupCode(tmp_path).fits(typed)


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-2346", "ABCD-23456", "-", "\uff21BCD-2345"])
def test_anything_else_is_not_the_code(tmp_path: Path, typed: str) -> None:
    (tmp_path / FILE_NAME).write_text("ABCD-2345\n")
    assert not SetupCode(tmp_path).fits(typed)


@pytest.mark.parametrize("rest", ["", "\n", "X", "----------"])
def test_an_empty_or_short_file_is_no_code_that_anybody_could_guess(tmp_path: Path, rest: str) -> None:
    (tmp_path / FILE_NAME).write_text(rest)
    code = SetupCode(tmp_path)
    assert not code.fits(rest)
    assert len(code.read()) == 9


def test_a_code_printed_on_the_box_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("GYM7-KWPX-29QA\n")
    assert SetupCode(tmp_path).read() == "GYM7-KWPX-29QA"
    assert SetupCode(tmp_path).fits("gym7kwpx29qa")


def test_once_used_it_is_gone(tmp_path: Path) -> None:
    code = SetupCode(tmp_path)
    before = code.read()
    code.end()
    code.end()
    assert not (tmp_path / FILE_NAME).exists()
    assert code.read() != before
