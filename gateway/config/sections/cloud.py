"""`[cloud]`: what leaves the box."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from gateway.config.sections.section import FilePath, Section, refusal, url_parts


class CloudSection(Section):
    """What leaves the box, and where to."""

    url: str | None = Field(
        default=None,
        title="Cloud",
        description="https:// address of the service; empty: where the box is enrolled.",
    )
    upload: Literal["all", "summaries", "nothing"] = Field(
        default="summaries",
        title="Upload",
        description="What is sent: every set, only summaries, or nothing.",
    )
    ca: FilePath | None = Field(
        default=None,
        title="Authority",
        description="PEM file of the authority that signed the service's certificate; empty: the system's.",
    )
    cert: FilePath | None = Field(
        default=None, title="Certificate", description="PEM file of the box's own certificate."
    )
    key: FilePath | None = Field(
        default=None, title="Key", description="PEM file of the key of that certificate."
    )
    token_file: FilePath | None = Field(
        default=None,
        title="Token file",
        description="File whose first line is the box's token at the service, where it has no certificate.",
    )
    release_root: FilePath | None = Field(
        default=None,
        title="Root of releases",
        description="The first root metadata of the cloud's releases; without it no new model is taken.",
    )
    max_kbit_s: int | None = Field(
        default=None,
        title="Bandwidth",
        description="Most that is sent, in 1000 bits a second; empty: as fast as it goes.",
        ge=8,
        le=10_000_000,
    )
    poll_s: float = Field(
        default=30.0,
        title="Looks",
        description="Seconds between two looks at what the cloud wants of the box.",
        ge=1,
        le=3600,
    )
    confirm_s: float = Field(
        default=120.0,
        title="Confirmation",
        description="Seconds within which a configuration that the cloud desires must prove itself and reach "
        "the cloud again; otherwise the one before is back.",
        ge=5,
        le=3600,
    )
    federated: bool = Field(
        default=False,
        title="Federated learning",
        description=(
            'With upload = "nothing": take part in learning together. What leaves is by how much this '
            "gym's sessions would change the intensity model, cut to a length and blurred with noise, and "
            "roughly how many sessions that was; no record, and nothing of sleep or stress."
        ),
    )
    federated_epsilon: float = Field(
        default=20.0,
        title="Privacy budget",
        description=(
            "Most that all updates together may tell of this gym, as epsilon at a delta of 0.00001; when "
            "it is spent the box takes part no more."
        ),
        gt=0,
        le=1000,
    )

    @field_validator("url")
    @classmethod
    def _https(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = url_parts(url)
        if parts.scheme != "https" or not parts.hostname:
            raise refusal("must start with https:// and name a host")
        if parts.username is not None:
            raise refusal("must not hold a login; the box enrols instead (gymbox enrol)")
        return url

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.cert is None) != (self.key is None):
            raise refusal("cert and key belong together; give both or neither")
        if self.federated and (self.upload != "nothing" or self.url is None):
            raise refusal(
                'federated needs url and upload = "nothing"; gyms that upload help by their records'
            )
        return self
