"""`[mqtt]`: the broker that machines and bands speak through."""

from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from gateway.config.sections.section import FilePath, Section, refusal, url_parts

EMBEDDED: Final = "embedded"


class MqttSection(Section):
    """The broker that machines and bands speak through."""

    url: str = Field(
        default=EMBEDDED,
        title="Broker",
        description='mqtt://host[:port], mqtts://host[:port], or "embedded" for the built-in broker.',
    )
    username: str | None = Field(
        default=None, title="User", description="Login name at the broker.", min_length=1
    )
    password_file: FilePath | None = Field(
        default=None,
        title="Password file",
        description="File whose first line is the password; never the password itself.",
    )
    ca: FilePath | None = Field(
        default=None,
        title="Authority",
        description="PEM file of the authority that signed the broker's certificate.",
    )
    cert: FilePath | None = Field(
        default=None, title="Certificate", description="PEM file of the box's own certificate."
    )
    key: FilePath | None = Field(
        default=None, title="Key", description="PEM file of the key of that certificate."
    )

    @property
    def embedded(self) -> bool:
        """Whether the box runs its own broker."""
        return self.url == EMBEDDED

    @field_validator("url")
    @classmethod
    def _broker_url(cls, url: str) -> str:
        if url == EMBEDDED:
            return url
        parts = url_parts(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise refusal('must be mqtt://host, mqtts://host or "embedded"')
        if parts.username is not None or parts.password is not None:
            raise refusal("must not hold a login; write username and password_file instead")
        return url

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.cert is None) != (self.key is None):
            raise refusal("cert and key belong together; give both or neither")
        if (self.ca or self.cert) and not self.url.startswith("mqtts://"):
            raise refusal("ca, cert and key need a url that starts with mqtts://")
        if self.password_file and not self.username:
            raise refusal("password_file needs a username")
        if self.embedded and self.username:
            raise refusal("the embedded broker makes its own login; leave out username and password_file")
        return self
