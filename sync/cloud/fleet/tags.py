"""Words that operators give boxes, by which rollouts and searches choose them."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select

from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.database.tables import Gateway, Gym
from sync.cloud.gateways import GatewayUnknown, utc_now
from sync.cloud.shadows.tables import GatewayTag

TAG: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,30}(=[a-z0-9][a-z0-9_.-]{0,30})?")
MOST: Final = 32
# What a box is anyway, and no operator can give it; rollouts choose by these too.
_GIVEN: Final = frozenset({"gateway", "gym", "tenant"})


class TagRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """This cannot be a tag; the text says why."""


class Tags:
    """The tags of all boxes."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def put(self, gateway_id: str, tags: Iterable[str], *, by: str, tenant_id: str | None) -> list[str]:
        """Give a box these and no others; returns them in order.

        Raises:
            GatewayUnknown: there is none of this id among those that the asker sees.
            TagRefused: one is malformed, or there are too many.
        """
        wanted = sorted(set(tags))
        for tag in wanted:
            if not TAG.fullmatch(tag):
                raise TagRefused(f"{tag[:64]!r} is no tag: a word, or word=word, of a-z 0-9 _ . -")
            if tag.partition("=")[0] in _GIVEN and "=" in tag:
                raise TagRefused(f"{tag} cannot be given: rollouts know box, gym and tenant anyway")
        if len(wanted) > MOST:
            raise TagRefused(f"a box has {MOST} tags at most")
        with self._database.write() as session:
            found = session.execute(
                select(Gateway, Gym.tenant_id)
                .join(Gym, Gym.id == Gateway.gym_id)
                .where(Gateway.id == gateway_id)
                .with_for_update(of=Gateway)
            ).one_or_none()
            if found is None or (tenant_id is not None and found[1] != tenant_id):
                raise GatewayUnknown(f"there is no gateway {gateway_id[:64]}")
            session.execute(delete(GatewayTag).where(GatewayTag.gateway_id == gateway_id))
            if wanted:
                rows = [{"gateway_id": gateway_id, "tag": tag} for tag in wanted]
                session.execute(insert(GatewayTag), rows)
            line = audit.Line(
                at=self._clock(),
                tenant_id=found[1],
                actor=by,
                action="gateway.tags",
                subject=gateway_id,
                detail={"tags": wanted},
            )
            audit.append(session, line)
        return wanted
