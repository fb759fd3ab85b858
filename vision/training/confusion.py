"""A picture of which exercise is taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CELL_PX, LEFT_PX, TOP_PX, MARGIN_PX = 78, 130, 90, 24
PAPER, INK, FAINT = (255, 255, 255), (40, 40, 40), (140, 140, 140)
FULL = np.array((150, 85, 25))
"""Blue-green-red of a cell that holds everything."""
DARK_SHARE, SHOWN_SHARE = 0.5, 0.0005


def draw(counts: NDArray[np.int64], names: Sequence[str], title: str) -> bytes:
    """A PNG of a square table of counts: what it was down, what it was taken for across, in per cent."""
    width = LEFT_PX + len(names) * CELL_PX + MARGIN_PX
    height = TOP_PX + len(names) * CELL_PX + MARGIN_PX
    image = np.full((height, width, 3), PAPER, dtype=np.uint8)
    _text(image, title, (12, 28), 0.55)
    _text(image, "rows: what it is, columns: what it is taken for, per cent", (12, 50), 0.42, FAINT)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    for row, name in enumerate(names):
        _text(image, name, (12, TOP_PX + row * CELL_PX + CELL_PX // 2 + 5), 0.45)
        _text(image, name, (LEFT_PX + row * CELL_PX + 4, TOP_PX - 10), 0.36)
        for column in range(len(names)):
            _cell(image, row, column, float(shares[row, column]))
    return cv2.imencode(".png", image)[1].tobytes()


def _cell(image: NDArray[np.uint8], row: int, column: int, share: float) -> None:
    x, y = LEFT_PX + column * CELL_PX, TOP_PX + row * CELL_PX
    colour = tuple(float(each) for each in np.array(PAPER) + share * (FULL - PAPER))
    cv2.rectangle(image, (x, y), (x + CELL_PX - 2, y + CELL_PX - 2), colour, -1)
    if share >= SHOWN_SHARE:
        ink = PAPER if share > DARK_SHARE else INK
        _text(image, f"{100 * share:.1f}", (x + 20, y + CELL_PX // 2 + 5), 0.45, ink)


def _text(
    image: NDArray[np.uint8],
    text: str,
    place: tuple[int, int],
    size: float,
    colour: tuple[int, int, int] = INK,
) -> None:
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
