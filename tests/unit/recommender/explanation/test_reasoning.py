"""Sentences held against the numbers that they speak of, for persons, models and rules by chance."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recommender.explanation import explain, explain_rules
from recommender.explanation.facts import Fact
from recommender.explanation.wording import LANGUAGES
from recommender.features import FEATURE_NAMES, FeatureVector
from recommender.person import TRAINING_PHASES
from recommender.plan import BoundRule, Explanation
from recommender.prescribing import OwnPart
from recommender.prescription import Prescription
from tests.unit.recommender.explanation.people import model, others, somebody
from tests.unit.recommender.explanation.reader import Claim, read

PERSONS = 1500
RULES = tuple(
    BoundRule(name, "from 40 to 30 min")
    for name in ("equipment_at_hand", "felt_hard", "easier_than_planned", "cut_short")
)
UNIT = {"duration": 15.0, "intensity": 1.0}
"""A quarter of an hour weighs as much as a point of intensity."""

TRUE_OF: dict[tuple[str, str], Callable[[float], bool]] = {
    ("mean_duration_7d_min", "none"): lambda value: value == 0,
    ("mean_duration_7d_min", "some"): lambda value: value > 0,
    ("rpe_slope_7d", "steady"): lambda value: abs(value) < 0.15,
    ("rpe_slope_7d", "rising"): lambda value: value > 0.05,
    ("rpe_slope_7d", "falling"): lambda value: value < -0.05,
    ("sleep_efficiency", "good"): lambda value: value > 0.84,
    ("sleep_efficiency", "bad"): lambda value: value < 0.76,
    ("stress_index", "low"): lambda value: value < 4,
    ("stress_index", "high"): lambda value: value > 6,
    ("progress_rate_28d", "steady"): lambda value: abs(value) < 0.03,
    ("progress_rate_28d", "grown"): lambda value: value > 0,
    ("progress_rate_28d", "fallen"): lambda value: value < 0,
}
ONLY_TOWARD = {
    ("rpe_slope_7d", "rising"): -1,
    ("rpe_slope_7d", "falling"): 1,
    ("sleep_efficiency", "good"): 1,
    ("sleep_efficiency", "bad"): -1,
    ("stress_index", "low"): 1,
    ("stress_index", "high"): -1,
    ("lowered", "felt_hard"): -1,
    ("lowered", "cut_short"): -1,
    ("lowered", "asked_for_less"): -1,
    ("raised", "easier_than_planned"): 1,
    ("ratings", "easier"): 1,
    ("ratings", "harder"): -1,
}
"""What warns must not be said to make it harder, nor what praises to make it easier."""
HUNDREDTHS = {"mean_hr_fraction_7d", "completion_28d", "sleep_efficiency", "progress_rate_28d"}


def own_of(chance: np.random.Generator) -> dict[OwnPart, NDArray[np.float64]]:
    """What is somebody's alone; nothing for one of three."""
    if chance.random() < 1 / 3:
        return {}
    return {
        "ratings": np.array([0.0, chance.normal(0, 0.5)]),
        "goal": np.array([0.0, -chance.uniform(0, 1.25)]),
        "steadiness": chance.normal(0, [2.0, 0.15]),
    }


def explained(number: int) -> tuple[FeatureVector, Prescription | None, Explanation]:
    """Somebody; for two of three, something other than the model has prescribed in the end."""
    chance = np.random.default_rng(number)
    person, final = somebody(chance), None
    if number % 3:
        final = Prescription(chance.uniform(10, 120), chance.uniform(1, 5))
    rules = RULES if number % 3 == 2 else ()
    predict = model(chance, size=float(chance.choice([0.1, 1.0, 2.0])))
    found = explain(person, predict, others(chance, 1), own=own_of(chance), prescription=final, rules=rules)
    return person, final, found


