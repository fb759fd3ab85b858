"""The columns of a table of records: one row for each session, as the cloud lands them in Parquet.

Every value that nobody knows is null: never zero, never a value that stood in for it. Sleep and stress never
leave a box, so records have null in both; what they mean is learned from simulated members.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from recommender.features import FEATURES
from recommender.history import HIGHEST_RPE, LOWEST_RPE
from recommender.person import GOALS, LEVELS, SEXES
from recommender.prescription import (
    HIGHEST_INTENSITY,
    LONGEST_MINUTES,
    LOWEST_INTENSITY,
    SHORTEST_MINUTES,
    WORKOUT_TYPES,
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: in the table.
        kind: `text`, `day` (a date) or `number`.
        meaning: with the unit.
        low, high: between which numbers lie; others are refused.
        allowed: the texts that there are; None when any may be.
        required: whether the column must be there and may not be null.
    """

    name: str
    kind: Literal["text", "day", "number"]
    meaning: str
    low: float = float("-inf")
    high: float = float("inf")
    allowed: tuple[str, ...] | None = None
    required: bool = False


COLUMNS: Final = (
    Column("member", "text", "pseudonym of the member", required=True),
    Column("day", "day", "of the session, in the gym's timezone", required=True),
    *(
        Column(each.name, "number", each.unit, each.low, each.high, required=each.name == "training_phase")
        for each in FEATURES
    ),
    Column("sex", "text", "for the segments", allowed=SEXES),
    Column("level", "text", "for the segments", allowed=LEVELS),
    Column("goal", "text", "of the member on that day", allowed=GOALS, required=True),
    Column("type", "text", "kind of workout", allowed=WORKOUT_TYPES),
    Column("prescribed_minutes", "number", "as planned", SHORTEST_MINUTES, LONGEST_MINUTES),
    Column("prescribed_intensity", "number", "as planned", LOWEST_INTENSITY, HIGHEST_INTENSITY),
    Column(
        "rules_minutes", "number", "what the rule engine said that day", SHORTEST_MINUTES, LONGEST_MINUTES
    ),
    Column("rules_intensity", "number", "likewise", LOWEST_INTENSITY, HIGHEST_INTENSITY),
    Column("accepted", "number", "1 when the member took the plan, 0 when not", 0.0, 1.0),
    Column("performed_minutes", "number", "as performed", 0.0, 24 * 60.0),
    Column(
        "performed_intensity",
        "number",
        "as measured, never from the rating",
        LOWEST_INTENSITY,
        HIGHEST_INTENSITY,
    ),
    Column("completion", "number", "performed share of the plan", 0.0, 1.0),
    Column("rpe", "number", "rating of perceived exertion", LOWEST_RPE, HIGHEST_RPE),
)
BY_NAME: Final = {column.name: column for column in COLUMNS}
