"""`[[camera]]`: what watches."""

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from gateway.config.camera_source import CameraSource
from gateway.config.sections.section import FilePath, Id, Section, refusal, seen_from_file


class CameraSection(Section):
    """One camera, or a video file that stands in for one."""

    id: Id = Field(title="Camera", description="Name of the camera in this file, in logs and on pages.")
    url: CameraSource = Field(
        title="Source",
        description="rtsp://user:password@host/path, the path of a video file, or a local camera's index.",
    )
    username: str | None = Field(
        default=None, title="User", description="Login name at the camera.", min_length=1
    )
    password_file: FilePath | None = Field(
        default=None,
        title="Password file",
        description="File whose first line is the camera's password. Where the source says {username} and "
        "{password} they are put there, else in front of the host.",
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

    @model_validator(mode="after")
    def _login_fits_together(self) -> Self:
        if (self.username or self.password_file) and self.url.kind != "rtsp":
            raise refusal("username and password_file are for rtsp:// cameras")
        if self.password_file and not self.username:
            raise refusal("password_file needs a username")
        return self
