import pytest

from gateway.doctor.finding import Finding


def test_findings_are_compared_by_what_they_say_and_never_changed() -> None:
    finding = Finding("disk", "failed", "full", "make room")
    assert finding == Finding("disk", "failed", "full", "make room")
    assert finding != Finding("disk", "failed", "full")
    with pytest.raises(AttributeError):
        finding.state = "ok"  # type: ignore[misc]  # that is what must not work
