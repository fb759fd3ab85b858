"""What may stand where a camera is named."""

import copy
import pickle

import pytest
from pydantic import ValidationError

from gateway.config.camera_source import CameraSource
from gateway.config.sections.camera import CameraSection


@pytest.mark.parametrize(
    ("written", "kind", "shown"),
    [
        (0, "device", "0"),
        ("2", "device", "2"),
        ("/videos/gym.mp4", "file", "/videos/gym.mp4"),
        ("rtsp://cam.local/stream", "rtsp", "rtsp://cam.local/stream"),
        ("rtsps://u:p@cam.local:322/stream", "rtsp", "rtsps://***@cam.local:322/stream"),
        ("rtsp://u:p%40q@cam/s?pwd=x&channel=1", "rtsp", "rtsp://***@cam/s?pwd=***&channel=1"),
    ],
)
def test_camera_sources(written: object, kind: str, shown: str) -> None:
    source = CameraSection.model_validate({"id": "c", "url": written}).url
    assert (source.kind, str(source)) == (kind, shown)
    assert source == CameraSource(str(written))
    assert hash(source) == hash(CameraSource(str(written)))
    assert source != CameraSource("other")
    assert copy.deepcopy(source) == source
    assert pickle.loads(pickle.dumps(source)) == source  # noqa: S301 - our own object


@pytest.mark.parametrize("written", [-1, True, 1.5, "", "  ", None, ["x"], "ftp://cam/x", "rtsp:///x"])
def test_what_is_no_camera_source(written: object) -> None:
    with pytest.raises(ValidationError):
        CameraSection.model_validate({"id": "c", "url": written})
