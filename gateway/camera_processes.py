"""How the processes of the cameras are started: one that captures for each, one that looks through all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from gateway.broker_login import PasswordFileError
from gateway.camera_demand import IDLE_FPS
from gateway.camera_login import opened_by
from gateway.processes import camera_child
from gateway.processes.spawning import Spawner
from gateway.processes.supervisor import StartRefused
from provisioning.models import ModelFolderError, read_model
from vision.processes.capture import CaptureSettings
from vision.processes.inference import InferenceSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection
    from pathlib import Path

    from gateway.config.sections.camera import CameraSection
    from gateway.config.sections.vision import VisionSection
    from gateway.processes.handle import Handle
    from vision.processes.ring import FrameRing

# Poses a second through a camera at which nobody trains: at most, for it seldom gives so many pictures.
_IDLE_LOOKS: Final = 1.0


class CameraProcesses:
    """Starts each anew; what is wrong with what it needs is said before that."""

    def __init__(self, *, models_dir: Path, log_level: str) -> None:
        self._models_dir = models_dir
        self._spawner = Spawner(log_level=log_level)

    def capture(self, camera: CameraSection, ring: FrameRing) -> tuple[Handle, Connection[Any, Any]]:
        """Start what reads one camera into its ring; returns the process and our end of its pipe.

        Raises:
            StartRefused: the camera's password file cannot be used.
        """
        try:
            source = opened_by(camera)
        except PasswordFileError as error:
            raise StartRefused(str(error)) from None
        settings = CaptureSettings(camera_id=camera.id, source=source, fps=camera.fps, idle_fps=IDLE_FPS)
        return self._spawner.start(f"camera:{camera.id}", camera_child.capture, settings, ring.handle)

    def inference(
        self, vision: VisionSection, rings: Mapping[str, FrameRing]
    ) -> tuple[Handle, Connection[Any, Any]]:
        """Start what looks at the frames in all rings; returns the process and our end of its pipe.

        Raises:
            StartRefused: the pose model is not there, or cannot be read.
        """
        try:
            model = read_model(self._models_dir / vision.pose)
        except ModelFolderError as error:
            raise StartRefused(str(error)) from None
        settings = InferenceSettings(
            pose=vision.pose,
            version=model.version,
            runtime=vision.accelerator if vision.runtime == "auto" else vision.runtime,
            models_dir=self._models_dir,
            threads=_threads(os.cpu_count() or 1),
            idle_fps=_IDLE_LOOKS,
        )
        handles = {camera_id: ring.handle for camera_id, ring in rings.items()}
        return self._spawner.start("vision", camera_child.inference, settings, handles)


def _threads(cores: int) -> int:
    """Two threads pay only where other processes still have cores left (measured: 15 ms to 12 ms a pose)."""
    return 2 if cores >= 4 else 1  # noqa: PLR2004 - cores of the usual small box
