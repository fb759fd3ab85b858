"""What the box's own errors mean to a client: status, which kind of problem, what else is said. Data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from gateway.adoption import (
    AddressTaken,
    AdoptionError,
    DeviceConfigured,
    DeviceInUse,
    DeviceUnknown,
    ProfileUnknown,
)
from gateway.commands.errors import (
    CommandError,
    CommandRefused,
    MachineDeclined,
    MachineUnknown,
    MachineUnreachable,
    NotCommandable,
    NothingToFollow,
    NotReady,
)
from gateway.handovers import HandoverOver
from gateway.inference.errors import (
    InferenceError,
    ModelFailed,
    NotServed,
    Overloaded,
    RequestRefused,
    TooLate,
)
from gateway.live.board import TooManyWatchers
from gateway.members.consent import NotConsented
from gateway.members.members import MemberTraining, MemberUnknown
from gateway.members.pins import PinError, PinNeeded, PinThrottled, PinWrong
from gateway.members.wellbeing import DayToCome, WellbeingUnknown
from gateway.models import ModelRefused, ModelUnknown
from gateway.operators.accounts import (
    AlreadyClaimed,
    LastOperator,
    NameRefused,
    NameTaken,
    OperatorError,
    OperatorUnknown,
)
from gateway.operators.passwords import PasswordRefused, TooManyLogins
from gateway.planning.coaching import PlanFailed
from gateway.planning.rows import PlanUnknown
from gateway.reconfiguration.authority import AuthorityRefused
from gateway.reconfiguration.configuration import ConfigRefused, InUse, NotKept, SetElsewhere
from gateway.reconfiguration.files import SecretRefused
from gateway.sessions.admission import (
    BandInUse,
    BandUnknown,
    ExerciseNotOffered,
    SessionError,
    StationBusy,
    StationUnknown,
)
from gateway.sessions.service import SessionUnknown
from gateway.store.store import StoreBusy, StoreError, StoreFull, StoreReadOnly
from gateway.tokens import TokenUnknown
from gateway.vision_requests import NotRunning, RequestFailed


@dataclass(frozen=True, slots=True)
class Kind:
    """How errors of a class are answered.

    Attributes:
        status: of the answer.
        slug: which kind of problem it is; stable.
        detail: what happened and what to do, where the error does not say that itself.
        headers: that go with it.
    """

    status: HTTPStatus
    slug: str
    detail: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


_SOON: Final = {"Retry-After": "2"}

KINDS: Final[Mapping[type[Exception], Kind]] = {
    StationUnknown: Kind(HTTPStatus.NOT_FOUND, "station-unknown"),
    StationBusy: Kind(HTTPStatus.CONFLICT, "station-busy"),
    BandUnknown: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "band-unknown"),
    BandInUse: Kind(HTTPStatus.CONFLICT, "band-in-use"),
    DeviceUnknown: Kind(HTTPStatus.NOT_FOUND, "device-unknown"),
    DeviceConfigured: Kind(HTTPStatus.CONFLICT, "device-configured"),
    DeviceInUse: Kind(HTTPStatus.CONFLICT, "device-in-use"),
    AddressTaken: Kind(HTTPStatus.CONFLICT, "address-taken"),
    ProfileUnknown: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "profile-unknown"),
    ExerciseNotOffered: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "exercise-not-offered"),
    SessionUnknown: Kind(HTTPStatus.NOT_FOUND, "session-unknown"),
    MemberUnknown: Kind(HTTPStatus.NOT_FOUND, "member-unknown", "Nothing is stored about this member."),
    PinNeeded: Kind(HTTPStatus.FORBIDDEN, "pin-needed"),
    PinWrong: Kind(HTTPStatus.FORBIDDEN, "pin-wrong"),
    PinThrottled: Kind(HTTPStatus.TOO_MANY_REQUESTS, "too-many-failures", headers={"Retry-After": "60"}),
    HandoverOver: Kind(HTTPStatus.GONE, "handover-over"),
    NotConsented: Kind(HTTPStatus.FORBIDDEN, "not-consented", "The member has not agreed to being measured."),
    MemberTraining: Kind(
        HTTPStatus.CONFLICT, "member-training", "The member is checked in. End the session first."
    ),
    WellbeingUnknown: Kind(HTTPStatus.NOT_FOUND, "wellbeing-unknown"),
    DayToCome: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "day-to-come"),
    PlanUnknown: Kind(HTTPStatus.NOT_FOUND, "plan-unknown"),
    PlanFailed: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "plan-failed"),
    MachineUnknown: Kind(HTTPStatus.NOT_FOUND, "machine-unknown"),
    NotCommandable: Kind(HTTPStatus.CONFLICT, "not-commandable"),
    CommandRefused: Kind(HTTPStatus.CONFLICT, "command-refused"),
    MachineDeclined: Kind(HTTPStatus.CONFLICT, "machine-declined"),
    MachineUnreachable: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "machine-unreachable"),
    NotReady: Kind(HTTPStatus.CONFLICT, "not-ready"),
    NothingToFollow: Kind(HTTPStatus.CONFLICT, "nothing-to-follow"),
    ModelUnknown: Kind(HTTPStatus.NOT_FOUND, "model-unknown"),
    ModelRefused: Kind(HTTPStatus.CONFLICT, "model-refused"),
    RequestRefused: Kind(HTTPStatus.BAD_REQUEST, "inference-refused"),
    NotServed: Kind(HTTPStatus.NOT_FOUND, "not-served"),
    Overloaded: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", headers=_SOON),
    TooLate: Kind(HTTPStatus.GATEWAY_TIMEOUT, "too-late"),
    ModelFailed: Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "model-failed"),
    NotRunning: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "vision-not-running", headers=_SOON),
    RequestFailed: Kind(HTTPStatus.CONFLICT, "vision-declined"),
    TooManyWatchers: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "too-many-watchers", headers=_SOON),
    OperatorUnknown: Kind(HTTPStatus.NOT_FOUND, "operator-unknown"),
    NameRefused: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "name-refused"),
    NameTaken: Kind(HTTPStatus.CONFLICT, "name-taken"),
    LastOperator: Kind(HTTPStatus.CONFLICT, "last-operator"),
    AlreadyClaimed: Kind(HTTPStatus.CONFLICT, "already-claimed"),
    PasswordRefused: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "password-refused"),
    TooManyLogins: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "too-many-logins", headers=_SOON),
    TokenUnknown: Kind(HTTPStatus.NOT_FOUND, "token-unknown", "There is no token with this id."),
    NotKept: Kind(HTTPStatus.INSUFFICIENT_STORAGE, "config-not-kept"),
    SecretRefused: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "secret-refused"),
    AuthorityRefused: Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "authority-refused"),
    StoreFull: Kind(HTTPStatus.INSUFFICIENT_STORAGE, "store-full"),
    StoreReadOnly: Kind(HTTPStatus.INSUFFICIENT_STORAGE, "store-read-only"),
    StoreBusy: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "store-busy", headers=_SOON),
    StoreError: Kind(HTTPStatus.SERVICE_UNAVAILABLE, "store-unavailable", headers=_SOON),
}
"""By class; looked up along its ancestors."""

REFUSALS: Final[Mapping[type[ConfigRefused], tuple[HTTPStatus, str]]] = {
    ConfigRefused: (HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-config"),
    SetElsewhere: (HTTPStatus.CONFLICT, "set-elsewhere"),
    InUse: (HTTPStatus.CONFLICT, "in-use"),
}
"""Of changes of the configuration, which name each setting at fault."""

TELLS: Final = (
    SessionError,
    AdoptionError,
    CommandError,
    OperatorError,
    PasswordRefused,
    TooManyLogins,
    TokenUnknown,
    MemberUnknown,
    MemberTraining,
    PinError,
    HandoverOver,
    NotConsented,
    WellbeingUnknown,
    DayToCome,
    PlanUnknown,
    PlanFailed,
    ModelUnknown,
    ModelRefused,
    InferenceError,
    RequestFailed,
    TooManyWatchers,
    SecretRefused,
    AuthorityRefused,
    NotKept,
    StoreError,
)
"""Classes that are answered by `KINDS`, with those below them."""
