from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recommender import intensity
from recommender.features import FEATURE_NAMES
from recommender.intensity import HIGHEST, LOWEST, IntensityModel
from recommender.onnx_model import ModelRefused
from recommender.personal import Personal
from tests.unit.recommender.model_folders import background, intensity_bytes, write_folder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(scope="module")
def model() -> IntensityModel:
    return intensity.load()


@given(
    values=arrays.arrays(
        np.float32, st.tuples(st.integers(0, 6), st.just(10)), elements=st.floats(-1e6, 1e6, width=32)
    ),
    told=st.booleans(),
)
def test_whatever_is_asked_nobody_is_told_what_nobody_should_do(
    model: IntensityModel, values: NDArray[np.float32], *, told: bool
) -> None:
    said = model.predict(values, np.full(values.shape, told))
    assert said.shape == (len(values), 2)
    assert said.dtype == np.float32
    assert ((said >= LOWEST) & (said <= HIGHEST)).all()


def test_a_row_is_told_the_same_in_any_company(model: IntensityModel) -> None:
    values, imputed = model.background
    together = model.predict(values, imputed)
    for row in range(len(values)):
        alone = model.predict(values[row : row + 1], imputed[row : row + 1])
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-5)


@pytest.mark.parametrize(
    ("values", "imputed"),
    [
        ((3, 9), (3, 9)),
        ((3, 10), (2, 10)),
        ((10,), (10,)),
        ((3, 10, 1), (3, 10)),
        ((300_000, 10), (300_000, 10)),
    ],
)
def test_absurd_shapes_are_refused(
    model: IntensityModel, values: tuple[int, ...], imputed: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="are not both"):
        model.predict(np.zeros(values, np.float32), np.zeros(imputed, np.bool_))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused_by_name(model: IntensityModel, value: float) -> None:
    values = np.zeros((2, 10), np.float32)
    values[1, 6] = value
    with pytest.raises(ValueError, match=FEATURE_NAMES[6]):
        model.predict(values, np.zeros((2, 10), np.bool_))


def test_a_file_may_say_how_it_gets_to_know_one_person(tmp_path: Path) -> None:
    knows = Personal(2.5, 10.0, (1.5, 0.2))
    told = intensity_bytes({**background(), "personal": knows.to_json()})
    assert intensity.load(write_folder(tmp_path / "knows", "intensity", told)).personal == knows
    assert intensity.load(write_folder(tmp_path / "bare", "intensity", intensity_bytes())).personal is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"shrinkage": 1, "half_life_days": 7, "band": 1}'])
def test_a_file_that_says_it_wrongly_is_refused(tmp_path: Path, text: str) -> None:
    folder = write_folder(tmp_path, "intensity", intensity_bytes({**background(), "personal": text}))
    with pytest.raises(ModelRefused, match="how it gets to know one person"):
        intensity.load(folder)


def test_importing_loads_no_runtime() -> None:
    code = "import recommender.intensity, recommender.effect, sys; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
