"""Heart-rate arithmetic: the maximum for an age, training zones, time spent in each.

Pure: no clock, no device. Rates are in beats per minute (bpm), times in seconds of a monotonic clock.

Sources: the maximum is Tanaka, Monahan and Seals, "Age-predicted maximal heart rate revisited", J. Am. Coll.
Cardiol. 37 (2001) 153-156: 208 - 0.7 x age, from 351 studies of healthy adults of 18 to 81 years. Its
standard deviation between people of one age is about 10 bpm, so a measured maximum is better wherever there
is one. The five zones at 50, 60, 70, 80 and 90 % of the maximum are the ones that heart-rate bands and gym
screens commonly show.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

MINIMUM_AGE_YEARS: Final = 5.0
MAXIMUM_AGE_YEARS: Final = 110.0
# A maximum outside of these comes from a wrong birth date or a wrong unit, not from a person.
LOWEST_MAXIMUM_BPM: Final = 100.0
HIGHEST_MAXIMUM_BPM: Final = 240.0
# The Heart Rate Service may carry 16 bits; no heart beats faster than this.
HIGHEST_RATE_BPM: Final = 300.0


@dataclass(frozen=True, slots=True)
class HeartRateZone:
    """One training zone: `lower_fraction <= rate / maximum < upper_fraction`; the last has no upper end."""

    number: int
    lower_fraction: float
    upper_fraction: float | None


ZONES: Final = (
    HeartRateZone(1, 0.5, 0.6),
    HeartRateZone(2, 0.6, 0.7),
    HeartRateZone(3, 0.7, 0.8),
    HeartRateZone(4, 0.8, 0.9),
    HeartRateZone(5, 0.9, None),
)


def maximum_heart_rate_bpm(age_years: float) -> float:
    """The expected maximum heart rate of an adult (Tanaka 2001): 208 - 0.7 x age.

    Args:
        age_years: 5 to 110. Below 18 the formula is an extrapolation.

    Raises:
        ValueError: The age is outside of that range or not a number.
    """
    if not MINIMUM_AGE_YEARS <= age_years <= MAXIMUM_AGE_YEARS:
        raise ValueError(
            f"age of {age_years:g} years is outside of {MINIMUM_AGE_YEARS:g} to {MAXIMUM_AGE_YEARS:g}"
        )
    return 208.0 - 0.7 * age_years


def fraction(bpm: float, maximum_bpm: float) -> float:
    """The rate as a fraction of the maximum; above 1 when a person beats the formula.

    Args:
        bpm: The rate, 0 to 300.
        maximum_bpm: The person's maximum, 100 to 240.

    Raises:
        ValueError: A value is outside of its range or not a number.
    """
    _check_maximum(maximum_bpm)
    _check_rate(bpm)
    return bpm / maximum_bpm


def zone(bpm: float, maximum_bpm: float) -> int | None:
    """The zone 1 to 5 that the rate lies in, or None below half of the maximum.

    Boundaries belong to the higher zone. They are compared in bpm (`lower_fraction x maximum`), so that a
    rate equal to a boundary that is shown to people is in the zone that is shown beside it.

    Raises:
        ValueError: As for `fraction`.
    """
    _check_maximum(maximum_bpm)
    _check_rate(bpm)
    reached = [z.number for z in ZONES if bpm >= lower_bound_bpm(z, maximum_bpm)]
    return reached[-1] if reached else None


def lower_bound_bpm(heart_rate_zone: HeartRateZone, maximum_bpm: float) -> float:
    """The lowest rate of a zone for this maximum, in bpm, to a hundredth."""
    # 0.7 x 180 is 125.99999999999999 in binary: without rounding a boundary moves by one beat here and there.
    return round(heart_rate_zone.lower_fraction * maximum_bpm, 2)


@dataclass(frozen=True, slots=True)
class HeartRateSummary:
    """What one session's heart rate came to.

    Attributes:
        mean_bpm: Mean over the samples.
        max_bpm: Highest sample.
        seconds_in_zone: Time in zones 1 to 5, in seconds; time below zone 1 and time without a value is in
            none.
        samples: How many values there were.
    """

    mean_bpm: float
    max_bpm: float
    seconds_in_zone: tuple[float, float, float, float, float]
    samples: int


class HeartRateTally:
    """Adds up a session's heart rate, sample by sample.

    A sample holds until the next one, but no longer than `max_gap_s`: a band that drops out must not earn
    time.
    """

    __slots__ = (
        "_last_bpm",
        "_last_s",
        "_lower_bounds_bpm",
        "_max_bpm",
        "_max_gap_s",
        "_samples",
        "_seconds",
        "_sum_bpm",
    )

    def __init__(
        self, *, maximum_bpm: float, max_gap_s: float = 4.0, resumed: HeartRateSummary | None = None
    ) -> None:
        """Start empty, or from what was added up before a restart.

        Args:
            maximum_bpm: The person's maximum heart rate, 100 to 240.
            max_gap_s: The longest time that one sample stands for; the default is the age at which a reading
                is stale.
            resumed: An earlier summary of the same session to go on from.

        Raises:
            ValueError: A value is outside of its range.
        """
        _check_maximum(maximum_bpm)
        if not 0.0 < max_gap_s < float("inf"):
            raise ValueError(f"max_gap_s of {max_gap_s} is not a positive time")
        self._lower_bounds_bpm = [lower_bound_bpm(each, maximum_bpm) for each in ZONES]
        self._max_gap_s = max_gap_s
        self._last_s: float | None = None
        self._last_bpm: float | None = None
        self._samples = resumed.samples if resumed else 0
        self._sum_bpm = resumed.mean_bpm * resumed.samples if resumed else 0.0
        self._max_bpm = resumed.max_bpm if resumed else 0.0
        self._seconds = list(resumed.seconds_in_zone) if resumed else [0.0] * len(ZONES)

    def add(self, at_s: float, bpm: float | None) -> None:
        """Take one sample; None says that the rate is unknown from here on.

        A sample that is older than the one before is left out: a late message must not rewrite the past.

        Args:
            at_s: When it was measured, in seconds of a monotonic clock.
            bpm: The rate, 0 to 300. 0 is what bands send without contact and is taken as unknown.

        Raises:
            ValueError: The rate is outside of its range or not a number.
        """
        if bpm is not None:
            _check_rate(bpm)
        if self._last_s is not None and at_s < self._last_s:
            return
        self._credit_until(at_s)
        self._last_s = at_s
        self._last_bpm = bpm or None
        if self._last_bpm is not None:
            self._samples += 1
            self._sum_bpm += self._last_bpm
            self._max_bpm = max(self._max_bpm, self._last_bpm)

    def summary(self) -> HeartRateSummary | None:
        """What was added up so far; None before the first known rate."""
        if self._samples == 0:
            return None
        one, two, three, four, five = self._seconds
        return HeartRateSummary(
            mean_bpm=self._sum_bpm / self._samples,
            max_bpm=self._max_bpm,
            seconds_in_zone=(one, two, three, four, five),
            samples=self._samples,
        )

    def _credit_until(self, at_s: float) -> None:
        if self._last_s is None or self._last_bpm is None:
            return
        number = bisect_right(self._lower_bounds_bpm, self._last_bpm)
        if number:
            self._seconds[number - 1] += min(at_s - self._last_s, self._max_gap_s)


def _check_maximum(maximum_bpm: float) -> None:
    if not LOWEST_MAXIMUM_BPM <= maximum_bpm <= HIGHEST_MAXIMUM_BPM:
        raise ValueError(
            f"maximum heart rate of {maximum_bpm:g} bpm is outside of "
            f"{LOWEST_MAXIMUM_BPM:g} to {HIGHEST_MAXIMUM_BPM:g}"
        )


def _check_rate(bpm: float) -> None:
    if not 0.0 <= bpm <= HIGHEST_RATE_BPM:
        raise ValueError(f"heart rate of {bpm:g} bpm is outside of 0 to {HIGHEST_RATE_BPM:g}")
