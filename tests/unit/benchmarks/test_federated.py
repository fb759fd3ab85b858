"""What gyms that upload nothing can teach."""

import pytest

pytest.importorskip("onnx", reason="the extra `train` is not installed")

from benchmarks import federated


def test_abroad_the_gyms_know_more_than_the_start() -> None:
    found = federated.measure(gyms=4, members=3, days=30)
    error = {(each.people, each.way, each.gyms, each.noise_multiplier): each.error for each in found}
    assert error["abroad", "federated", 4, 0.0] < error["abroad", "start", 0, None]
    assert error["abroad", "together", 4, None] < error["abroad", "start", 0, None]
    assert error["abroad", "federated", 4, 3.0] > error["abroad", "federated", 4, 0.0]
    assert len(federated.table(found)) == len(found) + 1
