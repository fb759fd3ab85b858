"""Which speed a step begins with when a heart-rate zone decides how fast it goes. Pure."""

from gateway.commands.plans import PlanStep
from recommender.heart_response.fitting import Belief
from recommender.heart_response.planned import MOST_LOAD, speed_kmh_for, unit_of
from recommender.heart_response.set_points import set_point


def opened_step(step: PlanStep, belief: Belief, maximum_bpm: float, fastest_kmh: float) -> PlanStep:
    """Return the step with the person's own set point, as a speed on its slope.

    A step without a zone, without a word of its slope, or in whose zone rest is enough stays as it is: on a
    slope that nobody knows the speed could be too much. The safety rules judge what comes of it.

    Args:
        step: at a treadmill.
        belief: of the person on that day, for loads in km/h.
        maximum_bpm: of the person, 100 to 240.
        fastest_kmh: that the person has gone lately; a heart may allow more than legs are used to.
    """
    if step.heart_rate_zone is None or step.incline_percent is None or step.opening_kmh is not None:
        return step
    most_load = MOST_LOAD[unit_of("treadmill")]
    load = set_point(belief, step.heart_rate_zone, maximum_bpm, most_load=most_load).load
    speed_kmh = round(min(speed_kmh_for(load, step.incline_percent), fastest_kmh), 1)
    return step.model_copy(update={"opening_kmh": speed_kmh}) if speed_kmh > 0.0 else step
