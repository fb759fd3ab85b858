"""What Prometheus may know of the box's identity."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.metric_family import Family

if TYPE_CHECKING:
    from gateway.enrolment.agent import IdentityAgent


def of_identity(identity: "IdentityAgent") -> Iterator[Family]:
    """Return when the certificate ends."""
    yield Family(
        name="gymbox_identity_expiry_timestamp_seconds",
        help="When the box's certificate at the cloud ends.",
        kind="gauge",
        read=lambda: {} if identity.until is None else {(): identity.until.timestamp()},
    )
