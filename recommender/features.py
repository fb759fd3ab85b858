"""The ten features that the intensity model sees (DESIGN 2.5), from a person's past. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: its name, unit and the range that values must lie in.

    Attributes:
        name: as records and models know it.
        unit: what the number means.
        low: smallest possible value.
        high: largest possible value.
        usual: what stands in when nothing is known.
    """

    name: str
    unit: str
    low: float
    high: float
    usual: float


FEATURES: Final = (
    Feature("age_years", "years", 14.0, 100.0, 40.0),
    Feature("bmi", "kg/m2", 12.0, 60.0, 25.0),
    Feature("mean_duration_7d_min", "min a session over 7 days; 0 when there was none", 0.0, 240.0, 0.0),
    Feature("mean_hr_fraction_7d", "share of the personal maximum over 7 days", 0.3, 1.1, 0.65),
    Feature("rpe_slope_7d", "RPE points a day over 7 days", -3.0, 3.0, 0.0),
    Feature("completion_28d", "performed share of what was planned over 28 days", 0.0, 1.0, 0.8),
    Feature("sleep_efficiency", "time asleep by time in bed, mean of 3 nights", 0.0, 1.0, 0.85),
    Feature("stress_index", "0 calm to 10, mean of 3 days", 0.0, 10.0, 4.0),
    Feature("progress_rate_28d", "relative change of the weekly load, a week", -1.0, 1.0, 0.0),
    Feature("training_phase", "index into person.TRAINING_PHASES", 0.0, 6.0, 0.0),
)
FEATURE_NAMES: Final = tuple(feature.name for feature in FEATURES)


@dataclass(frozen=True, slots=True)
class FeatureVector:
    """The ten values of one person on one day.

    Attributes:
        values: float32 (10,), in the order of FEATURES, within their ranges.
        imputed: why a value was not known and what stands in for it, by name.
    """

    values: NDArray[np.float32]
    imputed: Mapping[str, str]
