import httpx
import pytest

from benchmarks.machines.page import Page
from benchmarks.speed.running_box import BoxFailedError, RunningBox


def state(distance: int, bpm: int | None) -> str:
    heart = "null" if bpm is None else f'{{"bpm": {bpm}}}'
    return (
        f'event: state\r\ndata: {{"treadmill": {{"distance_m": {distance}}}, "heart_rate": {heart}}}\r\n\r\n'
    )


EVENTS = (
    state(1, None)
    + state(1, None)
    + state(1, 90)
    + ': ping\r\n\r\ndata: {"number": 3}\r\n\r\n'
    + state(2, 90)
)


def answer(request: httpx.Request) -> httpx.Response:
    known = request.url.path == "/api/v1/stations/one/events"
    return httpx.Response(200, text=EVENTS) if known else httpx.Response(404)


def listened(station: str) -> Page:
    http = httpx.Client(base_url="http://box/", transport=httpx.MockTransport(answer))
    page = Page(RunningBox(1, http, [station]), station)
    page.start()
    page._thread.join(5)
    return page


def test_a_page_notes_what_changes() -> None:
    page = listened("one")
    page.stop()
    assert [seen[1:] for seen in page.seen] == [(1, None), (1, 90), (None, None), (2, 90)]


def test_a_page_whose_events_break_off_says_so() -> None:
    with pytest.raises(BoxFailedError, match=r"nowhere/events broke off: .*404"):
        listened("nowhere").stop()
