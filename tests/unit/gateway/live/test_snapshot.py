"""The form of what pages read: stamps as browsers read them, nothing unknown, nothing changed later."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from gateway.live import snapshot
from gateway.live.snapshot import Alert, Message, PoseState, Stamp, iso_ms

MESSAGES = [
    each
    for each in vars(snapshot).values()
    if isinstance(each, type) and issubclass(each, Message) and each is not Message
]


class Holder(Message):
    """A message with a stamp."""

    at: Stamp


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants them so
def test_a_stamp_is_what_a_browser_writes_and_keeps_the_millisecond(moment: datetime) -> None:
    text = iso_ms(moment)
    assert len(text) == len("2026-01-01T00:00:00.000Z")
    assert text.endswith("Z")
    assert timedelta(0) <= moment - datetime.fromisoformat(text) < timedelta(milliseconds=1)
    assert Holder(at=moment).model_dump(mode="json") == {"at": text}
    assert Holder(at=moment).at == moment, "only JSON is rounded"


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_every_message_refuses_what_it_does_not_know(message: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as caught:
        message.model_validate({"surprise": 1})
    assert "extra_forbidden" in {error["type"] for error in caught.value.errors()}


def test_a_message_does_not_change_once_it_is_said() -> None:
    alert = Alert(part="camera", level="failed", reason="dead")
    with pytest.raises(ValidationError, match="frozen"):
        alert.level = "degraded"
    with pytest.raises(ValidationError):
        Alert.model_validate({"part": "camera", "level": "ok", "reason": ""})  # well is no alert


def test_a_pose_is_points_and_no_picture() -> None:
    assert set(PoseState.model_fields) == {"width", "height", "points", "age_s"}
    with pytest.raises(ValidationError):
        PoseState.model_validate({"width": 1, "height": 1, "points": [[1.0, 2.0]], "age_s": 0})
