"""Identity of the boxes, put together from the settings: who signs, who is let in, who is refused."""

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from cryptography import x509
from fastapi import APIRouter

from provisioning.identity.client import EstClient, Service
from sync.cloud.database.database import Database
from sync.cloud.est import files, routes
from sync.cloud.est.enrolments import Enrolments
from sync.cloud.est.files import AuthorityTrouble, FileAuthority
from sync.cloud.est.registration import Registration
from sync.cloud.est.revocation import RevocationLists
from sync.cloud.est.upstream import Upstream
from sync.cloud.gateways import Gateways, utc_now
from sync.cloud.settings import CloudSettingsError, IdentitySection, ServiceSection
from sync.cloud.tls import Tls, TlsFiles


class Identities:
    """How boxes get, keep and lose their certificates.

    Attributes:
        enrolments: what operators do.
        tls: how the service speaks TLS; None: a proxy before it does.

    Raises:
        CloudSettingsError: a file of the settings cannot be used.
    """

    def __init__(
        self,
        database: Database,
        gateways: Gateways,
        *,
        service: ServiceSection,
        identity: IdentitySection,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._clock = clock
        self._gateways = gateways
        self._own = _own(identity)
        self._upstream = _upstream(identity)
        self._factory = _factory(identity)
        lists = None if self._own is None else RevocationLists(database, self._own, clock=clock)
        self._newest_list = None if lists is None else lists.newest
        self.enrolments = Enrolments(database, clock=clock)
        self._registration = Registration(database, self._upstream or self._own, clock=clock)
        self.tls = self._create_tls(service, identity)

    def routes(self) -> APIRouter:
        """What boxes reach."""
        return routes.routes(
            self._registration, self._gateways, factory=self._factory, revocations=self._newest_list
        )

    def look(self) -> None:
        """Renew the service's own certificate, and have TLS take what is new; every few seconds.

        Raises:
            CloudSettingsError: a file cannot be used any more; what was read before still is.
            OSError: the own certificate cannot be written.
            DatabaseUnavailable: it cannot be asked who is revoked.
        """
        if self._own is not None:
            try:
                self._own.renew_server(self._clock())
            except AuthorityTrouble as error:
                raise CloudSettingsError(str(error)) from error
        if self.tls is not None:
            self.tls.renew()

    def _create_tls(self, service: ServiceSection, identity: IdentitySection) -> Tls | None:
        own = self._own
        cert, key = service.cert, service.key
        if cert is None and own is not None:
            cert = own.server_file
        if cert is None:
            return None
        client_cas = {"service.client_ca": service.client_ca, "identity.factory_ca": identity.factory_ca}
        return Tls(
            TlsFiles(
                cert=cert,
                key=key,
                client_cas={name: path for name, path in client_cas.items() if path is not None},
            ),
            anchors=() if own is None else own.anchors(),
            revocations=self._newest_list,
        )


def named_by(service: ServiceSection, identity: IdentitySection) -> frozenset[str] | None:
    """Whose certificates go by their name alone; None: all that TLS trusts.

    What boxes bring from the factory is good for enrolling and for nothing else.

    Raises:
        CloudSettingsError: service.client_ca cannot be used.
    """
    if identity.factory_ca is None:
        return None
    return _subjects(
        [] if service.client_ca is None else _certificates(service.client_ca, "service.client_ca")
    )


def _subjects(certificates: Sequence[x509.Certificate]) -> frozenset[str]:
    return frozenset(each.subject.rfc4514_string() for each in certificates)


def _own(identity: IdentitySection) -> FileAuthority | None:
    if not files.exists(identity.ca):
        return None
    try:
        return FileAuthority(identity.ca)
    except AuthorityTrouble as error:
        raise CloudSettingsError(f"identity.ca: {error}") from error


def _upstream(identity: IdentitySection) -> Upstream | None:
    if identity.est_url is None:
        return None
    agent = f"gymbox-cloud/{version('gymbox')}"
    return Upstream(EstClient(Service(identity.est_url, identity.est_ca, agent)), _login(identity))


def _login(identity: IdentitySection) -> tuple[str, str]:
    path = identity.est_credentials
    if path is None:
        raise CloudSettingsError("identity.est_url needs est_credentials: a file with user:password")
    user, colon, password = _text(path, "identity.est_credentials").splitlines()[0].strip().partition(":")
    if not (user and colon and password):
        raise CloudSettingsError(f"identity.est_credentials: {path} holds no user:password in its first line")
    return user, password


def _factory(identity: IdentitySection) -> frozenset[str]:
    path = identity.factory_ca
    return frozenset() if path is None else _subjects(_certificates(path, "identity.factory_ca"))


def _certificates(path: Path, name: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_text(path, name).encode())
    except ValueError as error:
        raise CloudSettingsError(f"{name}: {path} is no certificate") from error


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8") or "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise CloudSettingsError(f"{name}: {path} cannot be read: {error}") from error
