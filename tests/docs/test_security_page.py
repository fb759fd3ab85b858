"""The page on security names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "security.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)


def test_every_statement_stands_there_once() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 29))


def test_every_statement_is_proven_or_says_that_it_is_not() -> None:
    silent = [number for number, _, proof in ROWS if not re.search(r"`tests/|`make |\]\(|\*not yet\*", proof)]
    assert silent == []


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for name in re.findall(r"`(tests/[^`]+)`", PAGE):
        path, _, function = name.partition("::")
        there = (ROOT / path).exists()
        if not there or (function and f"def {function}(" not in (ROOT / path).read_text(encoding="utf-8")):
            missing.append(name)
    assert missing == []
