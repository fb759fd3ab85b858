"""The page's files: served with a strict policy, in one language each whole, and nothing beside them."""

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from sync.cloud.console.pages import add_console

PAGE = Path(__file__).parents[5] / "sync" / "cloud" / "console" / "page"
SCRIPTS = sorted(PAGE.rglob("*.js"))


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    add_console(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://cloud.test")


async def test_the_front_door_leads_to_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    page = await client.get("/console/")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["../pages.py", "%2e%2e/pages.py", "__init__.py", "x", "words.en.js.map"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/console/{path}")).status_code == 404


def words(language: str) -> dict[str, str]:
    text = (PAGE / f"words.{language}.js").read_text(encoding="utf-8")
    return dict(re.findall(r'"([a-z][\w.-]*)": "((?:[^"\\]|\\.)*)"', text))


def test_both_languages_say_the_same() -> None:
    english, chinese = words("en"), words("zh")
    assert set(chinese) == set(english)
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", chinese[key])) == set(re.findall(r"\{\w+\}", text)), key


def test_every_word_that_is_asked_for_is_there() -> None:
    english = words("en")
    for path in SCRIPTS:
        if path.name == "strings.js":  # its comment explains how to ask
            continue
        for key in re.findall(r'\bt\("([\w.-]+)"[,)]', path.read_text(encoding="utf-8")):
            assert key in english, f"{path.name}: {key}"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_reads_text_as_html_or_asks_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
    )
    assert not re.search(r"https?://", text)
