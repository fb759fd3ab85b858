"""An authority for tests of the box's side, on its own: it signs whatever it is told to."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provisioning.identity import messages
from provisioning.identity.judgement import Answer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Issuer:
    """A root that signs."""

    name: str = "root"
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    @property
    def certificate(self) -> x509.Certificate:
        return self._sign(
            _name(self.name), self.key.public_key(), NOW - timedelta(days=1), days=3650, ca=True
        )

    def __post_init__(self) -> None:
        self.root = self.certificate

    def issue(
        self,
        key: ec.EllipticCurvePublicKey,
        name: str = "box",
        *,
        begins: datetime = NOW,
        days: float = 90,
        clients: bool = True,
    ) -> x509.Certificate:
        return self._sign(_name(name), key, begins, days=days, ca=False, clients=clients)

    def answer(self, key: ec.EllipticCurvePublicKey, *more: x509.Certificate, **options: object) -> Answer:
        made = self.issue(key, **options)  # type: ignore[arg-type]
        return Answer(200, messages.write_certificates([made, *more]))

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        begins: datetime,
        *,
        days: float,
        ca: bool,
        clients: bool = False,
    ) -> x509.Certificate:
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name(self.name))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if clients:
            made = made.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
            )
        return made.sign(self.key, hashes.SHA256())
