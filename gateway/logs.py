"""The box's log: readable on a terminal, JSON lines elsewhere, and never a secret in it."""

import contextlib
import logging
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gateway.redaction import redact_named

# structlog's own entries; everything else in an event may hold a secret.
_OWN: Final = ("_record", "_from_structlog")
# Libraries that log at INFO what only their authors want to know.
_QUIET: Final = dict.fromkeys(("amqtt", "transitions", "httpx", "apscheduler"), logging.WARNING)
# Programs that install handlers of their own; they are to use the box's.
_ROUTED: Final = ("uvicorn", "uvicorn.error", "uvicorn.access", "paho", "amqtt", "py.warnings")
_MARK: Final = "_gymbox"
# What anybody on the network can make the server say.
_SELDOM: Final = "uvicorn.error"
_AGAIN_S: Final = 60.0
_MOST_REMEMBERED: Final = 64


class Seldom(logging.Filter):
    """Lets the same warning pass once a minute, and the next one say how often it was held back."""

    def __init__(self, *, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now_s = now_s
        self._passed: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Decide about one record; what is less than a warning, or more, always passes."""
        if record.levelno != logging.WARNING:
            return True
        now_s = self._now_s()
        said = str(record.msg)
        passed_s, held = self._passed.pop(said, (float("-inf"), 0))
        if now_s - passed_s < _AGAIN_S:
            self._passed[said] = (passed_s, held + 1)
            return False
        self._passed[said] = (now_s, 0)
        if len(self._passed) > _MOST_REMEMBERED:
            self._passed.popitem(last=False)
        if held:
            record.msg, record.args = f"{record.getMessage()} ({held} more since the last time)", ()
        return True


def redact_event(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask secrets in everything that an event says, as a structlog processor."""
    del logger, method
    return {name: value if name in _OWN else redact_named(name, value) for name, value in event.items()}


def configure(*, level: str = "INFO", stream: TextIO | None = None, json: bool | None = None) -> None:
    """Send all logging of this process to `stream` (stderr); `json=None` decides by whether it is a terminal.

    Calling it again replaces what the call before set up.
    """
    stream = sys.stderr if stream is None else stream
    as_json = not stream.isatty() if json is None else json
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_or_text(as_json=as_json))
    setattr(handler, _MARK, True)
    root = logging.getLogger()
    for old in [each for each in root.handlers if hasattr(each, _MARK)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)
    for name in _ROUTED:
        routed = logging.getLogger(name)
        routed.handlers.clear()
        routed.propagate = True
    seldom = logging.getLogger(_SELDOM)
    for old_filter in [each for each in seldom.filters if isinstance(each, Seldom)]:
        seldom.removeFilter(old_filter)
    seldom.addFilter(Seldom())
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, root.level))
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


@contextlib.contextmanager
def context(**values: str) -> Iterator[None]:
    """Add these values to every event logged inside the block, on this thread or task."""
    with structlog.contextvars.bound_contextvars(**values):
        yield


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _without_uvicorns_colours,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _without_uvicorns_colours(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drop the copy of each message that uvicorn adds for terminals."""
    del logger, method
    event.pop("color_message", None)
    return event


def json_or_text(*, as_json: bool) -> logging.Formatter:
    """Return what writes an event as a line, with secrets masked."""
    # Exceptions become text before the masking, so that their messages are masked as well.
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact_event,
            renderer,
        ],
    )
