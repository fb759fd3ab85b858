"""The page on software says what the code does."""

import inspect
import re
from pathlib import Path

from provisioning.software import launcher
from provisioning.software.install_root import LAUNCHER
from provisioning.software.slots import MOST_SHORT_LIVES, MOST_STARTS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = re.sub(r"(?<=\S)\n *(?=\S)", " ", (DOCS / "explanation" / "software.md").read_text(encoding="utf-8"))
NUMBERS = {3: "three times", 5: "five times"}


def test_its_numbers_are_those_of_the_launcher() -> None:
    assert LAUNCHER in PAGE
    assert f"ends {NUMBERS[MOST_STARTS]} before it does" in PAGE
    assert f"ends {NUMBERS[MOST_SHORT_LIVES]} in a row within a minute" in PAGE
    assert launcher._SHORT_LIFE_S == 60
    assert "**On trial** for ten minutes" in PAGE
    assert "default=600.0" in inspect.getsource(launcher.main)
