"""A gym's own recommender, small and quick."""

from pathlib import Path
from typing import Any

import pytest

from gateway.health import Health
from gateway.inference.recommenders import Recommenders
from provisioning.rollback import previous_path


class OwnModels:
    """A folder with both models in version 2, and version 1 of the intensity model kept beside it."""

    def __init__(self, folder: Path, models: Any) -> None:
        self.folder = folder
        self.models = models
        self.health = Health()
        self.write("intensity", version="2", base=30.0)
        self.write("effect", version="2")
        self.models.write(previous_path(folder / "intensity"), version="1", base=20.0)
        self.recommenders = Recommenders(models_dir=folder, health=self.health)

    def write(self, name: str, **how: Any) -> Path:
        path: Path = self.models.write(self.folder / name, **how)
        return path

    def health_of(self, name: str) -> tuple[str, str]:
        part = self.health.get(f"recommender:{name}")
        assert part is not None
        return part.state, part.reason


@pytest.fixture
def own(tmp_path: Path, recommender_models: Any) -> OwnModels:
    return OwnModels(tmp_path / "models", recommender_models)
