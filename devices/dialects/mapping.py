"""What a profile's `[[message]]` makes of a payload: JMESPath, scale, unit."""

import math
from collections.abc import Iterator
from typing import Any, Final

import jmespath
from jmespath.exceptions import JMESPathError

from devices.dialects.envelope import parse_json
from devices.dialects.heard import Heard
from devices.dialects.units import conversion
from devices.profile import MessageRule, Rule
from devices.reading import UNITS, Measurement, Metric
from devices.rejection import FrameRejected

# What senders write in place of a number that they do not have.
_NOTHING: Final = frozenset({"", "unknown", "unavailable", "none", "null", "nan"})
_SWITCHES: Final = {"on": 1.0, "true": 1.0, "off": 0.0, "false": 0.0}
_MIN_RSSI_DBM: Final = -127.0
_MAX_RSSI_DBM: Final = 20.0
_MAX_MS: Final = float(1 << 53)
_MAX_FIRMWARE_CHARACTERS: Final = 64
# Beats in one message; a bridge that speaks once a second needs four.
_MAX_VALUES: Final = 64


class MessageReader:
    """One `[[message]]` of a profile, made ready. Pure, and safe from whatever a payload holds."""

    def __init__(self, rule: MessageRule) -> None:
        self._readings = [_Reader(metric, each) for metric, each in rule.readings.items()]
        self._rssi_dbm = _compiled(rule.rssi_dbm)
        self._firmware = _compiled(rule.firmware)
        self._measured_at_ms = _compiled(rule.measured_at_ms)

    def read(self, payload: bytes) -> Heard:
        """Return what the message says; what it lacks is left out.

        Raises:
            FrameRejected: kinds `encoding`, `json`, `mapping`.
        """
        text = payload.decode("utf-8", errors="replace").strip()
        if text.lower() in _NOTHING:
            return Heard(alive=False)
        document: Any = text if text.lower() in _SWITCHES else parse_json(payload)
        measurements = tuple(found for each in self._readings for found in each.read(document))
        rssi = _number(self._rssi_dbm, document, "rssi_dbm")
        ts_ms = _number(self._measured_at_ms, document, "measured_at_ms")
        firmware = _found(self._firmware, document, "firmware")
        return Heard(
            measurements,
            ts_ms=None if ts_ms is None or abs(ts_ms) >= _MAX_MS else int(ts_ms),
            rssi_dbm=None if rssi is None or not _MIN_RSSI_DBM <= rssi <= _MAX_RSSI_DBM else round(rssi),
            firmware=None if firmware is None else str(firmware)[:_MAX_FIRMWARE_CHARACTERS],
        )


class _Reader:
    """The rule for one metric."""

    def __init__(self, metric: Metric, rule: Rule) -> None:
        self._metric = metric
        self._expression = _compiled(rule.path)
        self._scale = rule.scale
        self._convert = conversion(metric, UNITS[metric] if rule.unit is None else rule.unit)

    def read(self, document: Any) -> Iterator[Measurement]:
        found = _found(self._expression, document, self._metric)
        values = found if isinstance(found, list) else [found]
        for value in values[:_MAX_VALUES]:
            number = as_number(value, self._metric)
            if number is not None:
                yield Measurement(self._metric, finite(self._convert(number * self._scale), self._metric))


def as_number(value: Any, what: str) -> float | None:
    """Return a JSON value as a number: digits in quotes and switches count, None and "unknown" are no number.

    Raises:
        FrameRejected: kind `mapping`, it is something else, or no finite number.
    """
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _NOTHING:
            return None
        value = _SWITCHES.get(word, word)
    if value is None:
        return None
    if isinstance(value, bool | int | float | str):
        try:
            return finite(float(value), what)
        except (ValueError, OverflowError):
            pass
    raise FrameRejected("mapping", f"{what} is no number: {str(value)[:40]!r}")


def finite(number: float, what: str) -> float:
    """Return a number that is one.

    Raises:
        FrameRejected: kind `mapping`, it is infinite or not a number.
    """
    if not math.isfinite(number):
        raise FrameRejected("mapping", f"{what} is {number}")
    return number


def _compiled(path: str | None) -> Any:
    return None if path is None else jmespath.compile(path)


def _found(expression: Any, document: Any, what: str) -> Any:
    if expression is None:
        return None
    try:
        return expression.search(document)
    except (JMESPathError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise FrameRejected("mapping", f"{what} cannot be worked out: {str(error)[:120]}") from error


def _number(expression: Any, document: Any, what: str) -> float | None:
    return as_number(_found(expression, document, what), what)
