"""What a member's note says about a workout, by its words: pain, too hard, or nothing that a plan must know.

It knows English and Simplified Chinese. A note in other words changes nothing; a denial ("no pain") neither.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Complaint = Literal["pain", "too_hard"]

_DENIED: Final = re.compile(
    r"\b(?:no|not|never|without|free of|isn't|wasn't|didn't|doesn't)\s+(?:\w+\s+)?"
    r"(?:(?:pain|hurt|injur|dizz|exhaust)\w*|too (?:hard|much|long|heavy))|\bpain[- ]free\b"
    r"|(?:不|没有?|无)(?:怎么|太|再|觉得)?(?:疼|痛|头晕|胸闷|受伤|累|难|重|长)",
    re.IGNORECASE,
)
_PAIN: Final = re.compile(
    r"\b(?:pain(?:s|ful)?|hurt(?:s|ing)?|injur\w*|dizz\w*|chest tight\w*)\b|疼|痛|受伤|头晕|胸闷",
    re.IGNORECASE,
)
_TOO_HARD: Final = re.compile(
    r"\btoo (?:hard|much|long|heavy)\b|\bexhaust\w*|太累|太难|太重|太长|累坏", re.IGNORECASE
)


def complaint(note: str) -> Complaint | None:
    """The gravest complaint of a note, or None."""
    told = _DENIED.sub(" ", note)
    if _PAIN.search(told):
        return "pain"
    return "too_hard" if _TOO_HARD.search(told) else None
