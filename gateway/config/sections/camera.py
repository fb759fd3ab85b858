"""`[[camera]]`: what watches."""

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from gateway.config.camera_source import CameraSource
from gateway.config.sections.section import Id, Section, seen_from_file


class CameraSection(Section):
    """One camera, or a video file that stands in for one."""

    id: Id = Field(title="Camera", description="Name of the camera in this file, in logs and on pages.")
    url: CameraSource = Field(
        title="Source",
        description="rtsp://user:password@host/path, the path of a video file, or a local camera's index.",
    )
    fps: float = Field(
        default=15.0, title="Frame rate", description="Frames a second that are looked at.", ge=1, le=60
    )

    @field_validator("url")
    @classmethod
    def _file_from_here(cls, source: CameraSource, info: ValidationInfo) -> CameraSource:
        if source.kind != "file":
            return source
        return CameraSource(str(seen_from_file(Path(source.reveal()), info)))
