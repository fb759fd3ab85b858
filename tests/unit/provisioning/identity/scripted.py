"""An EST service that says what a test has it say."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.identity import messages
from provisioning.identity.client import NotAnswered, Service
from provisioning.identity.judgement import Answer
from tests.unit.provisioning.identity.issuer import NOW, Issuer

SILENCE, UNTRUSTED = "silence", "untrusted"
Said = int | str


@dataclass
class Scripted:
    """A service that says what the test has it say; a certificate when the test says 200."""

    now: datetime = NOW
    issuer: Issuer = field(default_factory=Issuer)
    says: Said = 200
    knows: Said = 200
    asked: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)

    def connect(self, service: Service) -> Any:
        self.services.append(service)
        return self

    def ca_certs(self) -> Answer:
        self._may_answer(self.says)
        return Answer(200, messages.write_certificates([self.issuer.root]), server_time=self.now)

    def csr_attributes(self) -> Answer:
        return Answer(204, b"")

    def enroll(self, request: bytes, login: tuple[str, str]) -> Answer:
        self.logins.append(login)
        return self._sign("enroll", request)

    def reenroll(self, request: bytes, identity: Path) -> Answer:
        assert identity.exists()
        return self._sign("reenroll", request)

    def myself(self, identity: Path) -> Answer:
        assert identity.exists()
        self._may_answer(self.knows)
        return Answer(int(self.knows), b"")

    def _sign(self, what: str, request: bytes) -> Answer:
        read = messages.read_request(messages.to_wire(request))
        key = read.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        self.asked.append(what)
        self.keys.append(messages.fingerprint(key))
        if self.says == 200:
            return self.issuer.answer(key, begins=self.now)
        return Answer(int(self.says), b"told", retry_after_s=30 if self.says == 202 else None)

    @staticmethod
    def _may_answer(said: Said) -> None:
        if isinstance(said, str):
            raise NotAnswered("no answer", untrusted=said == UNTRUSTED)
