"""Topics with a place for the device's address, as profiles write them: `acme/{address}/telemetry`."""

import re
from typing import Final

from devices.topics import MAX_TOPIC_CHARACTERS, PREFIX, is_mac

PLACE: Final = "{address}"


class PatternInvalid(ValueError):  # noqa: N818 - reads as what it says
    """No topic pattern; the text says why."""


class TopicPattern:
    """A topic in which `{address}` stands once; `+` stands for any level, as in a subscription."""

    def __init__(self, text: str) -> None:
        """Take the pattern.

        Raises:
            PatternInvalid: it cannot be one.
        """
        levels = text.split("/")
        if text.count(PLACE) != 1:
            raise PatternInvalid(f"{text!r} must hold {PLACE} once: the part that tells devices apart")
        if "#" in text or any("+" in level and level != "+" for level in levels):
            raise PatternInvalid(f"{text!r}: + stands alone between slashes, and # cannot be used")
        if any(character in text.replace(PLACE, "") for character in "{}\0"):
            raise PatternInvalid(f"{text!r}: {PLACE} is the only name in braces")
        if text.startswith(("$", f"{PREFIX}/")):
            raise PatternInvalid(f"{text!r} belongs to the broker or to bridges")
        if len(text) > MAX_TOPIC_CHARACTERS:
            raise PatternInvalid(f"a topic has at most {MAX_TOPIC_CHARACTERS} characters")
        self._text = text
        self.can_discover = PLACE in levels
        self._pattern = re.compile("/".join(map(_level, levels)))

    def match(self, topic: str) -> str | None:
        """The address in a topic, None when the topic is another one."""
        match = self._pattern.fullmatch(topic)
        return None if match is None else match["address"]

    def filter(self, address: str | None) -> str:
        """What to subscribe to for one device, or (None) for any.

        Hardware addresses are written in many ways; any device is heard for one.
        """
        if address is None or (self.can_discover and is_mac(address)):
            return self._text.replace(PLACE, "+")
        return self._text.replace(PLACE, address)


def _level(level: str) -> str:
    if level == "+":
        return "[^/]+"
    before, place, after = level.partition(PLACE)
    # An address that an operator wrote may hold slashes.
    return re.escape(before) + ("(?P<address>.+)" if place else "") + re.escape(after)
