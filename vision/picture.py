"""A picture as a browser shows it, made in memory for whoever looks at this moment."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_QUALITY: Final = 80
# What is left of a blurred picture: a body is a body, a face of a quarter of the picture has some five dots.
_BLURRED_PX: Final = 64
_BLUR_SIGMA_PX: Final = 1.5


def jpeg(picture: NDArray[np.uint8], *, longest_px: int = 960) -> bytes:
    """Return a (height, width, 3) BGR picture as a JPEG whose longer side has at most `longest_px`."""
    return _encoded(_shrunk(picture, longest_px))


def blurred_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """Return a (height, width, 3) BGR picture as a small JPEG in which nobody can be known.

    What a sharper picture would need is thrown away by the shrinking, not hidden by the blur: a stronger lens
    or a program cannot bring it back.
    """
    blurred = cv2.GaussianBlur(_shrunk(picture, _BLURRED_PX), (0, 0), _BLUR_SIGMA_PX)
    return _encoded(np.asarray(blurred, dtype=np.uint8))


def _shrunk(picture: NDArray[np.uint8], longest_px: int) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    scale = longest_px / max(height, width)
    if scale >= 1.0:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _encoded(picture: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
