"""A plan in the member's language, or in English."""

from datetime import UTC, date, datetime

import pytest

from gateway.planning.document import PlanDocument
from gateway.planning.rows import StoredPlan
from gateway.planning.view import spoken_language, view_of
from recommender.composing.catalogue import catalogue
from recommender.plan import ExerciseSets

from .coaches import SQUATS, make_plan

UNKNOWN = ExerciseSets(
    exercise="of_another_version", sets=1, reps=1, hold_s=None, rest_s=1.0, work_s=1.0, effort_rpe=5.0
)


def stored(**changes: object) -> StoredPlan:
    document = PlanDocument.of(make_plan(date(2026, 3, 2), main=(SQUATS, UNKNOWN)))
    return StoredPlan(
        id="p1",
        member_id="ada",
        version=1,
        made_at=datetime(2026, 3, 2, tzinfo=UTC),
        document=document.model_copy(update=changes),
    )


@pytest.mark.parametrize(
    ("tag", "language"),
    [("zh", "zh"), ("zh-CN", "zh"), ("ZH", "zh"), ("en", "en"), ("pt-BR", "en"), ("", "en")],
)
def test_the_language_is_one_that_there_are_words_in(tag: str, language: str) -> None:
    assert spoken_language(tag) == language


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sentence_and_names_are_in_the_language(language: str) -> None:
    plan = stored()
    view = view_of(plan, language)
    assert view.sentence == plan.document.sentences[language]
    assert view.names["squat"] == catalogue()["squat"].name[language]  # type: ignore[index]
    assert view.names["of_another_version"] == "of_another_version"
    assert (
        PlanDocument.model_validate(view.model_dump(include=set(PlanDocument.model_fields))) == plan.document
    )


def test_english_stands_in_for_a_sentence_that_is_not_there() -> None:
    assert view_of(stored(sentences={"en": "Because."}), "zh").sentence == "Because."
    assert view_of(stored(sentences={}), "zh").sentence == ""
