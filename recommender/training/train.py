"""Learn both models from a table: what the command line and the cloud service call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from recommender.training import examples
from recommender.training.dataset import split
from recommender.training.evaluation import evaluate_effect, evaluate_intensity
from recommender.training.learned import LearnedEffect, LearnedIntensity
from recommender.training.network import Network
from recommender.training.personal_fit import fit
from recommender.training.search import WANTED_SWING, Trial, priced, recipes, steadiest

if TYPE_CHECKING:
    from recommender.training.dataset import Dataset
    from recommender.training.evaluation import IntensityEvaluation
    from recommender.training.recipe import OnProgress, Recipe, Settings

FEWEST_ROWS: Final = 200
"""With less to learn from there is nothing to learn."""
_Steadied = tuple[LearnedIntensity, tuple["Trial", ...]]
"""The chosen one, and all that was tried, the rough one first."""


class TrainingError(RuntimeError):
    """Nothing that can be used comes of this data; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What came of it.

    Attributes:
        intensity, effect: the chosen ones.
        unsmoothed: the intensity network, learned in the same way but without the smoothness term, and
            nothing that keeps its answers steady or knows one person.
        intensity_trials, effect_trials: the search, the starting point first.
        learned, judged: the rows of members that were learned from, and of those that took no part.
        shown: rows that may leave with the models: of simulated members wherever some were learned from.
        settings: with which it was asked for.
    """

    intensity: LearnedIntensity
    effect: LearnedEffect
    unsmoothed: LearnedIntensity
    intensity_trials: tuple[Trial, ...]
    effect_trials: tuple[Trial, ...]
    learned: Dataset
    judged: Dataset
    shown: Dataset
    settings: Settings


def train(
    dataset: Dataset, settings: Settings, on_progress: OnProgress, *, rehearsal: Dataset | None = None
) -> Trained:
    """Search for a recipe on some members, learn by it, and keep others aside to judge by.

    Args:
        dataset: what to learn from, to choose by and to judge by, split by member.
        settings: how much to do.
        on_progress: told of every step.
        rehearsal: learned from as well, whole: what the dataset cannot tell and should not be forgotten.

    Raises:
        TrainingError: there is too little to learn from.
    """
    learned, chosen, judged = split(dataset, settings.seed)
    _require_enough(learned, FEWEST_ROWS)
    _require_enough(chosen, FEWEST_ROWS // 10)
    _require_enough(judged, FEWEST_ROWS // 10)
    days = chosen
    if rehearsal is not None:
        learned = learned.joined(rehearsal)
        # Records tell of days of training alone; how far answers move from day to day, simulated members do.
        days = split(rehearsal, settings.seed)[1]
    intensity = _IntensityTask(learned, chosen, days, settings)
    trials, rough_recipe = _search(intensity, settings, on_progress)
    rough = intensity.learn(rough_recipe, settings.epochs)
    on_progress("learning without smoothness", 1, 1)
    smooth, smoothing_trials = intensity.steady(rough, on_progress)
    effect = _EffectTask(learned, chosen, settings)
    effect_trials, effect_recipe = _search(effect, settings, on_progress)
    return Trained(
        intensity=smooth,
        unsmoothed=rough,
        effect=effect.learn(effect_recipe, settings.epochs),
        intensity_trials=trials + smoothing_trials,
        effect_trials=effect_trials,
        learned=learned,
        judged=judged,
        shown=learned if rehearsal is None else rehearsal,
        settings=settings,
    )


class _IntensityTask:
    """Days in order, and how far the answer swings between them."""

    name: Final = "intensity"

    def __init__(self, learned: Dataset, chosen: Dataset, days: Dataset, settings: Settings) -> None:
        self._scales = examples.intensity_scales(learned)
        self._learned = examples.intensity_examples(learned, self._scales)
        self._judged = examples.intensity_examples(chosen, self._scales)
        self._chosen, self._days, self._settings = chosen, days, settings

    def learn(self, recipe: Recipe, epochs: int) -> LearnedIntensity:
        network = Network("intensity", recipe, seed=self._settings.seed)
        network.fit(self._learned, self._judged, epochs=epochs, patience=self._settings.patience)
        return LearnedIntensity(network.weights, self._scales, recipe)

    def judge(self, learned: LearnedIntensity, rough: IntensityEvaluation | None = None) -> Trial:
        """Error on the members to choose by, and swing; with a rough one's, the shares of it."""
        found = evaluate_intensity(learned, self._chosen)
        daily = found if self._days is self._chosen else self._daily(learned)
        shares = None if rough is None else daily.swing_shares(rough)
        return Trial(learned.recipe, found.error_in_spreads, daily.swing_in_spreads, shares)

    def _daily(self, learned: LearnedIntensity) -> IntensityEvaluation:
        return evaluate_intensity(learned, self._days)

    def steady(self, rough: LearnedIntensity, on_progress: OnProgress) -> _Steadied:
        """Learned at several prices of a swing, each with a band as wide as it still takes."""
        before = self._daily(rough)
        most = WANTED_SWING * before.swing[0], WANTED_SWING * before.swing[1]
        networks, trials = [], []
        for recipe in priced(rough.recipe, self._settings.smoothings):
            network = self.learn(recipe, self._settings.epochs)
            networks.append(replace(network, personal=fit(network, self._chosen, self._days, most)))
            trials.append(self.judge(networks[-1], before))
            on_progress("finding how to keep answers steady", len(trials), self._settings.smoothings)
        return networks[trials.index(steadiest(trials))], (self.judge(rough), *trials)


