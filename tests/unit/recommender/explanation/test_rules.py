import re
from pathlib import Path

import pytest

import recommender
from recommender.composing.compose import AIM_RULES
from recommender.explanation.facts import Fact
from recommender.explanation.rules import WAYS, reasons_among
from recommender.explanation.wording import LANGUAGES, words
from recommender.plan import BoundRule


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_that_can_be_a_reason_has_words(language: str) -> None:
    for way, names in WAYS.items():
        assert words(language)[way].keys() == names.keys()


def test_every_rule_that_changes_the_dose_can_be_a_reason() -> None:
    known = {name for names in WAYS.values() for name in names}
    assert {rule.__name__ for rule in AIM_RULES} <= known
    adaptation = (Path(recommender.__file__).parent / "adaptation.py").read_text("utf-8")
    named = set(re.findall(r'(?:name=|BoundRule\()"(\w+)"', adaptation))
    assert len(named) >= 5
    assert named <= known


def test_a_rule_counts_for_what_it_changes_in_its_order() -> None:
    rules = [BoundRule(name, "") for name in ("rotation", "cut_short", "comeback", "easier_than_planned")]
    assert reasons_among(rules, "lowered", "duration") == [
        Fact("lowered", "cut_short"),
        Fact("lowered", "comeback"),
    ]
    assert reasons_among(rules, "lowered", "intensity") == [Fact("lowered", "comeback")]
    assert reasons_among(rules, "raised", "intensity") == [Fact("raised", "easier_than_planned")]
    assert reasons_among(rules, "raised", "duration") == []
