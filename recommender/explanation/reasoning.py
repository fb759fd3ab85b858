"""Why a prescription is what it is: each feature's part in it, and one sentence."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recommender.explanation.argument import Part, argue
from recommender.explanation.attribution import attribute
from recommender.explanation.facts import Fact, fact
from recommender.explanation.rules import WAYS, reasons_among
from recommender.explanation.wording import LANGUAGES, clause, listed, sentence, sentence_of_rules
from recommender.features import FEATURE_NAMES
from recommender.plan import Explanation, Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from recommender.explanation.argument import Aspect
    from recommender.explanation.attribution import Background, Predict
    from recommender.explanation.facts import Direction
    from recommender.features import FeatureVector
    from recommender.plan import BoundRule
    from recommender.prescribing import OwnPart
    from recommender.prescription import Prescription

MINUTES_A_POINT: Final = 15.0
"""So many minutes weigh as much as one point of intensity."""
MOST_RULES: Final = 2
NOTHING_OWN: Final[Mapping[OwnPart, NDArray[np.float64]]] = MappingProxyType({})


def explain(
    features: FeatureVector,
    predict: Predict,
    background: Background,
    *,
    own: Mapping[OwnPart, NDArray[np.float64]] = NOTHING_OWN,
    prescription: Prescription | None = None,
    rules: tuple[BoundRule, ...] = (),
) -> Explanation:
    """Take the model's answer apart and say it in a sentence for each language.

    Args:
        features: of the person.
        predict: the model, as for `attribute`.
        background: a few others, as for `attribute`.
        own: what the model adds to its network's answer for this person alone, minutes and intensity (2,) by
            name: constants beside the features, so that they are reasons of their own.
        prescription: what was prescribed in the end; what the model says, when nothing changed it.
        rules: what changed it after the model. The sentence speaks of the end, never of the model alone.

    Raises:
        ValueError: the background cannot be used, or the model does not answer with numbers.
    """
    attribution = attribute(features, predict, background)
    reasons = [
        Reason(feature=name, value=float(value), minutes=float(minutes), intensity=float(intensity))
        for name, value, (minutes, intensity) in zip(
            FEATURE_NAMES, features.values, attribution.parts, strict=True
        )
    ]
    reasons += [
        Reason(feature=name, value=float(points), minutes=float(minutes), intensity=float(points))
        for name, (minutes, points) in own.items()
    ]
    reasons.sort(key=lambda each: abs(each.minutes) / MINUTES_A_POINT + abs(each.intensity), reverse=True)
    parts: dict[Aspect, list[Part]] = {
        "intensity": [_part(each, each.intensity, features.imputed) for each in reasons],
        "duration": [_part(each, each.minutes / MINUTES_A_POINT, features.imputed) for each in reasons],
    }
    if prescription is not None:
        minutes, intensity = (attribution.prediction + sum(own.values())).tolist()
        harder = prescription.intensity_score - intensity
        longer = (prescription.duration_minutes - minutes) / MINUTES_A_POINT
        parts["intensity"].append(_change(harder, rules, "intensity"))
        parts["duration"].append(_change(longer, rules, "duration"))
    argument = argue(parts)
    base_minutes, base_intensity = attribution.base
    return Explanation(
        sentences={language: sentence(argument, language) for language in LANGUAGES},
        reasons=tuple(reasons),
        base_minutes=float(base_minutes),
        base_intensity=float(base_intensity),
    )


def explain_rules(prescription: Prescription, rules: tuple[BoundRule, ...] = ()) -> Explanation:
    """What to say when the rule engine prescribed: no model was asked, so no feature has a part in it."""
    facts = _facts(rule.name for rule in rules)
    return Explanation(
        sentences={language: sentence_of_rules(facts[:MOST_RULES], language) for language in LANGUAGES},
        reasons=(),
        base_minutes=prescription.duration_minutes,
        base_intensity=prescription.intensity_score,
    )


def because(names: Iterable[str], language: str) -> str:
    """Say in one clause why rules changed a workout; empty when none of them is a reason.

    Args:
        names: of the rules, in their order.
        language: one of `LANGUAGES`.
    """
    return listed([clause(each, language) for each in _facts(names)[:MOST_RULES]], language)


def _facts(names: Iterable[str]) -> list[Fact]:
    return [Fact(way, name) for name in names for way, known in WAYS.items() if name in known]


def _part(reason: Reason, points: float, imputed: Collection[str]) -> Part:
    toward: Direction = "more" if points > 0 else "less"
    known = reason.feature not in imputed
    return Part(points, fact(reason.feature, reason.value, known=known, toward=toward))


def _change(points: float, rules: Sequence[BoundRule], aspect: Aspect) -> Part:
    """What became of the prescription after the model, and which rule to name for it."""
    named = reasons_among(rules, "raised" if points > 0 else "lowered", aspect)
    return Part(points, named[0] if named else None)
