"""Trying out: a picture of a real clip, and reasons of what gives none."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from gateway.discovery.trial import NoPicture, first_picture
from vision.footage import clip_path


@pytest.mark.slow
async def test_the_picture_is_what_the_camera_sees() -> None:
    picture = cv2.imdecode(
        np.frombuffer(await first_picture(str(clip_path())), dtype=np.uint8), cv2.IMREAD_COLOR
    )
    assert picture is not None
    assert max(picture.shape[:2]) == 960
    assert picture.std() > 10  # not one grey


async def test_what_is_no_camera_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoPicture, match=r"nothing\.mp4"):
        await first_picture(str(tmp_path / "nothing.mp4"))
