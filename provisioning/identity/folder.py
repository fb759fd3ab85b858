"""The files of a box's identity. A power cut at any moment leaves each of them whole, old or new.

    ca.pem           whom the cloud's certificate must lead to; given at enrolment, or absent: the system's
    enrolment.json   where and as whom the box enrols; the secret, until there is a certificate
    request.pem      a key that has no certificate yet, and the request that asks for one
    next.pem         key and certificate that have not been tried yet
    identity.pem     key and certificate that the box uses

A key and its certificate share one file, so that one rename changes both: nobody ever reads two that do not
belong together. All but ca.pem are for the owner alone.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from provisioning.identity.messages import common_name, fingerprint, make_request
from provisioning.staging import exclusive, sync_folder

NAME: Final = "identity"
"""Of the folder, in a box's data folder."""

_CA: Final = "ca.pem"
_ENROLMENT: Final = "enrolment.json"
_REQUEST: Final = "request.pem"
_NEXT: Final = "next.pem"
_CURRENT: Final = "identity.pem"
_LOCK_S: Final = 120.0


class IdentityBroken(Exception):  # noqa: N818 - named by what happened
    """A file of the identity cannot be used; the text says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Where a box enrols, and how far it came.

    Attributes:
        url: of the service, `https://…`.
        gateway_id: as whom.
        claim_sha256: of the claim's secret, to know it again when it is given once more.
        secret: of the claim; None when it is used up.
        wrong: how often the service has called it wrong.
        waiting: whether a person at the service has to let the box in.
        refused: why it will never work; a new claim begins anew.
    """

    url: str
    gateway_id: str
    claim_sha256: str
    secret: str | None
    wrong: int = 0
    waiting: bool = False
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A key that has no certificate yet, and the request for one, DER: the same until it is answered."""

    key: ec.EllipticCurvePrivateKey
    der: bytes


@dataclass(frozen=True, slots=True)
class Pair:
    """A key with its certificate, and the file that holds both."""

    path: Path
    certificate: x509.Certificate
    key_fingerprint: str

    @property
    def gateway_id(self) -> str:
        """Whose it is."""
        return common_name(self.certificate.subject) or ""

    @property
    def until(self) -> datetime:
        """When it ends."""
        return self.certificate.not_valid_after_utc


class IdentityFolder:
    """The identity of a box with this data folder. Methods that write expect `alone`."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / NAME

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes out, such as `gymbox enrol` beside a running box.

        Raises:
            StillLocked: one has been there for two minutes.
            OSError: the folder cannot be made or opened.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(self.path.parent)
        with exclusive(self.path, timeout_s=_LOCK_S, on_wait=lambda: None):
            yield

    # What there is.

    @property
    def files(self) -> list[Path]:
        """All that can change."""
        return [self.path / name for name in (_CA, _ENROLMENT, _REQUEST, _NEXT, _CURRENT)]

    @property
    def ca(self) -> Path | None:
        """Whom the service's certificate must lead to; None: the system's authorities."""
        path = self.path / _CA
        return path if path.exists() else None

    def enrolment(self) -> Enrolment | None:
        """Where and as whom; None before anybody asked for it.

        Raises:
            IdentityBroken: the file cannot be read.
        """
        path = self.path / _ENROLMENT
        try:
            return Enrolment(**json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise IdentityBroken(f"{path} cannot be used: {error}; enrol the box anew") from error

    def current(self) -> Pair | None:
        """What the box uses; None before it is enrolled.

        Raises:
            IdentityBroken: the file cannot be read.
        """
        return self._pair(_CURRENT)

    def next(self) -> Pair | None:
        """What came and was not tried yet.

        Raises:
            IdentityBroken: the file cannot be read.
        """
        return self._pair(_NEXT)

    def request_fingerprint(self) -> str | None:
        """The fingerprint of the key that waits for its certificate."""
        request = self._request()
        return None if request is None else fingerprint(request.key.public_key())

    # What changes it.

    def begin(self, url: str, gateway_id: str, secret: str, *, ca_pem: bytes | None) -> None:
        """Take a claim; what was begun with another is given up, what the box uses stays.

        The same claim once more goes on with the key that it was shown with: it is good for no other.
        """
        if ca_pem is not None:
            self._put(_CA, ca_pem, mode=0o644)
        taken = Enrolment(url, gateway_id, hashlib.sha256(secret.encode()).hexdigest(), secret)
        known = self._known()
        if known is None or known.claim_sha256 != taken.claim_sha256 or known.gateway_id != gateway_id:
            for name in (_NEXT, _REQUEST):
                self._remove(name)
        elif known.url == url and known.refused is None:
            return
        self.write(taken)

    def write(self, enrolment: Enrolment) -> None:
        """Keep how far it came."""
        self._put(_ENROLMENT, json.dumps(asdict(enrolment)).encode())

    def prepare(self, gateway_id: str, curve: ec.EllipticCurve) -> Request:
        """The key that waits for its certificate; made when there is none for this name."""
        found = self._request()
        if found is not None and common_name(x509.load_der_x509_csr(found.der).subject) == gateway_id:
            return found
        key = ec.generate_private_key(curve)
        der = make_request(key, gateway_id)
        self._put(_REQUEST, _pem(key) + x509.load_der_x509_csr(der).public_bytes(Encoding.PEM))
        return Request(key, der)

    def keep(self, key: ec.EllipticCurvePrivateKey, chain: list[x509.Certificate]) -> None:
        """Put a certificate that came beside what is used, and forget the claim."""
        self._put(_NEXT, _pem(key) + b"".join(each.public_bytes(Encoding.PEM) for each in chain))
        self.settle()

    def settle(self) -> None:
        """Forget what is answered: `keep` may have been cut short."""
        if self.next() is None:
            return
        enrolment = self.enrolment()
        if enrolment is not None and enrolment.secret is not None:
            self.write(replace(enrolment, secret=None, wrong=0, waiting=False))
        self._remove(_REQUEST)

    def promote(self) -> None:
        """Use from now on what came; what was used before is gone."""
        (self.path / _NEXT).replace(self.path / _CURRENT)
        sync_folder(self.path)

    def discard_next(self) -> None:
        """Give up what came; the next try takes another key."""
        self._remove(_NEXT)

    def _known(self) -> Enrolment | None:
        """Where it was; a file that cannot be read is as good as none to whoever writes another."""
        try:
            return self.enrolment()
        except IdentityBroken:
            return None

    def _pair(self, name: str) -> Pair | None:
        path = self.path / name
        try:
            text = path.read_bytes()
            key, certificate = load_pem_private_key(text, None), x509.load_pem_x509_certificates(text)[0]
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise IdentityBroken(f"{path} cannot be used: {error}; enrol the box anew") from error
        public = certificate.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey) or key.public_key() != public:
            raise IdentityBroken(f"{path} holds a key and a certificate that do not belong together")
        return Pair(path, certificate, fingerprint(public))

    def _request(self) -> Request | None:
        path = self.path / _REQUEST
        try:
            text = path.read_bytes()
            key, request = load_pem_private_key(text, None), x509.load_pem_x509_csr(text)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise IdentityBroken(f"{path} cannot be used: {error}; remove it, another is made") from error
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - `prepare` wrote it
        return Request(key, request.public_bytes(Encoding.DER))

    def _put(self, name: str, content: bytes, *, mode: int = 0o600) -> None:
        path = self.path / name
        coming = path.with_name(f".{name}")
        coming.unlink(missing_ok=True)
        descriptor = os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        coming.replace(path)
        sync_folder(self.path)

    def _remove(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)
        sync_folder(self.path)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
