"""A plan as its member reads it: the document, what its exercises are called, and one sentence."""

from collections.abc import Iterable
from typing import Final

from pydantic import Field

from gateway.live.snapshot import Stamp
from gateway.planning.document import PlanDocument
from gateway.planning.rows import StoredFeedback, StoredPlan
from recommender.composing.catalogue import LANGUAGES, Language, catalogue

_FALLBACK: Final[Language] = "en"


class PlanView(PlanDocument):
    """Today's workout, and why."""

    id: str
    member_id: str
    version: int = Field(description="1 for the first plan of the day, one more each time it is made anew.")
    made_at: Stamp
    language: Language
    sentence: str = Field(description="Why it is what it is, in the member's language.")
    names: dict[str, str] = Field(description="What each exercise is called in the member's language.")
    feedback: StoredFeedback | None = Field(description="Null when the member said nothing yet.")


def view_of(plan: StoredPlan, language: str) -> PlanView:
    """Return the plan for somebody who reads a language; English stands in for what has no words of its own.

    Args:
        plan: as it is kept.
        language: a tag such as `de`, `zh` or `pt-BR`.
    """
    spoken = spoken_language(language)
    document = plan.document
    return PlanView(
        **dict(document),
        id=plan.id,
        member_id=plan.member_id,
        version=plan.version,
        made_at=plan.made_at,
        language=spoken,
        sentence=document.sentences.get(spoken) or document.sentences.get(_FALLBACK, ""),
        names=_names(document.exercises, spoken),
        feedback=plan.feedback,
    )


def spoken_language(tag: str) -> Language:
    """The language that we have words in, for a tag."""
    wanted = tag.lower().split("-")[0]
    return next((each for each in LANGUAGES if each == wanted), _FALLBACK)


def _names(exercises: Iterable[str], language: Language) -> dict[str, str]:
    """An exercise that is not in the catalogue any more is called by its id."""
    known = catalogue()
    return {
        each: known[each].name.get(language, known[each].name[_FALLBACK]) if each in known else each
        for each in exercises
    }
