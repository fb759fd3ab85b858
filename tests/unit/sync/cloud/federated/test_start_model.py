from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the extra `train` is not installed")

from recommender import intensity
from recommender.federated.network import from_arrays
from recommender.onnx_model import ModelRefused
from sync.cloud.federated.start_model import read_start_model
from tests.unit.recommender.model_folders import people


def test_the_packaged_model_can_be_started_from_and_says_the_same() -> None:
    values, imputed = people(200)
    found = read_start_model(intensity.PACKAGED)
    np.testing.assert_allclose(
        found.predict(values, imputed), intensity.load().predict(values, imputed), rtol=1e-4, atol=1e-4
    )
    again = from_arrays(found.arrays())
    np.testing.assert_array_equal(again.predict(values, imputed), found.predict(values, imputed))


@pytest.mark.parametrize("content", [b"", b"no model", None])
def test_what_is_no_start_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "cpu.onnx").write_bytes(content)
    with pytest.raises(ModelRefused, match=r"cpu\.onnx"):
        read_start_model(tmp_path)
