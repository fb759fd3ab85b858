"""Learn both models from a table: what the command line and the cloud service call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recommender.training import examples
from recommender.training.dataset import split
from recommender.training.evaluation import evaluate_effect, evaluate_intensity
from recommender.training.learned import LearnedEffect, LearnedIntensity
from recommender.training.network import Network
from recommender.training.search import Trial, recipes, smoothings, steadiest

if TYPE_CHECKING:
    from recommender.training.dataset import Dataset
    from recommender.training.recipe import OnProgress, Recipe, Settings

FEWEST_ROWS: Final = 200
"""With less to learn from there is nothing to learn."""


class TrainingError(RuntimeError):
    """Nothing that can be used comes of this data; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What came of it.

    Attributes:
        intensity, effect: the chosen ones.
        unsmoothed: the intensity network, learned in the same way but without the smoothness term.
        intensity_trials, effect_trials: the search, the starting point first.
        learned, judged: the rows of members that were learned from, and of those that took no part.
        settings: with which it was asked for.
    """

    intensity: LearnedIntensity
    effect: LearnedEffect
    unsmoothed: LearnedIntensity
    intensity_trials: tuple[Trial, ...]
    effect_trials: tuple[Trial, ...]
    learned: Dataset
    judged: Dataset
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
    if rehearsal is not None:
        learned = learned.joined(rehearsal)
    intensity = _IntensityTask(learned, chosen, settings)
    trials, rough_recipe = _search(intensity, settings, on_progress)
    rough = intensity.learn(rough_recipe, settings.epochs)
    on_progress("learning without smoothness", 1, 1)
    smooth, smoothing_trials = _smoothed(intensity, rough, settings, on_progress)
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
        settings=settings,
    )


class _IntensityTask:
    """Days in order, and how far the answer swings between them."""

    name: Final = "intensity"

    def __init__(self, learned: Dataset, chosen: Dataset, settings: Settings) -> None:
        self._scales = examples.intensity_scales(learned)
        self._learned = examples.intensity_examples(learned, self._scales)
        self._judged = examples.intensity_examples(chosen, self._scales)
        self._chosen, self._settings = chosen, settings

    def learn(self, recipe: Recipe, epochs: int) -> LearnedIntensity:
        network = Network("intensity", recipe, seed=self._settings.seed)
        network.fit(self._learned, self._judged, epochs=epochs, patience=self._settings.patience)
        return LearnedIntensity(network.weights, self._scales, recipe)

    def judge(self, learned: LearnedIntensity) -> Trial:
        """Mean absolute error in standard deviations, and the swing, on the members to choose by."""
        found = evaluate_intensity(learned, self._chosen)
        spread = self._scales.said.deviation
        error = sum(each / float(unit) for each, unit in zip(found.error, spread, strict=True)) / 2
        return Trial(learned.recipe, error, found.swing_in_spreads)


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


def _smoothed(
    task: _IntensityTask, rough: LearnedIntensity, settings: Settings, on_progress: OnProgress
) -> tuple[LearnedIntensity, tuple[Trial, ...]]:
    """Learned with as much smoothing as it takes, and what was tried, the rough one first."""
    networks: list[LearnedIntensity] = []

    def judge(recipe: Recipe) -> Trial:
        networks.append(task.learn(recipe, settings.epochs))
        on_progress("finding how much smoothing it takes", len(networks), settings.smoothings)
        return task.judge(networks[-1])

    before = task.judge(rough)
    trials = list(smoothings(before, settings.smoothings, judge))
    return networks[trials.index(steadiest(trials, before))], (before, *trials)


def _require_enough(part: Dataset, fewest: int) -> None:
    known = min(int(part.has_target.sum()), int(part.has_workout.sum()))
    if known < fewest:
        raise TrainingError(
            f"{part.source}: after the split by member one part has {known} days of which something can be "
            f"learned, and {fewest} are needed; bring more members or more days"
        )
