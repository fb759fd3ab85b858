# ruff: noqa: RUF001 - Chinese has punctuation of its own
import re
from itertools import product

import pytest

from recommender.explanation.argument import Argument, Aspect, Emphasis
from recommender.explanation.facts import Fact
from recommender.explanation.wording import LANGUAGES, clause, listed, sentence, sentence_of_rules, words
from tests.unit.recommender.explanation.reader import NO_CLAUSES, SIZES, read

EMPHASES: tuple[Emphasis, ...] = ("even", "above_all", "partly")
ASPECTS: tuple[Aspect, ...] = ("duration", "intensity")
COMPLETED = Fact("completion_28d", "known", 95)
RELAXED = Fact("stress_index", "low", 2)
RESTLESS = Fact("sleep_efficiency", "bad", 71)
EVERY_CLAUSE = [
    Fact(subject, state, 7 if "{number}" in text else None)
    for subject, states in words("en").items()
    if subject not in NO_CLAUSES
    for state, text in states.items()
]


def test_a_sentence_in_english() -> None:
    argument = Argument("intensity", 1, (COMPLETED, RELAXED), (RESTLESS,))
    assert sentence(argument, "en") == (
        "Because you completed 95 % of your plan in the last four weeks and your stress is low (2 of 10), "
        "today is a little harder than average, "
        "although you have slept restlessly (71 % of your time in bed)."
    )


def test_a_sentence_in_chinese() -> None:
    argument = Argument("intensity", -1, (RESTLESS,), (COMPLETED,))
    assert sentence(argument, "zh") == (
        "因为您睡得不太安稳（睡眠效率71%），所以今天的训练比平均水平略轻松一些，尽管您最近四周完成了计划的95%。"
    )


def test_for_and_against_in_one_breath() -> None:
    argument = Argument("duration", 0, (COMPLETED,), (RESTLESS,))
    assert sentence(argument, "en") == (
        "You completed 95 % of your plan in the last four weeks, but you have slept restlessly "
        "(71 % of your time in bed): today is close to average."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_are_joined_as_people_join_them(language: str) -> None:
    assert listed([], language) == ""
    assert listed(["a"], language) == "a"
    assert listed(["a", "b"], language) == {"en": "a and b", "zh": "a，而且b"}[language]
    assert listed(["a", "b", "c"], language) == {"en": "a, b and c", "zh": "a，b，而且c"}[language]


def test_both_languages_can_say_the_same_things() -> None:
    english, chinese = (words(language) for language in LANGUAGES)
    assert english.keys() == chinese.keys()
    for subject, texts in english.items():
        assert texts.keys() == chinese[subject].keys()
        for state, text in texts.items():
            if isinstance(text, list):
                assert len(text) == len(chinese[subject][state]) == len(SIZES)
                continue
            slots = [sorted(re.findall(r"\{\w+\}", each)) for each in (text, chinese[subject][state])]
            assert slots[0] == slots[1], (subject, state)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_things_are_said_alike(language: str) -> None:
    texts = [clause(each, language) for each in EVERY_CLAUSE]
    assert len(set(texts)) == len(texts)
    assert not any(re.search(r"[{}]|\bNone\b", text) for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_says_what_it_was_made_from(language: str) -> None:
    for (at, fact), aspect, size, emphasis in product(enumerate(EVERY_CLAUSE), ASPECTS, SIZES, EMPHASES):
        others = [EVERY_CLAUSE[(at + step) % len(EVERY_CLAUSE)] for step in (1, 2, 3)]
        because = (fact, *others[: at % 2 + 1])
        argument = Argument(aspect, size, because, (others[2],) * (at % 3 == 0), emphasis)
        said = sentence(argument, language)
        claim = read(said, language)
        assert (claim.aspect, claim.size, claim.shape) == (aspect, size, emphasis)
        assert (claim.because, claim.although) == (because, argument.although)
        assert said[0] == said[0].upper()
        assert said[-1] in ".。"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_model_the_guidelines_are_named(language: str) -> None:
    rule = Fact("lowered", "comeback")
    assert read(sentence_of_rules([], language), language).shape == "rules"
    claim = read(sentence_of_rules([rule], language), language)
    assert (claim.shape, claim.because) == ("rules_because", (rule,))
