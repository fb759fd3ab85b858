from __future__ import annotations

import cv2
import numpy as np

from vision.training.confusion import CELL_PX, LEFT_PX, PAPER, TOP_PX, draw

NAMES = ("squat", "curl", "none")


def picture(counts: np.ndarray) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(draw(counts, NAMES, "a title"), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def corner(image: np.ndarray, row: int, column: int) -> list[int]:
    colour: list[int] = image[TOP_PX + row * CELL_PX + 3, LEFT_PX + column * CELL_PX + 3].tolist()
    return colour


def test_a_cell_is_the_darker_the_more_it_holds() -> None:
    image = picture(np.array([[10, 0, 0], [5, 5, 0], [0, 3, 7]]))
    assert sum(corner(image, 0, 0)) < sum(corner(image, 1, 0)) < sum(corner(image, 0, 1))
    assert corner(image, 0, 1) == list(PAPER)
    assert corner(image, 1, 0) == corner(image, 1, 1)


def test_an_exercise_without_examples_is_an_empty_row() -> None:
    image = picture(np.zeros((3, 3), dtype=np.int64))
    assert corner(image, 2, 2) == list(PAPER)
