"""Today's workout for one person: from their past to a plan and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender import effect, intensity, prescribing, rule_engine
from recommender.adaptation import adapt, lessened
from recommender.composing.compose import compose
from recommender.effect import Candidate, no_harder_than, rank
from recommender.explanation import explain, explain_rules
from recommender.features import FEATURE_NAMES, feature_vector
from recommender.plan import Plan
from recommender.prescription import WORKOUT_TYPES
from recommender.variety import due

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from recommender.effect import EffectModel
    from recommender.features import FeatureVector
    from recommender.gym import Gym
    from recommender.history import History
    from recommender.intensity import IntensityModel
    from recommender.person import Goal, Person
    from recommender.plan import Composition, Explanation
    from recommender.prescribing import OwnPart
    from recommender.prescription import Prescription, WorkoutType

BY_THE_RULES: Final = "no intensity model is loaded; the rules prescribed"


@dataclass(frozen=True, slots=True)
class Coach:
    """Makes plans. Pure but for the models that it asks; any number of threads may share it.

    Attributes:
        intensity: says how long and how hard; without it the rule engine does.
        effect: ranks what is due; without it what is most overdue is taken.
    """

    intensity: IntensityModel | None = None
    effect: EffectModel | None = None

    def plan(
        self,
        person: Person,
        history: History,
        gym: Gym,
        today: date,
        seed: int,
        *,
        at_most: Prescription | None = None,
    ) -> Plan:
        """Today's plan; the same for the same arguments.

        Args:
            person: as they are today.
            history: their past.
            gym: what is there and free now.
            today: the day, in the gym's timezone.
            seed: varies the exercises from day to day.
            at_most: how long and how hard it may be because the person asks for less.

        Raises:
            ValueError: a model or the past is not what it should be; the text says what.
        """
        features = feature_vector(person, history, today)
        prescribed, own = self._prescribe(person, history, today, features)
        adapted, changes = adapt(prescribed, person, history, today)
        if at_most is not None:
            adapted, changes = lessened(adapted, at_most, changes)
        chosen = self._choose(features, person.goal, adapted, due(person, history, today))
        composition = compose(
            person=person,
            prescription=chosen.prescription,
            type=chosen.type,
            gym=gym,
            history=history,
            today=today,
            seed=seed,
        )
        composition = replace(composition, rules=(*changes, *composition.rules))
        asked = {intensity.NAME: self.intensity, effect.NAME: self.effect}
        return Plan(
            day=today,
            goal=person.goal,
            composition=composition,
            source="rules" if self.intensity is None else "model",
            source_note=BY_THE_RULES if self.intensity is None else "",
            model_versions={name: model.version for name, model in asked.items() if model is not None},
            features=dict(zip(FEATURE_NAMES, features.values.tolist(), strict=True)),
            imputed=dict(features.imputed),
            explanation=self._explain(features, own, composition),
            seed=seed,
        )

    def _prescribe(
        self, person: Person, history: History, today: date, features: FeatureVector
    ) -> tuple[Prescription, Mapping[OwnPart, NDArray[np.float64]]]:
        """What to begin with, and which parts of it are this person's alone."""
        if self.intensity is None:
            return rule_engine.prescribe(person, history, today, features), {}
        said = prescribing.prescribe(self.intensity, person, history, today, features)
        return said.prescription, said.own

    def _choose(
        self, features: FeatureVector, goal: Goal, adapted: Prescription, kinds: tuple[WorkoutType, ...]
    ) -> Candidate:
        """The due workout with the largest effect that the member can be expected to finish."""
        if self.effect is None:
            return Candidate(kinds[0], adapted)
        candidates = no_harder_than(adapted, kinds)
        values, imputed = (np.repeat(each, len(candidates), axis=0) for each in _row(features))
        kinds_asked = np.array([WORKOUT_TYPES.index(each.type) for each in candidates])
        workouts = np.array(
            [[each.prescription.duration_minutes, each.prescription.intensity_score] for each in candidates]
        )
        said = self.effect.predict(values, imputed, kinds_asked, workouts)
        return rank(candidates, said, goal)[0].candidate

    def _explain(
        self, features: FeatureVector, own: Mapping[OwnPart, NDArray[np.float64]], composition: Composition
    ) -> Explanation:
        if self.intensity is None:
            return explain_rules(composition.prescription, composition.rules)
        return explain(
            features,
            self.intensity.predict,
            self.intensity.background,
            own=own,
            prescription=composition.prescription,
            rules=composition.rules,
        )


def _row(features: FeatureVector) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    return features.values[None], features.is_imputed[None]
