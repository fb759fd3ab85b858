"""The log: one line per event, for people or machines, and nothing secret in it."""

import io
import json
import logging
import subprocess
import sys
import warnings

import pytest
import structlog

from gateway import logs

MARK = "MARKERsecret"


def fail() -> None:
    raise ConnectionError(f"rtsp://user:{MARK}@cam refused; Authorization: Bearer {MARK}")


def say_everything() -> None:
    log = logging.getLogger("devices.mqtt.session")
    log.info("open %s", f"rtsp://user:{MARK}@cam/stream", extra={"password": MARK, "camera": "cam1"})
    log.warning("retry with token=%s", MARK)
    try:
        fail()
    except ConnectionError:
        log.exception("capture failed")
    structlog.get_logger("gateway").warning(
        "seen", url=f"mqtts://u:{MARK}@b", nested={"secret": MARK, "n": [1]}
    )
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "10.0.0.9:1", "GET", f"/events?token={MARK}", "1.1", 200
    )
    logging.getLogger("paho.mqtt.client").error("password: %s", MARK)
    warnings.warn(f"rtsp://user:{MARK}@cam is slow", stacklevel=1)


@pytest.mark.parametrize("json_lines", [True, False])
def test_no_secret_reaches_the_log(json_lines: bool) -> None:  # noqa: FBT001 - a parameter of the test
    stream = io.StringIO()
    logs.configure(stream=stream, json=json_lines)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        say_everything()
    text = stream.getvalue()
    assert MARK not in text
    for word in ("open", "retry", "capture failed", "seen", "/events", "slow", "cam1", "ConnectionError"):
        assert word in text


def test_json_lines_are_json() -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        say_everything()
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [event["level"] for event in events] == [
        "info", "warning", "error", "warning", "info", "error", "warning",
    ]  # fmt: skip
    assert events[0]["event"] == "open rtsp://user:***@cam/stream"
    assert (events[0]["camera"], events[0]["password"], events[0]["logger"]) == (
        "cam1",
        "***",
        "devices.mqtt.session",
    )
    assert events[0]["timestamp"].endswith("Z")
    assert "Traceback" in events[2]["exception"]
    assert events[3]["nested"] == {"secret": "***", "n": [1]}


def test_context_is_added_inside_the_block_only() -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    log = logging.getLogger("gateway")
    with logs.context(station="s1"):
        log.info("in")
    log.info("out")
    inside, outside = (json.loads(line) for line in stream.getvalue().splitlines())
    assert inside["station"] == "s1"
    assert "station" not in outside


def test_configuring_again_replaces_and_levels_hold() -> None:
    first, second = io.StringIO(), io.StringIO()
    logs.configure(stream=first)
    logs.configure(stream=second, level="warning")
    logging.getLogger("gateway").info("quiet")
    logging.getLogger("gateway").warning("loud")
    assert first.getvalue() == ""
    assert [json.loads(line)["event"] for line in second.getvalue().splitlines()] == ["loud"]


def test_uvicorn_has_no_handlers_of_its_own() -> None:
    own = logging.StreamHandler(io.StringIO())
    logging.getLogger("uvicorn.access").addHandler(own)
    logging.getLogger("uvicorn.access").propagate = False
    logs.configure(stream=io.StringIO())
    assert logging.getLogger("uvicorn.access").handlers == []
    assert logging.getLogger("uvicorn.access").propagate


def test_a_terminal_is_written_for_people() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    logs.configure(stream=terminal)
    logging.getLogger("gateway").info("kiosk at http://127.0.0.1:8080")
    assert "kiosk at http://127.0.0.1:8080" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")


def test_a_process_that_dies_of_an_exception_shows_no_secret_of_its_log() -> None:
    code = (
        "import logging; from gateway import logs; logs.configure()\n"
        f"logging.getLogger('x').critical('rtsp://u:{MARK}@cam', stack_info=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert "rtsp://u:***@cam" in json.loads(done.stderr.splitlines()[0])["event"]


def told(seldom: logs.Seldom, message: object, level: int = logging.WARNING) -> str | None:
    record = logging.LogRecord("uvicorn.error", level, __file__, 1, message, (), None)
    return record.getMessage() if seldom.filter(record) else None


def test_what_strangers_can_make_the_server_say_is_said_once_a_minute() -> None:
    now_s = [0.0]
    seldom = logs.Seldom(now_s=lambda: now_s[0])
    assert [told(seldom, "Invalid HTTP request received.") for _ in range(500)].count(None) == 499
    assert told(seldom, "something else") == "something else"
    assert told(seldom, ["not", "hashable"]) is not None
    now_s[0] = 60.0
    assert told(seldom, "Invalid HTTP request received.") == (
        "Invalid HTTP request received. (499 more since the last time)"
    )
    assert [told(seldom, "Started", logging.INFO) for _ in range(3)] == ["Started"] * 3
    assert [told(seldom, "broken", logging.ERROR) for _ in range(3)] == ["broken"] * 3


def test_a_flood_of_different_messages_is_remembered_in_bounds() -> None:
    seldom = logs.Seldom(now_s=lambda: 1.0)
    for number in range(10_000):
        assert told(seldom, f"message {number}")
    assert len(seldom._passed) <= 64


def test_configuring_again_does_not_pile_filters_up() -> None:
    for _ in range(3):
        logs.configure(stream=io.StringIO())
    found = [each for each in logging.getLogger("uvicorn.error").filters if isinstance(each, logs.Seldom)]
    assert len(found) == 1
