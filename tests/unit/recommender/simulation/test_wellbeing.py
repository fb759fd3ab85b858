from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from recommender.simulation.people import draw_person
from recommender.simulation.wellbeing import draw_days, told

_, DRAWN = draw_person(np.random.default_rng(2))
SOMEBODY = replace(DRAWN, sleep_efficiency=0.85, stress_index=5.0, tells=1.0)


def test_stress_lasts_and_costs_sleep() -> None:
    sleep, stress = np.array(draw_days(np.random.default_rng(1), SOMEBODY, 4000)).T
    assert np.corrcoef(stress[1:], stress[:-1])[0, 1] == pytest.approx(0.85, abs=0.06)
    assert np.corrcoef(stress, sleep)[0, 1] < -0.1
    assert (sleep.mean(), stress.mean()) == (pytest.approx(0.85, abs=0.01), pytest.approx(5, abs=0.25))
    assert sleep.std() == pytest.approx(0.06, abs=0.015)


def test_days_are_possible_whoever_it_is() -> None:
    worried = replace(SOMEBODY, sleep_efficiency=0.4, stress_index=9.5)
    sleep, stress = np.array(draw_days(np.random.default_rng(1), worried, 500)).T
    assert (sleep >= 0.3).all()
    assert (stress <= 10).all()


def test_what_is_told_is_near_the_truth() -> None:
    chance = np.random.default_rng(1)
    words = [told(chance, SOMEBODY, date(2026, 1, 1), 0.8, 6.2) for _ in range(300)]
    known = [
        (word.sleep_efficiency, word.stress_index)
        for word in words
        if word and word.sleep_efficiency is not None and word.stress_index is not None
    ]
    assert len(known) == 300
    assert np.mean(known, axis=0) == pytest.approx([0.8, 6.2], abs=0.15)
    assert all(float(stress or 0).is_integer() for _, stress in known)


def test_who_tells_nothing_is_silent() -> None:
    chance = np.random.default_rng(1)
    silent = replace(SOMEBODY, tells=0.0)
    assert not any(told(chance, silent, date(2026, 1, 1), 0.8, 6.0) for _ in range(50))
