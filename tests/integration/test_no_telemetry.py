import os
import subprocess
import sys
from pathlib import Path

import pytest

LOADS = {
    "vision": "from vision.phase.model import load; load()",
    "recommender": "from recommender.intensity import load; load()",
    "bare": "import onnxruntime",
}

SILENCERS = {"ORT_DISABLE_TELEMETRY", "CI"}


def traces(what: str, home: Path) -> list[Path]:
    """What onnxruntime's reporting leaves in the home folder of a process that does this."""
    environment = {name: value for name, value in os.environ.items() if name not in SILENCERS}
    subprocess.run(
        [sys.executable, "-c", LOADS[what]],
        env={**environment, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")},
        check=True,
        timeout=60,
    )
    return [path for path in home.rglob("*") if "onnxruntime" in path.name]


@pytest.mark.parametrize("room", ["vision", "recommender"])
def test_no_model_reports_its_use_to_the_makers_of_its_runtime(room: str, tmp_path: Path) -> None:
    assert traces(room, tmp_path) == []


def test_a_bare_import_would_leave_a_trace(tmp_path: Path) -> None:
    if not traces("bare", tmp_path):
        pytest.skip("this build of onnxruntime reports nothing")
