"""Pictures for browsers."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vision.picture import blurred_jpeg, jpeg


@pytest.mark.parametrize(
    ("height", "width", "shown"),
    [(1080, 1920, (540, 960)), (1920, 1080, (960, 540)), (120, 160, (120, 160)), (2, 4000, (1, 960))],
)
def test_a_picture_is_as_large_as_a_page_shows_it_and_no_larger(
    height: int, width: int, shown: tuple[int, int]
) -> None:
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    read = cv2.imdecode(np.frombuffer(jpeg(picture), dtype=np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    assert read.shape[:2] == shown


def test_colours_stay() -> None:
    blue = np.full((64, 64, 3), (255, 0, 0), dtype=np.uint8)
    read = cv2.imdecode(np.frombuffer(jpeg(blue), dtype=np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    assert np.abs(read.astype(int) - blue).max() < 12


def read_back(encoded: bytes) -> NDArray[np.uint8]:
    read = cv2.imdecode(np.frombuffer(encoded, dtype=np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    return read.astype(np.uint8)


@pytest.mark.parametrize(("height", "width"), [(720, 1280), (1280, 720), (480, 480), (40, 60), (2, 4000)])
def test_a_blurred_picture_keeps_its_shape_and_little_else(height: int, width: int) -> None:
    small = read_back(blurred_jpeg(np.zeros((height, width, 3), dtype=np.uint8)))
    assert max(small.shape) <= 64
    assert (
        abs(small.shape[1] / small.shape[0] - width / height) <= 0.05 * width / height
        or min(small.shape[:2]) == 1
    )


def test_where_light_and_dark_are_stays() -> None:
    half = np.zeros((720, 1280, 3), dtype=np.uint8)
    half[:, 640:] = 255
    small = read_back(blurred_jpeg(half))
    assert small[:, :24].max() < 12
    assert small[:, 40:].min() > 243


@given(seed=st.integers(0, 2**32 - 1), face_px=st.sampled_from([60, 120, 180]))
@settings(max_examples=15, deadline=None)
def test_two_faces_leave_nearly_the_same_blur(seed: int, face_px: int) -> None:
    """Details of an eighth of a face tell faces apart: little is left of them, of small faces less."""
    random = np.random.default_rng(seed)
    faces, blurs = [], []
    for _ in range(2):
        picture = np.full((720, 1280, 3), 90, dtype=np.uint8)
        details = random.integers(60, 196, (8, 8, 3)).astype(np.uint8)
        details += np.uint8(128) - details.mean(axis=(0, 1)).astype(np.uint8)
        face = cv2.resize(details, (face_px, face_px), interpolation=cv2.INTER_CUBIC)
        picture[200 : 200 + face_px, 500 : 500 + face_px] = face
        faces.append(face.astype(int))
        blurs.append(
            read_back(blurred_jpeg(picture)).astype(int)[10 : 10 + face_px // 20, 25 : 25 + face_px // 20]
        )
    left, before = (np.sqrt(((one - other) ** 2).mean()) for one, other in (blurs, faces))
    assert left < before * face_px / 600
