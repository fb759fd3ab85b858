"""The page on releases says what the code does."""

import re
from pathlib import Path
from typing import get_args

from sync.cloud.signing.roles import ROLES
from sync.releases.errors import Reason
from sync.releases.fetcher import Limits

PAGE = (Path(__file__).parents[2] / "docs" / "explanation" / "releases.md").read_text(encoding="utf-8")


def test_the_table_of_roles_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d) \| (\d) \| (\d+) days? \| (\w+) \|", PAGE, re.MULTILINE)
    assert rows == [
        (name, str(terms.keys), str(terms.threshold), str(terms.lifetime_days), terms.place)
        for name, terms in ROLES.items()
    ]


def test_every_reason_of_an_attack_is_one_of_the_code() -> None:
    attacks = PAGE.split("## What was tried against it")[1].split("## Limits")[0]
    told = {
        reason
        for row in re.findall(r"^\|.*\| (`.*`) \|$", attacks, re.MULTILINE)
        for reason in re.findall(r"`(\w+)`", row)
    }
    assert told <= set(get_args(Reason))
    assert set(get_args(Reason)) - told == {"clock", "damaged", "disk", "stopped", "unreachable"}


def test_the_patience_of_a_box_is_that_of_the_code() -> None:
    limits = Limits()
    assert f"{limits.stall_s:g} s of\n   silence" in PAGE
    assert f"after {limits.grace_s:g} s nothing slower than {limits.slowest_bytes_s / 1024:g} kB/s" in PAGE
