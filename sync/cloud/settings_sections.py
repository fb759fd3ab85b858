"""The sections of `cloud.toml`: each key with its range, its default and its word for people.

A path becomes absolute, seen from the folder that the context of the validation names (`settings.load`).
"""

from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_LEAST_TOKEN: Final = 16
_DRIVERS: Final = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class CloudSettingsError(Exception):
    """The settings cannot be used; one line for each mistake: where, which key, and why."""


def _seen_from_file(path: Path, info: ValidationInfo) -> Path:
    """Make a path absolute, seen from the folder of the file that it was written in."""
    return _folder(info) / path.expanduser()


def _folder(info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path.cwd())
    return folder


def _https_address(url: str | None) -> str | None:
    if url is not None and (urlsplit(url).scheme != "https" or not urlsplit(url).hostname):
        raise ValueError("must start with https:// and name a host")
    return url


FilePath = Annotated[Path, AfterValidator(_seen_from_file)]


class Section(BaseModel):
    """Nothing unknown is accepted, nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        validate_default=True,
    )


class ServiceSection(Section):
    """Where the service listens, and by what it is known."""

    url: str | None = Field(default=None, description="https:// address that boxes know the service by.")
    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(default=8443, ge=1, le=65535, description="Port to listen on.")
    cert: FilePath | None = Field(default=None, description="The service's certificate chain, PEM.")
    key: FilePath | None = Field(default=None, description="Its private key, PEM.")
    client_ca: FilePath | None = Field(
        default=None, description="Who signs the certificates of boxes, PEM; empty: boxes show tokens."
    )
    max_requests: int = Field(
        default=64, ge=1, le=10_000, description="Batches at once; who comes beyond is told to come again."
    )
    workers: int = Field(default=32, ge=1, le=256, description="Of these, batches at work at once.")
    metrics_token_file: FilePath | None = Field(
        default=None,
        description="A file with what a scraper shows as `Authorization: Bearer`; "
        "empty: /metrics answers this machine alone.",
    )

    @field_validator("url")
    @classmethod
    def _https(cls, url: str | None) -> str | None:
        return _https_address(url)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key go together; without both, a proxy has to end TLS")
        if self.client_ca is not None and self.cert is None:
            raise ValueError("client_ca needs cert and key: certificates are shown where TLS ends")
        return self

    def metrics_token(self) -> str | None:
        """What a scraper shows; None when it need not.

        Raises:
            CloudSettingsError: the file cannot be read, or holds too little to be a secret.
        """
        if self.metrics_token_file is None:
            return None
        try:
            token = self.metrics_token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CloudSettingsError(f"service.metrics_token_file: cannot be read: {error}") from error
        if len(token) < _LEAST_TOKEN:
            raise CloudSettingsError(f"service.metrics_token_file: holds less than {_LEAST_TOKEN} characters")
        return token


class DatabaseSection(Section):
    """Where the service keeps what it knows."""

    url: str = Field(
        default="sqlite:///cloud.sqlite", description="sqlite:///file or postgresql://user@host/name."
    )
    password_file: FilePath | None = Field(
        default=None, description="A file with the password of PostgreSQL's user."
    )

    @field_validator("url")
    @classmethod
    def _known(cls, text: str, info: ValidationInfo) -> str:
        try:
            url = make_url(text)
        except ArgumentError as error:
            raise ValueError("is no address of a database") from error
        if url.password is not None:
            raise ValueError("must not hold a password; name a file in password_file")
        url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        if url.drivername == "sqlite" and url.database:
            url = url.set(database=str(_folder(info) / Path(url.database).expanduser()))
        elif url.drivername != "postgresql+psycopg":
            raise ValueError("must be sqlite:///file or postgresql://user@host/name")
        return url.render_as_string()

    def address(self) -> URL:
        """The address with the password of the file, if there is one.

        Raises:
            CloudSettingsError: the file cannot be read.
        """
        url = make_url(self.url)
        if self.password_file is None:
            return url
        try:
            return url.set(password=self.password_file.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise CloudSettingsError(f"database.password_file: cannot be read: {error}") from error


class ObjectsSection(Section):
    """Where the objects of the lake lie."""

    url: str = Field(default="objects", description="A folder, or s3://bucket/prefix (keys as AWS_...).")

    @field_validator("url")
    @classmethod
    def _known(cls, text: str, info: ValidationInfo) -> str:
        parts = urlsplit(text)
        if parts.scheme == "s3" and parts.netloc and parts.username is None:
            return text
        if parts.scheme not in ("", "file") or (parts.scheme == "file" and parts.netloc):
            raise ValueError("must be a folder, file:///folder or s3://bucket/prefix, and hold no keys")
        return (_folder(info) / Path(parts.path).expanduser()).as_uri()


class SigningSection(Section):
    """Where signed releases lie, and the keys that the service itself may use."""

    repository: FilePath | None = Field(default=None, description="The folder of metadata and targets.")
    online_keys: FilePath | None = Field(default=None, description="The folder of the online keys.")


class IdentitySection(Section):
    """Who signs the certificates of boxes."""

    ca: FilePath = Field(
        default=Path("ca"),
        description="The folder of the service's own authority (gymbox cloud ca init makes it).",
    )
    factory_ca: FilePath | None = Field(
        default=None,
        description="Who signs what boxes bring from the factory, PEM; it stands for a claim's secret.",
    )
    est_url: str | None = Field(
        default=None,
        description="https:// address of an EST server that signs in place of the own authority.",
    )
    est_ca: FilePath | None = Field(
        default=None,
        description="Who signed that server's certificate, PEM; empty: the system's authorities.",
    )
    est_credentials: FilePath | None = Field(
        default=None, description="A file whose first line is user:password for that server."
    )

    @field_validator("est_url")
    @classmethod
    def _https(cls, url: str | None) -> str | None:
        return _https_address(url)


class RetrainingSection(Section):
    """When models are trained anew, and where."""

    every_sessions: int = Field(
        default=10_000, ge=0, description="New sessions after which it begins; 0: only by hand."
    )
    executor: str = Field(
        default="local",
        pattern=r"^(local|(tcp|tls|ucx)://.+)$",
        description='"local", or the address of a Dask scheduler.',
    )
    workers: int = Field(default=1, ge=1, le=256, description="Processes of the local executor.")
    check_every_s: float = Field(default=600.0, gt=0, description="How often it looks whether to begin.")


class RolloutsSection(Section):
    """What is rolled out without anybody asking."""

    after_retraining: Literal["careful", "never"] = Field(
        default="careful",
        description="A model that was retrained and released: `careful` rolls it out in the usual groups; "
        "`never` waits for `gymbox cloud rollout start`.",
    )


class FleetSection(Section):
    """When those who look after boxes are alerted."""

    offline_after_min: float = Field(default=60.0, ge=5.0, description="A box was not heard of for so long.")
    unwell_after_min: float = Field(
        default=10.0, ge=0.0, description="A part of a box has been degraded or failed for so long."
    )
    clock_off_s: float = Field(default=60.0, gt=0.0, description="A box's clock is so far off.")
    outbox_after_h: float = Field(
        default=24.0, gt=0.0, description="A box is there, and its oldest record has waited for so long."
    )
    disk_free_percent: float = Field(
        default=10.0, ge=0.0, le=100.0, description="A box's disk has less room than this."
    )
    certificate_days: float = Field(
        default=20.0, ge=0.0, description="A box's certificate ends so soon; boxes renew 30 days before."
    )