def parts_of(found: Explanation, final: Prescription | None, aspect: str) -> dict[str, float]:
    """What each feature, and whatever came after the model, moved, in points."""
    of_duration = aspect == "duration"
    parts = {each.feature: (each.minutes if of_duration else each.intensity) for each in found.reasons}
    if final is not None:
        base = found.base_minutes if of_duration else found.base_intensity
        end = final.duration_minutes if of_duration else final.intensity_score
        parts["rules"] = end - base - sum(parts.values())
    return {name: part / UNIT[aspect] for name, part in parts.items()}


def name_of(fact: Fact) -> str:
    return "rules" if fact.subject in {"lowered", "raised"} else fact.subject


def check_fact(fact: Fact, person: FeatureVector, found: Explanation, points: float) -> None:
    assert points * ONLY_TOWARD.get((fact.subject, fact.state), points) > 0, f"{fact} does not speak for that"
    if name_of(fact) == "rules":
        return
    assert (fact.state == "unknown") == (fact.subject in person.imputed)
    if fact.state == "unknown":
        return
    assert fact.subject != "bmi", "nobody is told about their weight"
    value = next(each.value for each in found.reasons if each.feature == fact.subject)
    is_true = TRUE_OF.get((fact.subject, fact.state))
    assert is_true is None or is_true(value), (fact, value)
    if fact.subject == "training_phase":
        assert fact.state == TRAINING_PHASES[int(value)]
    if fact.number is not None:
        quoted = fact.number / 100 if fact.subject in HUNDREDTHS else fact.number
        slack = 0.0051 if fact.subject in HUNDREDTHS else 1.0
        assert quoted == pytest.approx(abs(value), abs=slack)


def check_sides(claim: Claim, parts: dict[str, float], person: FeatureVector) -> None:
    """Reasons push where the sentence says, the weightiest first; what is left out is left unsaid."""
    side = 1 if claim.size >= 0 else -1
    because = [parts[name_of(each)] * side for each in claim.because]
    although = [parts[name_of(each)] * side for each in claim.although]
    assert all(each >= 0.05 for each in because)
    assert all(each <= -0.05 for each in although)
    assert not any(each.state == "unknown" for each in claim.although)
    assert because == sorted(because, reverse=True)
    named = {name_of(each) for each in claim.because}
    left_out = {name for name, part in parts.items() if because and part * side > because[-1] + 1e-9} - named
    untold_is_enough = claim.shape == "balanced" or named & person.imputed.keys()
    assert left_out <= {"bmi", "rules", *(person.imputed if untold_is_enough else ())}
    supporting = sum(part for part in (each * side for each in parts.values()) if part > 0)
    if claim.shape == "above_all":
        assert because[0] >= 0.6 * supporting
    if claim.shape in {"even", "above_all"}:
        assert sum(because) >= 0.5 * supporting
    if claim.shape == "partly":
        assert sum(because) < 0.5 * supporting


def check_extent(claim: Claim, moved: dict[str, float]) -> None:
    if claim.aspect is None:
        assert all(abs(each) < 0.15 for each in moved.values())
        return
    size = abs(moved[claim.aspect])
    assert size == max(map(abs, moved.values()))
    assert np.sign(claim.size) == np.sign(moved[claim.aspect])
    low, high = {1: (0.15, 0.5), 2: (0.5, 1.0), 3: (1.0, np.inf)}[abs(claim.size)]
    assert low <= size <= high


def test_no_sentence_contradicts_its_numbers() -> None:
    shapes: set[str] = set()
    for number in range(PERSONS):
        person, final, found = explained(number)
        claims = [read(found.sentences[language], language) for language in LANGUAGES]
        assert claims[0] == claims[1], "both languages say the same"
        claim = claims[0]
        by_aspect = {aspect: parts_of(found, final, aspect) for aspect in UNIT}
        moved = {aspect: sum(parts.values()) for aspect, parts in by_aspect.items()}
        check_extent(claim, moved)
        aspect = claim.aspect or max(moved, key=lambda each: abs(moved[each]))
        parts = by_aspect[aspect]
        check_sides(claim, parts, person)
        for fact in (*claim.because, *claim.although):
            check_fact(fact, person, found, parts[name_of(fact)])
        shapes.add(claim.shape)
    assert shapes == {"bare", "even", "above_all", "partly", "balanced", "average"}


