import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.explanation.facts import Direction, Fact, fact
from recommender.explanation.wording import LANGUAGES, clause
from recommender.features import FEATURE_NAMES, FEATURES, Feature
from recommender.person import TRAINING_PHASES

DIRECTIONS: tuple[Direction, ...] = ("more", "less")


def said(name: str, value: float, toward: Direction) -> Fact | None:
    return fact(name, value, known=True, toward=toward)


@pytest.mark.parametrize(
    ("name", "value", "more", "less"),
    [
        ("age_years", 67.9, ("known", 67), ("known", 67)),
        ("mean_duration_7d_min", 0.0, ("none", None), ("none", None)),
        ("mean_duration_7d_min", 0.2, ("some", 1), ("some", 1)),
        ("mean_duration_7d_min", 44.6, ("some", 45), ("some", 45)),
        ("mean_hr_fraction_7d", 0.721, ("known", 72), ("known", 72)),
        ("rpe_slope_7d", 0.05, ("steady", None), ("steady", None)),
        ("rpe_slope_7d", 0.4, ("plain", None), ("rising", None)),
        ("rpe_slope_7d", -0.4, ("falling", None), ("plain", None)),
        ("completion_28d", 0.95, ("known", 95), ("known", 95)),
        ("sleep_efficiency", 0.9, ("good", 90), ("plain", 90)),
        ("sleep_efficiency", 0.8, ("plain", 80), ("plain", 80)),
        ("sleep_efficiency", 0.7, ("plain", 70), ("bad", 70)),
        ("stress_index", 2.4, ("low", 2), ("plain", 2)),
        ("stress_index", 5.0, ("plain", 5), ("plain", 5)),
        ("stress_index", 7.6, ("plain", 8), ("high", 8)),
        ("progress_rate_28d", 0.01, ("steady", None), ("steady", None)),
        ("progress_rate_28d", 0.12, ("grown", 12), ("grown", 12)),
        ("progress_rate_28d", -0.3, ("fallen", 30), ("fallen", 30)),
        ("training_phase", 5.0, ("deload", None), ("deload", None)),
    ],
)
def test_a_value_is_said_as_it_is(
    name: str, value: float, more: tuple[str, int | None], less: tuple[str, int | None]
) -> None:
    assert said(name, value, "more") == Fact(name, *more)
    assert said(name, value, "less") == Fact(name, *less)


@pytest.mark.parametrize("toward", DIRECTIONS)
def test_nobody_is_told_about_their_weight(toward: Direction) -> None:
    assert said("bmi", 38.0, toward) is None


@pytest.mark.parametrize("name", FEATURE_NAMES)
def test_what_nobody_told_is_never_quoted(name: str) -> None:
    told = fact(name, 1.0, known=False, toward="more")
    assert told == Fact(name, "unknown")
    assert not any(letter.isdigit() for language in LANGUAGES for letter in clause(told, language))


@pytest.mark.parametrize("phase", range(len(TRAINING_PHASES)))
def test_every_phase_has_words(phase: int) -> None:
    of_phase = said("training_phase", float(phase), "more")
    assert of_phase is not None
    assert len({clause(of_phase, language) for language in LANGUAGES}) == 2


@given(feature=st.sampled_from(FEATURES), share=st.floats(0, 1), toward=st.sampled_from(DIRECTIONS))
def test_whatever_is_possible_can_be_said(feature: Feature, share: float, toward: Direction) -> None:
    value = feature.low + share * (feature.high - feature.low)
    found = said(feature.name, value, toward)
    if found is not None:
        texts = [clause(found, language) for language in LANGUAGES]
        assert all(texts)
        assert not any("{" in text or "None" in text for text in texts)
