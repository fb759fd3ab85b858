"""TLS of the service: its own certificate, whose certificates it takes, and who is refused in the handshake.

All can change while it runs: each handshake takes the context that is the newest at that moment. OpenSSL
calls the callback for the server's name also when the client names none, and trusts what the context trusts
that is set there.
"""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sync.cloud.settings import CloudSettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """What a context is made of.

    Attributes:
        cert: the service's own chain, PEM.
        key: its key, PEM; None: in the same file.
        client_cas: files of authorities whose certificates are taken, PEM, by the name of the setting.
    """

    cert: Path
    key: Path | None
    client_cas: dict[str, Path]


class Tls:
    """The context of the service, always the newest.

    Args:
        files: read at every `renew`.
        anchors: the service's own authority, beside those in files.
        revocations: gives the newest list of the own authority, DER.

    Raises:
        CloudSettingsError: a file cannot be used.
    """

    def __init__(
        self,
        files: TlsFiles,
        *,
        anchors: Sequence[x509.Certificate] = (),
        revocations: Callable[[], bytes] | None = None,
    ) -> None:
        self._files = files
        self._anchors = anchors
        self._revocations = revocations
        self._made_of: object = None
        self._newest = self._make(None)
        self.context = self._make(None)
        self.context.sni_callback = self._take_newest
        # With a foreign authority, that brings no list, nobody of it could come in; the API refuses what is
        # revoked in any case. The flag counts here, the list in the newest context.
        if revocations is not None and not files.client_cas:
            self.context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF

    def renew(self) -> None:
        """Make another context if a list or a file is another one; connections that are open stay.

        Raises:
            CloudSettingsError: a file cannot be used; the context before stays.
            DatabaseUnavailable: the list cannot be had.
        """
        revoked = None if self._revocations is None else self._revocations()
        made_of = (revoked, *(_stamp(path) for path in self._paths()))
        if made_of != self._made_of:
            self._newest = self._make(revoked)
            self._made_of = made_of

    def _take_newest(self, socket: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        socket.context = self._newest

    def _paths(self) -> list[Path]:
        files = self._files
        return [files.cert, *([] if files.key is None else [files.key]), *files.client_cas.values()]

    def _make(self, revoked: bytes | None) -> ssl.SSLContext:
        files = self._files
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(files.cert, files.key)
        except (OSError, ssl.SSLError) as error:
            raise CloudSettingsError(
                f"service.cert {files.cert} and service.key {files.key} cannot be used: {error}"
            ) from error
        for name, path in files.client_cas.items():
            try:
                context.load_verify_locations(path)
            except (OSError, ssl.SSLError) as error:
                raise CloudSettingsError(f"{name} {path} cannot be used: {error}") from error
        if self._anchors:
            pem = "".join(each.public_bytes(Encoding.PEM).decode() for each in self._anchors)
            context.load_verify_locations(cadata=pem)
        if self._anchors or files.client_cas:
            # A box that is not enrolled yet shows none; one that shows a foreign one ends in the handshake.
            context.verify_mode = ssl.CERT_OPTIONAL
        if revoked is not None:
            _load_list(context, revoked)
        return context


def _load_list(context: ssl.SSLContext, der: bytes) -> None:
    """Lists can only be loaded from files."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "revoked.pem"
        path.write_bytes(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM))
        context.load_verify_locations(path)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
