"""A round and an update: the two documents that travel."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self, TypeVar

import uuid_utils
from pydantic import AwareDatetime, Field, ValidationError, model_validator

from sync.federated.array_record import (
    MOST_BYTES,
    ArrayRecord,
    Arrays,
    FederatedRefused,
    WireModel,
    digest,
    pack,
    unpack,
)

SCHEMA: Final = 1
ID_PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
MOST_EXAMPLES: Final = 1_000_000
_SHA256_PATTERN: Final = r"^[0-9a-f]{64}$"

M = TypeVar("M", bound=WireModel)

RoundId = Annotated[str, Field(pattern=ID_PATTERN)]
Sha256 = Annotated[str, Field(pattern=_SHA256_PATTERN)]


class TrainConfig(WireModel):
    """How each box learns and what it hides; Flower's ConfigRecord.

    Attributes:
        layers: how many are trained, counted from the last.
        epochs: how often each day is looked at.
        batch: so many runs of days at once.
        learning_rate: of Adam.
        steady_minutes: what a swing of minutes from day to day costs beside an error of that size.
        steady_intensity: likewise of intensity.
        clipping_norm: L2 bound of an update.
        noise_multiplier: the noise's standard deviation, in clipping norms.
        min_examples: a gym with fewer sessions takes no part; counts are told in steps of this.
        max_examples: a gym with more counts for no more.
    """

    layers: int = Field(default=1, ge=1, le=8)
    epochs: int = Field(default=3, ge=1, le=50)
    batch: int = Field(default=16, ge=1, le=1024)
    learning_rate: float = Field(default=0.01, gt=0, le=1)
    steady_minutes: float = Field(default=0.0, ge=0, le=100)
    steady_intensity: float = Field(default=0.0, ge=0, le=100)
    clipping_norm: float = Field(default=0.2, gt=0, le=10)
    noise_multiplier: float = Field(default=1.5, ge=0.01, le=1000)
    min_examples: int = Field(default=50, ge=10, le=MOST_EXAMPLES)
    max_examples: int = Field(default=400, ge=10, le=MOST_EXAMPLES)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max_examples < self.min_examples:
            raise ValueError("max_examples is less than min_examples")
        return self

    def told_examples(self, examples: int) -> int:
        """How many examples a gym says that it has: no more than the most, in steps of the fewest."""
        return min(examples, self.max_examples) // self.min_examples * self.min_examples


class StartModel(WireModel):
    """What learning starts from; the digest is of the round's arrays (`array_record.digest`)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$")
    sha256: Sha256


class Round(WireModel):
    """An invitation to learn.

    Attributes:
        id: of the round, UUIDv7.
        model: that the arrays are of.
        arrays: all its weights and scales.
        config: how to learn.
        deadline: until when an update counts.
    """

    schema_version: Literal[1] = Field(default=SCHEMA, alias="schema")
    id: RoundId
    model: StartModel
    arrays: ArrayRecord
    config: TrainConfig
    deadline: AwareDatetime

    def weights(self) -> Arrays:
        """The arrays as numbers.

        Raises:
            FederatedRefused: they are not those of the model that the round names, or no arrays.
        """
        arrays = unpack(self.arrays)
        if digest(arrays) != self.model.sha256:
            raise FederatedRefused(f"round {self.id} has other weights than its digest says")
        return arrays


class Update(WireModel):
    """What a gym tells.

    Attributes:
        round: that it is for.
        start_sha256: of the weights that it started from.
        arrays: by how much the trained ones change, clipped and with noise.
        num_examples: how many sessions are behind it, as `TrainConfig.told_examples` tells.
    """

    schema_version: Literal[1] = Field(default=SCHEMA, alias="schema")
    round: RoundId
    start_sha256: Sha256
    arrays: ArrayRecord
    num_examples: int = Field(ge=1, le=MOST_EXAMPLES, alias="num-examples")


def new_round(*, name: str, version: str, arrays: Arrays, config: TrainConfig, deadline: datetime) -> Round:
    """An invitation to learn from the given arrays of a model on.

    Raises:
        FederatedRefused: the arrays cannot travel.
    """
    return Round(
        id=str(uuid_utils.uuid7()),
        model=StartModel(name=name, version=version, sha256=digest(arrays)),
        arrays=pack(arrays),
        config=config,
        deadline=deadline,
    )


def new_update(round_: Round, arrays: Arrays, examples: int) -> Update:
    """Put an update together.

    Raises:
        FederatedRefused: the arrays cannot travel.
    """
    return Update.model_validate(
        {
            "round": round_.id,
            "start_sha256": round_.model.sha256,
            "arrays": pack(arrays),
            "num-examples": round_.config.told_examples(examples),
        }
    )


def to_wire(message: Round | Update) -> bytes:
    """The JSON of a message.

    Raises:
        FederatedRefused: it is too long.
    """
    text = message.model_dump_json(by_alias=True).encode()
    if len(text) > MOST_BYTES:
        raise FederatedRefused(f"the {type(message).__name__.lower()} has {len(text)} bytes")
    return text


def round_from_wire(text: bytes) -> Round:
    """Read a round.

    Raises:
        FederatedRefused: it is none, or too long.
    """
    return _read(Round, text)


def update_from_wire(text: bytes) -> Update:
    """Read an update.

    Raises:
        FederatedRefused: it is none, or too long.
    """
    return _read(Update, text)


def _read(kind: type[M], text: bytes) -> M:
    name = kind.__name__.lower()
    if len(text) > MOST_BYTES:
        raise FederatedRefused(f"the {name} has more than {MOST_BYTES} bytes")
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(each) for each in first["loc"])
        raise FederatedRefused(
            f"the {name} is not as it should be: {place or 'document'}: {first['msg']}"
        ) from error