def test_a_rule_is_named_only_where_it_bound_and_for_what_it_changes() -> None:
    named = set()
    for number in range(300):
        claim = read(explained(number)[2].sentences["en"], "en")
        rules = [each.state for each in (*claim.because, *claim.although) if name_of(each) == "rules"]
        assert not rules or number % 3 == 2, "no rule bound"
        named |= {(rule, claim.aspect) for rule in rules if claim.aspect}
    assert named == {
        ("cut_short", "duration"), ("felt_hard", "intensity"), ("easier_than_planned", "intensity"),
    }  # fmt: skip


@given(seed=st.integers(0, 2**32 - 1))
def test_the_reasons_are_all_there_are_the_weightiest_first_and_add_up(seed: int) -> None:
    chance = np.random.default_rng(seed)
    person, background, predict = somebody(chance), others(chance, 2), model(chance)
    own = own_of(chance)
    found = explain(person, predict, background, own=own)
    weights = [abs(each.minutes) / UNIT["duration"] + abs(each.intensity) for each in found.reasons]
    assert weights == sorted(weights, reverse=True)
    assert {each.feature for each in found.reasons} == {*FEATURE_NAMES, *own}
    said = predict(person.values[None], person.is_imputed[None])[0] + sum(own.values())
    minutes, intensity = (
        sum(getattr(each, name) for each in found.reasons) for name in ("minutes", "intensity")
    )
    assert found.base_minutes + minutes == pytest.approx(said[0], abs=1e-4)
    assert found.base_intensity + intensity == pytest.approx(said[1], abs=1e-4)


def test_what_rules_made_easier_is_not_called_harder() -> None:
    chance = np.random.default_rng(1)
    person, background = somebody(chance), others(chance, 1)

    def predict(values: np.ndarray, _stands_in: np.ndarray) -> np.ndarray:
        own = (values == person.values)[:, 5]
        return np.stack([np.full(len(values), 40.0), np.where(own, 4.0, 3.1)], axis=1)

    lowered = explain(person, predict, background, prescription=Prescription(40, 2.0), rules=RULES)
    claim = read(lowered.sentences["en"], "en")
    assert (claim.aspect, claim.size) == ("intensity", -3)
    assert claim.because == (Fact("lowered", "felt_hard"),)
    assert claim.although == ()
    assert lowered.reasons[0].intensity == pytest.approx(0.9)


@pytest.mark.parametrize(("points", "state", "size"), [(0.6, "easier", 2), (-0.6, "harder", -2)])
def test_what_ratings_say_is_said_when_it_is_large(points: float, state: str, size: int) -> None:
    chance = np.random.default_rng(2)
    person, background = somebody(chance), others(chance, 1)

    def predict(values: np.ndarray, _stands_in: np.ndarray) -> np.ndarray:
        return np.tile([40.0, 3.0], (len(values), 1))

    found = explain(person, predict, background, own={"ratings": np.array([0.0, points])})
    claim = read(found.sentences["zh"], "zh")
    assert (claim.aspect, claim.size, claim.because) == ("intensity", size, (Fact("ratings", state),))
    small = explain(person, predict, background, own={"ratings": np.array([0.0, points / 20])})
    assert read(small.sentences["en"], "en").because == ()


def test_the_rule_engine_has_no_reasons_but_guidelines_and_what_bound() -> None:
    plain, bound = explain_rules(Prescription(40, 2.5)), explain_rules(Prescription(40, 2.5), RULES)
    for found in (plain, bound):
        assert found.reasons == ()
        assert (found.base_minutes, found.base_intensity) == (40, 2.5)
    for language in LANGUAGES:
        assert read(plain.sentences[language], language).shape == "rules"
        claim = read(bound.sentences[language], language)
        assert claim.shape == "rules_because"
        assert claim.because == (Fact("lowered", "felt_hard"), Fact("raised", "easier_than_planned"))
