"""Whether the box's clock is good enough to say that something has expired.

A box without a battery for its clock wakes up in 1970. Judged by that time everything is valid, also what was
revoked long ago; and one that has woken up before its time must not take that for news either.
"""

from datetime import datetime, timedelta
from typing import Final

# Nobody signs what is current for longer than this ahead; the cloud does for a day.
_LONGEST_AHEAD: Final = timedelta(days=30)


def clock_trouble(now: datetime, *, built_at: datetime, current_until: datetime | None) -> str | None:
    """What shows that the clock is wrong, for people; None when nothing does.

    Args:
        now: What the clock says.
        built_at: When this program was built: no time before is true.
        current_until: When the last signed word on what is current expires, None before the first.
    """
    if now < built_at:
        return f"this box's clock says {now:%Y-%m-%d}, before its program was built ({built_at:%Y-%m-%d})"
    if current_until is not None and now < current_until - _LONGEST_AHEAD:
        seen = f"{current_until - _LONGEST_AHEAD:%Y-%m-%d}"
        return f"this box's clock says {now:%Y-%m-%d}, and it has seen what was signed after {seen}"
    return None
