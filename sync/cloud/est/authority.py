"""Who signs the certificates of boxes, as the service sees it: its own files, or an EST server elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from cryptography import x509


class AuthorityUnavailable(Exception):  # noqa: N818 - named by what happened
    """Nobody signs at the moment; the text says why, for the log."""


class AuthorityWaits(Exception):  # noqa: N818 - named by what happened
    """The authority elsewhere has to think about it; `retry_after_s` says for how long at least."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"the authority answers after {retry_after_s} s or later")
        self.retry_after_s = retry_after_s


class Authority(Protocol):
    """Signs, and says whom to trust. Calls may block; for threads."""

    def anchors(self) -> Sequence[x509.Certificate]:
        """The certificates that boxes install as trust anchors, the root among them.

        Raises:
            AuthorityUnavailable: nobody can tell now.
        """

    def issue(self, request: x509.CertificateSigningRequest, now: datetime) -> Sequence[x509.Certificate]:
        """A certificate for a request that was checked, first, then what leads to the root.

        Raises:
            AuthorityUnavailable: ask again later.
            AuthorityWaits: ask again with the same request when it says.
        """
