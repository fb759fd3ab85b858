"""Simulated people on treadmills. Their hearts are not the model's: two lags, wander, plateaus."""

import numpy as np
from numpy.typing import NDArray

from recommender.heart_response.recording import Recording

STEP_S = 2.0


def ramp_test(seed: int, session: int = 0) -> Recording:
    """Stand, walk, a kilometre per hour more each minute until exhaustion, walk again; km/h and bpm.

    Sessions of one person differ by a heart that beats a little quicker or slower all day, and by wander.
    """
    chance = np.random.default_rng(seed)
    highest_bpm, standing_bpm, fastest = chance.normal(188, 11), chance.normal(80, 12), chance.normal(15.5, 2)
    walked_s = chance.choice([120, 180, 300])
    times_s = np.arange(0, 3600, STEP_S)
    speeds = np.where(times_s < 60, 0.0, 5.0 + np.maximum(0, np.floor((times_s - 60 - walked_s) / 60)))
    exhausted_s = times_s[np.argmax(speeds >= fastest)]
    times_s = times_s[times_s < exhausted_s + 180]
    speeds = np.where(times_s < exhausted_s, speeds[: len(times_s)], 5.0)
    effort = np.clip(speeds / fastest, 0, 1) ** 1.15
    demand = np.where(speeds > 0, standing_bpm + 8 + (highest_bpm - standing_bpm - 8) * effort, standing_bpm)
    rates = _lagged(demand, chance.lognormal(np.log(35), 0.3), chance.lognormal(np.log(70), 0.3))
    if session:
        chance = np.random.default_rng((seed, session))
        rates += chance.normal(0, 3)
    return Recording(times_s, speeds, np.round(rates + _wander(chance, len(rates))))


def _lagged(demand: NDArray[np.float64], rise_s: float, fall_s: float) -> NDArray[np.float64]:
    first = second = demand[0]
    rates = []
    for wanted in demand.tolist():
        first += (wanted - first) * STEP_S / (rise_s if wanted > first else fall_s)
        second += (first - second) * STEP_S / 8
        rates.append(second)
    return np.array(rates)


def _wander(chance: np.random.Generator, length: int) -> NDArray[np.float64]:
    wander = [0.0]
    for push in chance.normal(0, 0.7, length - 1).tolist():
        wander.append(0.97 * wander[-1] + push)
    return np.array(wander)
