"""From what is to be said to a sentence in a language; the words stand in `sentences/`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recommender.explanation.argument import Argument
    from recommender.explanation.facts import Fact

LANGUAGES: Final = ("en", "zh")


@cache
def words(language: str) -> Mapping[str, Mapping[str, Any]]:
    """Sentences and clauses of a language, by subject and state."""
    text = (
        resources.files("recommender.explanation")
        .joinpath("sentences", f"{language}.toml")
        .read_text("utf-8")
    )
    return tomllib.loads(text)


def sentence(argument: Argument, language: str) -> str:
    """An argument in words."""
    texts = words(language)["sentence"]
    if argument.size == 0:
        return _balance(argument, language)
    extent = words(language)["than_average"][argument.aspect]
    middle = len(extent) // 2
    said = {"than_average": extent[middle + argument.size - (argument.size > 0)]}
    if not argument.because:
        return str(texts["bare"].format_map(said))
    clauses = [clause(fact, language) for fact in argument.because]
    said["because"] = listed(clauses, language)
    said["first"], said["others"] = clauses[0], listed(clauses[1:], language)
    text = str(texts[argument.emphasis].format_map(said))
    if not argument.although:
        return text
    although = texts["although"].format(although=clause(argument.although[0], language))
    return f"{text[:-1]}{although}{text[-1]}"


def sentence_of_rules(facts: Sequence[Fact], language: str) -> str:
    """What is said when no model was asked: the guidelines, and what they looked at."""
    texts = words(language)["sentence"]
    if not facts:
        return str(texts["rules"])
    clauses = [clause(fact, language) for fact in facts]
    return str(texts["rules_because"].format(because=listed(clauses, language)))


def clause(fact: Fact, language: str) -> str:
    """A fact in words."""
    return str(words(language)[fact.subject][fact.state].format(number=fact.number))


def listed(clauses: Sequence[str], language: str) -> str:
    """Clauses joined as the language does it: `a, b and c`."""
    joints = words(language)["list"]
    if len(clauses) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(clauses)
    return f"{joints['between'].join(clauses[:-1])}{joints['last']}{clauses[-1]}"


def _balance(argument: Argument, language: str) -> str:
    texts = words(language)["sentence"]
    if not argument.because:
        return str(texts["average"])
    more, less = (clause(facts[0], language) for facts in (argument.because, argument.although))
    text = str(texts["balanced"].format(because=more, although=less))
    return text[0].upper() + text[1:]
