"""Reads a sentence back: from words to what it claims, by the tables of words alone."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import product

from recommender.explanation.facts import Fact
from recommender.explanation.wording import words

NO_CLAUSES = {"sentence", "list", "than_average"}
SIZES = (-3, -2, -1, 1, 2, 3)


@dataclass(frozen=True)
class Claim:
    """What a sentence says. `shape` is the name of its pattern; `aspect` None when it names none."""

    shape: str
    aspect: str | None
    size: int
    because: tuple[Fact, ...]
    although: tuple[Fact, ...]


def read(sentence: str, language: str) -> Claim:
    """Take a sentence apart; an AssertionError when it is none of ours."""
    facts: list[Fact] = []

    def note(found: re.Match[str]) -> str:
        subject, state = next(key for key, group in _groups(language).items() if found[group] is not None)
        number = re.search(r"\d+", found[0])
        facts.append(Fact(subject, state, int(number[0]) if number else None))
        return "#"

    skeleton = _clauses(language).sub(note, sentence)
    assert skeleton in _skeletons(language), f"not a sentence of ours: {sentence!r}"
    shape, aspect, size, because = _skeletons(language)[skeleton]
    return Claim(shape, aspect, size, tuple(facts[:because]), tuple(facts[because:]))


@cache
def _groups(language: str) -> dict[tuple[str, str], str]:
    subjects = words(language).keys() - NO_CLAUSES
    keys = [(subject, state) for subject in sorted(subjects) for state in words(language)[subject]]
    return {key: f"clause{number}" for number, key in enumerate(keys)}


@cache
def _clauses(language: str) -> re.Pattern[str]:
    """Any clause; the longest that fits is tried first, and a sentence may begin with a capital."""
    texts = {group: words(language)[key[0]][key[1]] for key, group in _groups(language).items()}
    patterns = [
        f"(?P<{group}>{re.escape(text).replace(re.escape('{number}'), '[0-9]+')})"
        for group, text in sorted(texts.items(), key=lambda each: -len(each[1]))
    ]
    return re.compile("|".join(patterns), re.IGNORECASE)


@cache
def _skeletons(language: str) -> dict[str, tuple[str, str | None, int, int]]:
    texts, joints = words(language)["sentence"], words(language)["list"]

    def listed(count: int) -> str:
        return str(joints["last"].join(filter(None, [joints["between"].join("#" * (count - 1)), "#"])))

    found: dict[str, tuple[str, str | None, int, int]] = {texts["average"]: ("average", None, 0, 0)}
    found[texts["balanced"].format(because="#", although="#")] = ("balanced", None, 0, 1)
    found[texts["rules"]] = ("rules", None, 0, 0)
    for count in (1, 2):
        found[texts["rules_because"].format(because=listed(count))] = ("rules_because", None, 0, count)
    for aspect, (at, size) in product(("duration", "intensity"), enumerate(SIZES)):
        extent = words(language)["than_average"][aspect][at]
        found[texts["bare"].format(than_average=extent)] = ("bare", aspect, size, 0)
        for shape, count in product(("even", "above_all", "partly"), (1, 2, 3)):
            said = {"because": listed(count), "first": "#", "others": listed(max(count - 1, 1))}
            text = texts[shape].format(than_average=extent, **said)
            conceded = texts["although"].format(although="#")
            if shape != "above_all" or count > 1:
                found[text] = found[text[:-1] + conceded + text[-1]] = (shape, aspect, size, count)
    return found
