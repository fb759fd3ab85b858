"""What the console says: every sentence of every page has its Chinese, and takes the same values."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from gateway.config.schema import schema
from gateway.console.layout import PAGES
from gateway.console.words import _PARTS, _TERMS, Words, chinese, language_of

CHINESE = chinese()
CONSOLE = Path(__file__).parents[4] / "gateway" / "console"


def said(tree: ast.Module) -> Iterator[str]:
    """Give every literal that is said: `say("...")`, `visit.say("...")`, and what a deed tells."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        texts = node.args[:1] if name in {"say", "_say"} else node.args[1:2] if name == "deed" else []
        for each in texts:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value


def sentences() -> list[str]:
    found = {
        text for path in CONSOLE.rglob("*.py") for text in said(ast.parse(path.read_text(encoding="utf-8")))
    }
    return sorted(text for text in found if text)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_sentence_has_its_chinese() -> None:
    assert [each for each in sentences() if each not in CHINESE] == []


def test_a_sentence_takes_the_same_values_in_both_languages() -> None:
    assert [each for each in CHINESE if placeholders(CHINESE[each]) != placeholders(each)] == []


def test_the_way_to_every_page_has_its_chinese() -> None:
    titles = {title for pages in PAGES.values() for title, _ in pages.values()}
    assert [each for each in {*PAGES, *titles} if each not in CHINESE] == []


def test_every_part_of_the_settings_has_its_chinese() -> None:
    titles = [part["title"] for part in schema()["properties"].values()]
    assert [each for each in titles if each not in CHINESE] == []


def test_what_codes_and_parts_are_called_has_its_chinese() -> None:
    assert [each for each in (*_TERMS.values(), *_PARTS.values()) if each not in CHINESE] == []


def test_a_part_is_called_by_its_kind_and_by_which_one_it_is() -> None:
    say = Words("en")
    assert (say.part("camera:door"), say.part("recommender:plans")) == ("Camera door", "Review of the plans")
    assert say.part("never:heard") == "never:heard"
    assert Words("zh").part("camera:door") == "摄像头 door"


def test_no_chinese_is_left_over_from_an_earlier_page() -> None:
    assert all(each.strip() == each and each for each in CHINESE)


def test_words_in_english_and_chinese() -> None:
    assert Words("en")("{n} partial", n=3) == "3 partial"
    assert Words("zh")("Overview") == "总览"
    assert Words("zh")("nobody translated this") == "nobody translated this"


def test_codes_are_read_as_words() -> None:
    say = Words("en")
    assert (say.term("heart_rate_bpm"), say.term("lower_back")) == ("heart rate", "lower back")


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "de-DE,de;q=0.9,en;q=0.5,zh;q=0.1", "en"),
        ("zh", "en-US", "zh"),
        ("en", "zh-CN", "en"),
        ("xx", "fr", "en"),
    ],
)
def test_the_language_of_a_browser(chosen: str | None, accepted: str, language: str) -> None:
    assert language_of(chosen, accepted) == language
