"""The plot of a count, looked at pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.counter import NOTHING, CountStatus
from vision.counting.form import Form
from vision.counting.reps import Rep
from vision.offline.onlooker import Step
from vision.offline.plot import (
    BOTTOM,
    CURVE,
    FULL,
    HEIGHT,
    LEFT,
    PARTIAL,
    PHASES,
    RIGHT,
    TOP,
    WIDTH,
    Plot,
    PlotError,
    Sample,
    draw,
)

if TYPE_CHECKING:
    from pathlib import Path

MIDDLE = slice(TOP + 3, HEIGHT - BOTTOM - 3)


def samples(*depths: float | None, phase: Any = "up", step_s: float = 1.0) -> list[Sample]:
    return [
        Sample(at * step_s, NOTHING if depth is None else CountStatus("squat", phase, depth))
        for at, depth in enumerate(depths)
    ]


def rep(at_s: float, *, partial: bool = False, form: Form | None = None) -> Rep:
    return Rep("squat", at_s - 1, at_s, at_s + 1, 1.0, partial, form)


def painted(image: Any, colour: tuple[int, ...]) -> Any:
    return np.all(image == colour, axis=2)


def test_the_curve_goes_from_top_to_bottom() -> None:
    rows, columns = np.nonzero(painted(draw(samples(0.0, 1.0), []), CURVE))
    assert (rows.min(), rows.max()) == (pytest.approx(TOP, abs=2), pytest.approx(HEIGHT - BOTTOM, abs=2))
    assert (columns.min(), columns.max()) == (pytest.approx(LEFT, abs=2), pytest.approx(WIDTH - RIGHT, abs=2))


def test_where_nothing_is_known_there_is_no_curve() -> None:
    image = draw(samples(0.5, 0.5, None, 0.5, 0.5), [])
    columns = np.nonzero(painted(image, CURVE).any(axis=0))[0]
    quarter = (WIDTH - LEFT - RIGHT) / 4
    assert not ((columns > LEFT + quarter + 3) & (columns < LEFT + 3 * quarter - 3)).any()
    assert ((columns < LEFT + quarter) & (columns > LEFT)).any()


@pytest.mark.parametrize("at_s", [1.0, 5.0, 8.0])
@pytest.mark.parametrize(("partial", "colour"), [(False, FULL), (True, PARTIAL)])
def test_a_rep_stands_where_it_turned(at_s: float, partial: bool, colour: tuple[int, ...]) -> None:  # noqa: FBT001
    moments = samples(*[0.2] * 11)
    line = draw(moments, [rep(at_s, partial=partial)])[MIDDLE].astype(int)
    columns = np.nonzero((line != draw(moments, [])[MIDDLE]).any(axis=2).sum(axis=0) > 200)[0]
    strongest = line[-1, columns[len(columns) // 2]]
    assert np.argmax(strongest) == np.argmax(colour)
    assert columns.mean() == pytest.approx(LEFT + at_s / 10 * (WIDTH - LEFT - RIGHT), abs=2)


def test_only_a_rep_of_poor_form_says_what_was_wrong() -> None:
    moments = samples(*[0.2] * 11)
    plain = draw(moments, [rep(5.0)])
    good = draw(moments, [rep(5.0, form=Form(verdict="good", reason="good"))])
    fast = draw(moments, [rep(5.0, form=Form(verdict="fast", reason="fast: lowered in 0.31 s"))])
    assert (good == plain).all()
    rows, columns = np.nonzero((fast != plain).any(axis=2))
    assert rows.max() < TOP
    assert columns.min() > WIDTH / 2


def test_the_band_below_shows_the_phase() -> None:
    image = draw(samples(0.5, 0.5, phase="down"), [])
    assert painted(image, PHASES["down"])[HEIGHT - BOTTOM + 18 + 5, LEFT + 5 : WIDTH - RIGHT - 5].all()


@given(
    begin_s=st.floats(0, 1e7),
    steps=st.lists(st.floats(0, 5000), max_size=12),
    depths=st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=13, max_size=13),
)
@settings(max_examples=25)
def test_any_count_gives_a_picture_of_the_promised_size(
    begin_s: float, steps: list[float], depths: list[float | None]
) -> None:
    times_s = begin_s + np.cumsum([0.0, *steps])
    moments = [
        Sample(float(time_s), CountStatus("squat", "between", depth))
        for time_s, depth in zip(times_s, depths, strict=False)
    ]
    assert draw(moments, [rep(float(times_s[-1]))]).shape == (HEIGHT, WIDTH, 3)


def test_what_is_written_is_what_is_drawn(tmp_path: Path) -> None:
    plot = Plot(tmp_path / "plot.png")
    plot.open(160, 120, 25.0)
    moments = samples(0.0, 1.0, 0.0)
    for sample in moments:
        done = (rep(1.0),) if sample.time_s == 2.0 else ()
        plot.see(Step(sample.time_s, np.zeros((1, 1, 3), np.uint8), None, sample.status, done, 0))
    plot.close()
    picture = cv2.imread(str(tmp_path / "plot.png"))
    assert picture is not None
    assert (picture == draw(moments, [rep(1.0)])).all()


def test_a_place_that_turns_out_not_to_be_writable_is_named(tmp_path: Path) -> None:
    (tmp_path / "plot.png").mkdir()
    plot = Plot(tmp_path / "plot.png")
    plot.open(160, 120, 25.0)
    with pytest.raises(PlotError, match=r"cannot write .*plot\.png: Is a directory"):
        plot.close()
