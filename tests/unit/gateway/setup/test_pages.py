"""The files of the setup and login pages: every word in both languages, nothing from elsewhere, and small."""

import re
from pathlib import Path

import pytest

from gateway.api.services import ApiSettings
from gateway.discovery.cause import CAUSES

FOLDER = ApiSettings().setup_dir
FILES = sorted(each for each in FOLDER.rglob("*") if each.is_file())
KEY = re.compile(r'^  "?([\w.-]+)"?: "', re.MULTILINE)


def words(language: str) -> set[str]:
    return set(KEY.findall(_text(FOLDER / f"words.{language}.js")))


def used() -> set[str]:
    text = "".join(each.read_text(encoding="utf-8") for each in FILES if not each.name.startswith("words."))
    return {*re.findall(r'\bt\("([\w.-]+)"\)', text), *re.findall(r'data-t="([\w.-]+)"', text)}


def test_every_word_that_is_said_is_there() -> None:
    assert len(used()) > 40
    assert used() - words("en") == set()
    steps = re.findall(r'^  id: "(\w+)"', "".join(map(_text, FILES)), re.MULTILINE)
    assert len(steps) == 9
    assert {f"{step}.{part}" for step in steps for part in ("title", "lead")} - words("en") == set()


def test_both_languages_say_the_same_things() -> None:
    assert words("en") - words("zh") == set()
    only = words("zh") - words("en")  # what the box says in English itself
    assert all(each.startswith("problem.") for each in only)


def test_the_page_says_what_to_do_about_every_kind_of_trouble_with_a_broker() -> None:
    advice = {f"cause.{each}" for each in CAUSES} - {"cause.other", "cause.address"}  # they say it themselves
    assert {each for each in words("en") if each.startswith("cause.")} == advice


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere_and_nothing_is_inline(path: Path) -> None:
    text = _text(path)
    assert re.findall(r'(?:src|href)="(?!/)[^"]+"', text) == []
    assert re.findall(r"@import|url\(|<style|style=|innerHTML|eval\(|onclick=\"", text) == []
    hosts = set(re.findall(r"https?://([\w.-]+)", text))
    assert hosts <= {"fleet.example"}


def test_all_of_it_is_small() -> None:
    assert sum(each.stat().st_size for each in FILES) < 70_000


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
