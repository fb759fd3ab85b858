"""One step of a box towards its certificate, or towards the next one. Blocks; for one thread at a time.

All that it knows lies in the folder, so it goes on after a power cut where it was.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal

from provisioning.identity.client import EstClient, NotAnswered, Service
from provisioning.identity.folder import Enrolment, IdentityFolder, Pair
from provisioning.identity.judgement import (
    MOST_WRONG,
    WAIT_S,
    Answer,
    Issued,
    Verdict,
    Wait,
    Wrong,
    anchors_of,
    is_believable,
    judge,
    renewal_at,
    wanted_curve,
)
from provisioning.identity.messages import MessageBroken

Deed = Literal["enrolled", "renewed", "refused", "waits"]
_FIRST_BACKOFF_S: Final = 5.0
_MOST_BACKOFF_S: Final = 600.0
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Step:
    """What came of it.

    Attributes:
        wait_s: until the next step is due; None: when somebody gives a claim.
        deed: what has happened; None: nothing that anybody wants to read about.
        reason: why it is not done yet, for people; "" when there is nothing to do.
    """

    wait_s: float | None
    deed: Deed | None = None
    reason: str = ""


class Enroller:
    """Brings a box's identity about and keeps it fresh.

    Args:
        folder: the box's files.
        agent: product and version, for the service's log.
        built_at: no clock that is right shows less.
        random: gives numbers in [0, 1); spreads boxes that lost the service at one moment.
    """

    def __init__(
        self,
        folder: IdentityFolder,
        *,
        agent: str,
        built_at: datetime,
        random: Callable[[], float],
        connect: Callable[[Service], EstClient] = EstClient,
    ) -> None:
        self._folder = folder
        self._agent = agent
        self._built_at = built_at
        self._random = random
        self._connect = connect
        self._failures = 0

    def step(self, wall: datetime, *, moved_to: tuple[str, Path | None] | None = None) -> Step:
        """Do what is due.

        Args:
            wall: what the box's clock shows; it may be wrong.
            moved_to: where the service is by now and whom its certificate must lead to, for renewals; None:
                where the box enrolled.

        Raises:
            IdentityBroken: a file cannot be used.
            OSError: the folder cannot be read or written.
        """
        with self._folder.alone():
            self._folder.settle()
            enrolment, current = self._folder.enrolment(), self._folder.current()
            if enrolment is None:
                return Step(None)
            now = self._believed(wall, current)
            url, ca = enrolment.url, self._folder.ca
            if moved_to is not None and current is not None and enrolment.secret is None:
                url, ca = moved_to
            client = self._connect(Service(url, ca, self._agent, clock_is_wrong=now is None))
            try:
                if (coming := self._folder.next()) is not None:
                    return self._try(client, current, coming)
                if enrolment.secret is not None and enrolment.refused is None:
                    return self._enrol(client, enrolment, enrolment.secret, now)
                if current is not None:
                    return self._keep_fresh(client, enrolment, current, now)
            except NotAnswered as error:
                return self._later(str(error))
            return Step(None, reason=enrolment.refused or "")

    def _enrol(self, client: EstClient, enrolment: Enrolment, secret: str, now: datetime | None) -> Step:
        login = (enrolment.gateway_id, secret)
        verdict = self._ask(client, enrolment, now, lambda der: client.enroll(der, login))
        if isinstance(verdict, Issued):
            return Step(0.0)
        if isinstance(verdict, Wait):
            news = verdict.for_person and not enrolment.waiting
            waiting = enrolment.waiting or verdict.for_person
            self._folder.write(replace(enrolment, wrong=0, waiting=waiting))
            return Step(verdict.after_s, "waits" if news else None, verdict.reason)
        if isinstance(verdict, Wrong):
            wrong = enrolment.wrong + 1
            if wrong < MOST_WRONG:
                self._folder.write(replace(enrolment, wrong=wrong))
                return Step(WAIT_S, reason=verdict.reason)
        self._folder.write(replace(enrolment, secret=None, waiting=False, refused=verdict.reason))
        return Step(None, "refused", verdict.reason)

    def _try(self, client: EstClient, current: Pair | None, coming: Pair) -> Step:
        """Have the service see a new certificate; the old one is kept until it has."""
        try:
            answer = client.myself(coming.path)
        except NotAnswered as error:
            if error.untrusted and current is not None:
                self._folder.discard_next()
            raise
        # An EST server of others has no such page: that it took the certificate in the handshake has to do.
        if answer.status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND) or current is None:
            self._folder.promote()
            self._failures = 0
            return Step(0.0, "enrolled" if current is None else "renewed")
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            self._folder.discard_next()
        return self._later(f"the service does not take the new certificate ({answer.status})")

    def _keep_fresh(
        self, client: EstClient, enrolment: Enrolment, current: Pair, now: datetime | None
    ) -> Step:
        if now is None:
            return Step(WAIT_S, reason="the box's clock is wrong; whether to renew is asked when it is set")
        due_s = (renewal_at(current.certificate) - now).total_seconds()
        if due_s > 0:
            return Step(min(due_s, _DAY_S))
        if now >= current.until:
            return Step(None, reason="the certificate has expired; enrol the box with a new claim")
        verdict = self._ask(client, enrolment, now, lambda der: client.reenroll(der, current.path))
        if isinstance(verdict, Issued):
            return Step(0.0)
        if isinstance(verdict, Wait):
            return Step(verdict.after_s, reason=verdict.reason)
        return Step(_DAY_S, "refused", f"the certificate is not renewed: {verdict.reason}")

    def _ask(
        self,
        client: EstClient,
        enrolment: Enrolment,
        now: datetime | None,
        send: Callable[[bytes], Answer],
    ) -> Verdict:
        """Ask for a certificate and keep it if it is one."""
        known = client.ca_certs()
        try:
            anchors = anchors_of(known)
        except MessageBroken as error:
            raise NotAnswered(str(error)) from error
        request = self._folder.prepare(enrolment.gateway_id, wanted_curve(client.csr_attributes()))
        verdict = judge(
            send(request.der),
            request.key.public_key(),
            enrolment.gateway_id,
            anchors,
            now=now or known.server_time,
            backoff_s=self._backoff_s(),
        )
        if isinstance(verdict, Issued):
            self._folder.keep(request.key, verdict.chain)
            self._failures = 0
        elif isinstance(verdict, Wait) and not verdict.for_person:
            self._failures += 1
        return verdict

    def _believed(self, wall: datetime, current: Pair | None) -> datetime | None:
        """What the clock shows, when it can be right."""
        if wall < self._built_at:
            return None
        if current is not None and not is_believable(wall, current.certificate, built_at=self._built_at):
            return None
        return wall

    def _later(self, reason: str) -> Step:
        self._failures += 1
        return Step(self._backoff_s(), reason=reason)

    def _backoff_s(self) -> float:
        longest_s = min(_MOST_BACKOFF_S, _FIRST_BACKOFF_S * 2.0 ** min(self._failures, 10))
        return longest_s * (0.5 + self._random() / 2)
