"""What is said of a camera, and when."""

from collections.abc import Hashable

import pytest

from vision.processes.capture_report import HUNG_S, SILENT_S, CaptureReport, StatusSender
from vision.processes.messages import CameraStatus
from vision.source import SourceFailedError


class Mailbox:
    """Keeps what is posted."""

    def __init__(self) -> None:
        self.sent: list[CameraStatus] = []
        self.flushes = 0

    def post(self, message: CameraStatus, *, key: Hashable | None = None) -> None:
        assert key is not None
        self.sent.append(message)

    def flush(self) -> None:
        self.flushes += 1


def playing(until_s: float = 10.0) -> CaptureReport:
    report = CaptureReport(camera_id="cam1", now_s=0.0)
    for n in range(int(until_s * 25)):
        report.delivered(n / 25)
        if n % 5:
            report.dropped()
        else:
            report.handed_on(1280, 720, n / 25)
    return report


def test_a_camera_begins_by_starting() -> None:
    status = CaptureReport(camera_id="cam1", now_s=5.0).status(5.0)
    assert (status.camera_id, status.state, status.frames) == ("cam1", "starting", 0)


def test_figures_add_up() -> None:
    status = playing().status(10.0)
    assert (status.state, status.reason) == ("ok", "")
    assert (status.frames, status.dropped) == (50, 200)
    assert status.fps == pytest.approx(5, abs=0.5)
    assert status.source_fps == pytest.approx(25, abs=1)
    assert (status.width, status.height) == (1280, 720)


def test_silence_is_told_although_nobody_reported_it() -> None:
    report = playing()
    assert report.status(10.0 + SILENT_S - 0.1).state == "ok"
    stalled = report.status(10.0 + SILENT_S + 0.1)
    assert stalled.state == "stalled"
    assert "no picture for more than 3.5 s" in stalled.reason
    report.delivered(20.0)
    assert report.status(20.0).state == "ok"


def test_silence_is_told_within_five_seconds() -> None:
    assert SILENT_S < 4.5


def test_a_start_that_takes_too_long_is_told() -> None:
    report = CaptureReport(camera_id="cam1", now_s=0.0)
    assert report.status(SILENT_S + 0.1).state == "unreachable"


def test_a_failure_keeps_its_reason_until_a_picture_comes() -> None:
    report = playing()
    report.failed(SourceFailedError("unauthorised", "cam refuses this password"), 10.0)
    later = report.status(60.0)
    assert (later.state, later.reason) == ("unauthorised", "cam refuses this password")
    report.delivered(60.0)
    assert (report.status(60.0).state, report.status(60.0).reason) == ("ok", "")


def test_a_call_that_does_not_return_is_noticed() -> None:
    report = playing()
    assert not report.hung(10.0 + HUNG_S - 1)
    assert report.hung(10.0 + HUNG_S + 1)
    report.alive(30.0)
    assert not report.hung(31.0)


def test_the_status_goes_out_at_a_change_and_once_a_second() -> None:
    report = CaptureReport(camera_id="cam1", now_s=0.0)
    mailbox = Mailbox()
    sender = StatusSender(report=report, outbox=mailbox)  # type: ignore[arg-type]
    for n in range(31):
        sender.tick(n / 10)
    assert [status.state for status in mailbox.sent] == ["starting"] * 4
    assert mailbox.flushes == 27
    report.delivered(3.05)
    sender.tick(3.1)
    report.failed(SourceFailedError("unreachable", "gone"), 3.15)
    sender.tick(3.2)
    report.failed(SourceFailedError("unreachable", "still gone"), 3.25)
    sender.tick(3.3)
    assert [(status.state, status.reason) for status in mailbox.sent[4:]] == [
        ("ok", ""),
        ("unreachable", "gone"),
        ("unreachable", "still gone"),
    ]
