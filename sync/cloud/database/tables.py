"""Tenants, gyms, gateways; the objects of the lake and their records; erasures; what has seen an object.

A record counts when its row is here. Readers of the lake go by `raw_object` with the state `landed`, never by
a listing of the store.
"""

from datetime import date, datetime
from typing import Final, Literal, get_args

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sync.cloud.database.base import SHA256_LENGTH, Base

ObjectState = Literal["writing", "landed", "retired"]
OBJECT_STATES: Final[tuple[ObjectState, ...]] = get_args(ObjectState)
NAME_LENGTH: Final = 255
# SQLite counts up by itself only in a column that is INTEGER to the letter.
_BIG_ID: Final = BigInteger().with_variant(Integer, "sqlite")
_STATE: Final = String(8)


class Tenant(Base):
    """A customer: an operator of gyms. Nothing of one tenant is ever shown to another."""

    __tablename__ = "tenant"

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Gym(Base):
    """A gym; its row is locked while anything about its records is decided."""

    __tablename__ = "gym"

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), index=True)
    created_at: Mapped[datetime]


class Gateway(Base):
    """A box; `id` is the common name of its certificate, `token_hash` the SHA-256 of its token."""

    __tablename__ = "gateway"

    id: Mapped[str] = mapped_column(primary_key=True)
    gym_id: Mapped[str] = mapped_column(ForeignKey("gym.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    decommissioned_at: Mapped[datetime | None]


class RawObject(Base):
    """An immutable Parquet object with the records of one batch.

    `writing`: its bytes may be there or not, and count for nothing. `landed`: they count. `retired`: another
    object stands for it (or none, when nobody is left in it); `purged_at` says when its bytes were deleted.
    """

    __tablename__ = "raw_object"
    __table_args__ = (
        CheckConstraint(f"state IN {OBJECT_STATES}", name="state"),
        Index(None, "gym_id", "state"),
        Index(None, "state", "begun_at"),
    )

    id: Mapped[int] = mapped_column(_BIG_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    gym_id: Mapped[str] = mapped_column(ForeignKey("gym.id"))
    day: Mapped[date]
    state: Mapped[str] = mapped_column(_STATE)
    records: Mapped[int]
    sessions: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    begun_at: Mapped[datetime]
    landed_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]


class LandedRecord(Base):
    """A record that counts, and the object that holds it. The same id in another gym is another record."""

    __tablename__ = "record"
    __table_args__ = (Index(None, "gym_id", "member"),)

    gym_id: Mapped[str] = mapped_column(ForeignKey("gym.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    object_id: Mapped[int] = mapped_column(ForeignKey("raw_object.id"), index=True)
    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateway.id"))
    kind: Mapped[str]
    member: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    created_at: Mapped[datetime]
    received_at: Mapped[datetime]


class Erasure(Base):
    """A member to be removed, and the tombstone that keeps their earlier records out for ever."""

    __tablename__ = "erasure"
    __table_args__ = (UniqueConstraint("gym_id", "record_id"), Index(None, "gym_id", "member"))

    id: Mapped[int] = mapped_column(_BIG_ID, primary_key=True)
    gym_id: Mapped[str] = mapped_column(ForeignKey("gym.id"))
    record_id: Mapped[str]
    member: Mapped[str] = mapped_column(String(NAME_LENGTH))
    until: Mapped[datetime]
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(index=True)


class Dataset(Base):
    """A training set; `id` is the SHA-256 of its manifest, `stale_since` when an erasure touched it."""

    __tablename__ = "dataset"

    id: Mapped[str] = mapped_column(String(SHA256_LENGTH), primary_key=True)
    manifest: Mapped[str] = mapped_column(String(NAME_LENGTH))
    records: Mapped[int]
    sessions: Mapped[int]
    members: Mapped[int]
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    stale_since: Mapped[datetime | None]


class DatasetObject(Base):
    """That a dataset was made from an object."""

    __tablename__ = "dataset_object"

    dataset_id: Mapped[str] = mapped_column(ForeignKey("dataset.id"), primary_key=True)
    object_id: Mapped[int] = mapped_column(ForeignKey("raw_object.id"), primary_key=True, index=True)


class ModelVersion(Base):
    """A trained model, in MLflow's words.

    `source` is where its files lie, `run_id` what made it, `parent_id` the version that it began from,
    `metrics` a JSON object.
    """

    __tablename__ = "model_version"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(_BIG_ID, primary_key=True)
    name: Mapped[str]
    version: Mapped[str]
    status: Mapped[str]
    source: Mapped[str] = mapped_column(String(NAME_LENGTH))
    run_id: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("model_version.id"), index=True)
    code_version: Mapped[str]
    metrics: Mapped[str] = mapped_column(Text, default="{}")
    created_at: Mapped[datetime]
    stale_since: Mapped[datetime | None]


class ModelDataset(Base):
    """That a model was trained on a dataset."""

    __tablename__ = "model_dataset"

    model_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), primary_key=True)
    dataset_id: Mapped[str] = mapped_column(ForeignKey("dataset.id"), primary_key=True, index=True)
