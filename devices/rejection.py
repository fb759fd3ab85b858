"""Why a frame was refused: words for a person, and a label from a closed set for a counter."""

from typing import Literal, get_args

Rejection = Literal[
    "topic",  # not a topic of ours
    "retained",  # telemetry kept by the broker says nothing about now
    "too_large",
    "encoding",  # not UTF-8
    "json",  # not the JSON object of the contract
    "mapping",  # not what the device's profile or description says
    "stranger",  # from a device that nobody has adopted, where those are not looked for
    "flooded",  # more messages than its profile lets one device send
    "duplicate",  # the same numbered frame again
    "late",  # a numbered frame after one that is newer
    "unsupported",  # no decoder for this characteristic
    "flags",  # reserved bits are set
    "truncated",
    "trailing",
    "width",  # variable fields of a width that the standard, or this device, does not use
    "value",  # a number or a code that means nothing in the standard
]

REJECTIONS: tuple[Rejection, ...] = get_args(Rejection)


class FrameRejected(Exception):  # noqa: N818 - it names an ordinary outcome, not a fault of ours
    """A message carries no readings that can be trusted.

    `kind` is one of `REJECTIONS`, fit for a metric's label; `reason` says what and where.
    """

    def __init__(self, kind: Rejection, reason: str) -> None:
        super().__init__(reason)
        self.kind: Rejection = kind
        self.reason = reason
