"""How far the intensity model is off on simulated members it never saw, beside the rules and the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender import effect, intensity
from recommender.exertion import RPE_PER_INTENSITY, expected_rpe, suited
from recommender.features import MONTH_DAYS, feature_vector
from recommender.rule_engine import prescribe
from recommender.simulation.members import simulate
from recommender.training.evaluation import Evaluation, evaluate
from recommender.training.learned import Models
from recommender.training.simulated import dataset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.simulation.members import SimulatedDay, SimulatedMember

SEED = 9003
DAYS = 120
RATINGS = 3


def measure(members: int) -> Evaluation:
    """Judge the packaged models.

    Raises:
        ModelRefused: they cannot be used.
    """
    people = dataset(members, SEED, lambda _what, _done, _all: None)
    return evaluate(Models(intensity.load(), effect.load()), people)


def corrected_rules(members: int) -> float:
    """The intensity error of rules that also take off by how much the last three workouts felt harder.

    The box's own rule engine leaves ratings to `adapt`, which hears them whoever prescribed.
    """
    errors = [
        abs(prescribed - wanted.intensity_score)
        for member in simulate(members=members, days=DAYS, seed=SEED)
        for day in member.days[MONTH_DAYS:]
        if day.workout is not None
        and (wanted := suited(day.workout, day.person.goal, day.person.training_phase)) is not None
        for prescribed in [_corrected(member, day)]
    ]
    return float(np.mean(errors))


def _corrected(member: SimulatedMember, day: SimulatedDay) -> float:
    features = feature_vector(day.person, member.history, day.day)
    by_the_book = prescribe(day.person, member.history, day.day, features).intensity_score
    surprises = [
        each.rpe - expected_rpe(each.intensity_score)
        for each in member.history.workouts
        if 0 < (day.day - each.day).days <= MONTH_DAYS
        and each.rpe is not None
        and each.intensity_score is not None
    ][-RATINGS:]
    return by_the_book - (float(np.mean(surprises)) / RPE_PER_INTENSITY if surprises else 0.0)


def table(found: Evaluation, members: int, corrected: float) -> Iterator[str]:
    """For people."""
    ours = found.intensity
    yield f"{members} simulated members, {ours.days} days: mean absolute error"
    yield f"{'':20} {'minutes':>9} {'intensity':>9}"
    for name, error in (
        ("intensity model", ours.error),
        ("rule engine", ours.rules),
        ("global mean", ours.mean),
    ):
        if error is not None:
            yield f"{name:20} {error[0]:9.2f} {error[1]:9.3f}"
    yield f"{'rules and ratings':20} {'':9} {corrected:9.3f}"
    for name, gain in gains(found).items():
        yield f"lower than the {name} by {100 * gain[0]:.0f} % and {100 * gain[1]:.0f} %"
    worst = worst_segment(found)
    yield f"the worst group, times the overall error: {worst[0]:.2f} and {worst[1]:.2f}"


def gains(found: Evaluation) -> dict[str, tuple[float, float]]:
    """By which share the model is nearer than each peer, of minutes and of intensity."""
    ours = found.intensity
    peers = {"rule engine": ours.rules, "global mean": ours.mean}
    return {
        name: (1 - ours.error[0] / peer[0], 1 - ours.error[1] / peer[1])
        for name, peer in peers.items()
        if peer is not None
    }


def worst_segment(found: Evaluation) -> tuple[float, float]:
    """The largest error of any group, times that of all."""
    ours = found.intensity
    errors = [each.error for each in ours.segments.values()]
    return max(each[0] for each in errors) / ours.error[0], max(each[1] for each in errors) / ours.error[1]
