"""Where frames come from: what is written is what is opened, and its password is shown to nobody."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from gateway.config.camera_source import CameraSource

MARK = "MARKERpassword"
# What people put into passwords, URL-wise dangerous signs first.
SIGNS = st.text("@:/?#[]%&=+'\" \\<>.,;!-_aZ9ü☃", max_size=12)


class Camera(BaseModel):
    """A model that holds a source, as the configuration does."""

    url: CameraSource


def shown(source: CameraSource) -> str:
    camera = Camera(url=source)
    return f"{source} {source!r} {camera!r} {camera.model_dump_json()} {camera.model_dump(mode='json')}"


@given(user=st.text("abc.-_", max_size=6), before=SIGNS, after=SIGNS, path=st.text("abc/?=&1", max_size=10))
def test_no_way_to_show_it_tells_the_password(user: str, before: str, after: str, path: str) -> None:
    written = f"rtsp://{user}:{before}{MARK}{after}@10.0.0.7:554/{path}"
    try:
        source = CameraSource.parse(written)
    except PydanticCustomError as error:
        told = f"{error} {error!r} {error.context}"
    else:
        told = shown(source)
        assert source.kind == "rtsp"
        assert source.reveal() == written.strip()
    assert MARK not in told


@given(st.text(max_size=60))
def test_any_text_is_opened_as_it_was_written_or_refused(text: str) -> None:
    try:
        source = CameraSource.parse(text)
    except PydanticCustomError:
        return  # the test above looks at what it says
    assert source.reveal() == text.strip() != ""
    assert source.kind in {"rtsp", "file", "device"}
    assert (source.kind == "rtsp") == ("://" in text)
    assert CameraSource.parse(source) is source


@given(st.integers())
def test_an_index_is_a_device_and_a_negative_one_nothing(index: int) -> None:
    if index < 0:
        with pytest.raises(PydanticCustomError):
            CameraSource.parse(index)
        return
    source = CameraSource.parse(index)
    assert (source.kind, source.reveal()) == ("device", str(index))
    assert source == CameraSource.parse(str(index))
    assert len({source, CameraSource.parse(str(index))}) == 1


@pytest.mark.parametrize(
    "written", [True, 1.5, None, "", "  ", [], "http://cam/x", "rtsp://", "rtsp://:554/x"]
)
def test_what_is_refused(written: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Camera.model_validate({"url": written})
    (error,) = caught.value.errors(include_url=False)
    assert error["type"] == "camera"
    assert error["msg"].startswith(("must", "is not", "names no host"))


def test_a_source_is_not_what_it_looks_like() -> None:
    source = CameraSource.parse("rtsp://a:b@cam/x")
    assert source != str(source)
    assert source != CameraSource.parse("rtsp://a:c@cam/x")
    again: Any = pickle.loads(pickle.dumps(source))  # noqa: S301 - our own octets, as on their way to a child
    assert again == source
    assert again.reveal() == "rtsp://a:b@cam/x"