class _EffectTask:
    """Workouts, each by itself."""

    name: Final = "effect"

    def __init__(self, learned: Dataset, chosen: Dataset, settings: Settings) -> None:
        self._scales = examples.effect_scales(learned)
        self._learned = examples.effect_examples(learned, self._scales)
        self._judged = examples.effect_examples(chosen, self._scales)
        self._chosen, self._settings = chosen, settings

    def learn(self, recipe: Recipe, epochs: int) -> LearnedEffect:
        network = Network("effect", recipe, seed=self._settings.seed)
        network.fit(self._learned, self._judged, epochs=epochs, patience=self._settings.patience)
        return LearnedEffect(network.weights, self._scales, recipe)

    def judge(self, learned: LearnedEffect) -> Trial:
        """Errors of the three answers as shares of those of their means, on the members to choose by."""
        found = evaluate_effect(learned, self._chosen)
        pairs = (
            (found.effect, found.effect_mean),
            (found.completion, found.completion_mean),
            (found.rpe, found.rpe_mean),
        )
        shares = [error / mean for error, mean in pairs if error is not None and mean]
        return Trial(learned.recipe, sum(shares) / len(shares))


def _search(
    task: _IntensityTask | _EffectTask, settings: Settings, on_progress: OnProgress
) -> tuple[tuple[Trial, ...], Recipe]:
    """All that was tried, and the recipe with the least error."""
    trials: list[Trial] = []
    for recipe in recipes(settings.trials, settings.seed):
        trials.append(_tried(task, recipe, settings.trial_epochs))
        on_progress(f"searching for a recipe: {task.name}", len(trials), settings.trials)
    return tuple(trials), min(trials, key=lambda trial: trial.error).recipe


def _tried(task: _IntensityTask | _EffectTask, recipe: Recipe, epochs: int) -> Trial:
    if isinstance(task, _IntensityTask):
        return task.judge(task.learn(recipe, epochs))
    return task.judge(task.learn(recipe, epochs))


def _require_enough(part: Dataset, fewest: int) -> None:
    known = min(int(part.has_target.sum()), int(part.has_workout.sum()))
    if known < fewest:
        raise TrainingError(
            f"{part.source}: after the split by member one part has {known} days of which something can be "
            f"learned, and {fewest} are needed; bring more members or more days"
        )
