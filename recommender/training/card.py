"""The model card: what a model is for, what it learned from, how good it is, what it is not for.

The questions are those of Mitchell et al., "Model cards for model reporting" (FAT* 2019).
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Final

from recommender import intensity
from recommender.training.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from recommender.personal import Personal
    from recommender.training.evaluation import IntensityEvaluation, Pair
    from recommender.training.recipe import Settings
    from recommender.training.report import Report
    from recommender.training.search import Trial
    from recommender.training.train import Trained

USE: Final = {
    "intensity": (
        "Says how many minutes and how hard somebody should train today. Its answer is a proposal: feedback "
        "changes it, and the rules of the plan bound it (docs/explanation/recommender.md)."
    ),
    "effect": (
        "Says what a workout would do for somebody today, so that kinds and doses can be ranked. What a kind "
        "is worth for a goal is not in it; `recommender.effect.rank` multiplies by it."
    ),
}
ANSWERS: Final = {"intensity": ("minutes", "intensity"), "effect": ("effect", "completion", "RPE")}
LIMITS: Final = (
    "It knows ten numbers about a person, and neither injuries nor illness: the rules that come after it do.",
    "It is no medical device, and its figures are about people like those it has learned from.",
    "Sleep and stress never leave a box, so what it makes of them comes from simulated members alone.",
)
SIMULATED: Final = (
    "Simulated members are not real people: the figures say how well the model has learned what "
    "docs/explanation/simulated-members.md assumes, and little about a real gym."
)


def card(name: str, facts: Mapping[str, str], trained: Trained, report: Report) -> str:
    """The text of a card, in Markdown."""
    chosen = trained.intensity if name == intensity.NAME else trained.effect
    trials = trained.intensity_trials if name == intensity.NAME else trained.effect_trials
    lines = [
        f"# {name} {facts['version']}",
        "",
        USE[name],
        "",
        "## What it learned from",
        "",
        f"{_sentence(facts['data'])} 70 % taught it ({len(trained.learned)} rows), 15 % chose, 15 % judge.",
        *([SIMULATED] if "simulated" in facts["data"] else []),
        "",
        "## How good it is",
        "",
        _sentence(facts["accuracy"]),
        "",
        *(_personal(trained.intensity.personal) if name == intensity.NAME else []),
        *(_intensity(report) if name == intensity.NAME else _effect(report)),
        "",
        _int8(report, name),
        "",
        "## What it is not for",
        "",
        *(f"- {limit}" for limit in LIMITS),
        "",
        "## How it was found",
        "",
        *_search(trained.settings, chosen.recipe),
        *_trials(trials),
    ]
    return "\n".join(lines) + "\n"


def _personal(personal: Personal) -> Iterator[str]:
    minutes, points = personal.band
    yield (
        "These are figures of what is prescribed: the network's answer, moved by the member's own ratings "
        "and kept steady. The ratings give a random intercept, shrunk as by "
        f"{personal.shrinkage:.3g} ratings of nothing special; a rating counts half after "
        f"{personal.half_life_days:g} days. Within {minutes:.3g} min and {points:.3g} points nothing moves "
        "from day to day; within less on days on which somebody usually trains, within more on others."
    )
    yield ""


def _intensity(report: Report) -> Iterator[str]:
    found, truth = report.evaluation.intensity, report.evaluation.intensity.truth
    rows = [
        ("this model", found.error, truth.error if truth else None),
        ("the rule engine", found.rules, truth.rules if truth else None),
        ("always the mean", found.mean, truth.mean if truth else None),
        ("what really suits", truth.floor if truth else None, None),
    ]
    yield "| minutes and points off | what members tell | what really suits them |"
    yield "|---|---:|---:|"
    for name, told, really in rows:
        yield f"| {name} | {_off(told)} | {_off(really)} |"
    yield ""
    yield from _nearer(found)
    yield "| group | members | days | minutes off | points off |"
    yield "|---|---:|---:|---:|---:|"
    for group, each in found.segments.items():
        yield f"| {group} | {each.members} | {each.days} | {each.error[0]:.2f} | {each.error[1]:.3f} |"


def _nearer(found: IntensityEvaluation) -> Iterator[str]:
    """Than the rule engine, by both readings, and which of them is promised."""
    if found.rules is None or found.truth is None or found.truth.rules is None:
        return
    told = _shares(found.error, found.rules)
    really = _shares(found.truth.error, found.truth.rules)
    yield (
        f"Than the rule engine it is nearer to what members tell by {told}, and to what really suits them by "
        f"{really} (minutes, intensity). A quarter is promised of what really suits. What members tell of an "
        "intensity is noise for the most part: how near to it anybody could come, "
        "`benchmarks/recommender.py --parts reachable` finds, and docs/explanation/recommender-training.md "
        "says."
    )
    yield ""


def _shares(ours: Pair, theirs: Pair) -> str:
    return ", ".join(f"{100 * (1 - mine / peer):.0f} %" for mine, peer in zip(ours, theirs, strict=True))


def _off(errors: tuple[float, float] | None) -> str:
    return "" if errors is None else f"{errors[0]:.2f}, {errors[1]:.3f}"


def _effect(report: Report) -> Iterator[str]:
    calibration = report.evaluation.effect.calibration
    if calibration is not None:
        yield f"Expected calibration error of the probability of completion: {calibration:.3f}."


def _int8(report: Report, name: str) -> str:
    files, losses = report.files[name], ", ".join(f"{100 * loss:.2f} %" for loss in report.int8[name])
    return (
        f"The int8 file has {len(files.int8)} bytes, the exact one {len(files.exact)}; its errors are larger "
        f"by {losses} ({', '.join(ANSWERS[name])})."
    )


def _search(settings: Settings, chosen: Recipe) -> Iterator[str]:
    yield (
        f"Random search with seed {settings.seed}, {settings.trial_epochs} epochs each; the first row is the "
        "starting point. What a swing costs the intensity model is found after it; swings are shares of "
        "those without smoothing, on the members that choose. "
        f"Chosen: {_words(chosen)}; it learned for up to {settings.epochs} epochs."
    )
    yield ""


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _trials(trials: Sequence[Trial]) -> Iterator[str]:
    names = [field.name for field in fields(Recipe)]
    yield f"| {' | '.join(name.replace('_', ' ') for name in names)} | error | swings |"
    yield "|" + "---:|" * (len(names) + 2)
    for trial in trials:
        swing = "" if trial.shares is None else ", ".join(f"{share:.3f}" for share in trial.shares)
        values = " | ".join(f"{value:g}" for value in asdict(trial.recipe).values())
        yield f"| {values} | {trial.error:.4f} | {swing} |"


def _words(recipe: Recipe) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in asdict(recipe).items())
