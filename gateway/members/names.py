"""Names as a screen on a wall may show them. Pure."""

import re
from typing import Final

# Two to four Chinese characters are a family name of one, rarely two, and a given name.
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]{2,4}")


def short_name(name: str) -> str:
    """Return enough for a person to know themselves by: of `Ana García` `Ana G.`, of `王小明` `小明`."""
    words = name.split()
    if len(words) > 1:
        return f"{words[0]} {words[-1][0].upper()}."
    return name.strip()[1:] if _CHINESE.fullmatch(name.strip()) else name.strip()
