"""Boxes: the list, one in depth, and its tags."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field, StringConstraints

from sync.cloud.api.problem import RESPONSES
from sync.cloud.database.base import ID_LENGTH
from sync.cloud.fleet.health import PartState
from sync.cloud.fleet.inventory import Box, Inventory, Search
from sync.cloud.fleet.presence import PRESENCES, Presence
from sync.cloud.fleet.routes.refusals import told
from sync.cloud.fleet.tags import MOST, TagRefused, Tags
from sync.cloud.gateways import ID
from sync.cloud.operators.access import Reader, allowed
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.route import DeskRoute
from sync.cloud.operators.routes import Body
from sync.cloud.shadows.desk import Twins

PAGE_MOST = 500
_TEXT = r"^[^\x00]*$"
GatewayId = Annotated[str, Path(pattern=f"^{ID.pattern}$")]
Text = Annotated[str, Query(max_length=100, pattern=_TEXT)]
TagText = Annotated[str, StringConstraints(max_length=ID_LENGTH, pattern=_TEXT)]


class PartReport(BaseModel):
    """How one part of a box is."""

    state: PartState
    reason: str


class BoxReport(BaseModel):
    """A box in a list."""

    id: str
    gym: str
    tenant: str
    tags: list[str]
    state: Presence = Field(description="By when it was last heard of.")
    created_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    health: PartState | None = Field(description="The worst of its parts; null when it never said.")
    parts: dict[str, PartReport]
    versions: dict[str, str]
    models: dict[str, str]
    clock_off_s: float | None
    disk_free: float | None = Field(description="Share of its disk, 0 to 1.")
    outbox_depth: float | None
    outbox_oldest_s: float | None
    open_alerts: int


class BoxPage(BaseModel):
    """Boxes by id."""

    gateways: list[BoxReport]
    cursor: str | None = Field(description="For the page after; null when there is none.")


class DocumentReport(BaseModel):
    """A named shadow of a box."""

    desired: dict[str, Any]
    reported: dict[str, Any]
    version: int
    changed_at: datetime | None = Field(description="Null: nobody has written it.")


class BoxDetail(BoxReport):
    """A box with its documents."""

    shadows: dict[str, DocumentReport]


class Overview(BaseModel):
    """The fleet in a few numbers."""

    states: dict[Presence, int]
    total: int


class TagList(Body):
    """All tags of a box."""

    tags: list[TagText] = Field(max_length=MOST)


def routes(inventory: Inventory, tags: Tags, twins: Twins) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["fleet"], responses=RESPONSES, route_class=DeskRoute)

    @router.get("/overview", summary="How many boxes are there")
    def read_overview(reader: Reader) -> Overview:
        """Count the boxes that the asker sees."""
        counts = inventory.count(tenant_id=reader.tenant_id)
        states = {state: counts.get(state, 0) for state in PRESENCES}
        return Overview(states=states, total=sum(states.values()))

    @router.get("/gateways", summary="Find boxes")
    def list_gateways(
        *,
        reader: Reader,
        q: Text = "",
        state: Presence | None = None,
        tag: Annotated[str | None, Query(max_length=ID_LENGTH, pattern=_TEXT)] = None,
        gym: Annotated[str | None, Query(max_length=ID_LENGTH, pattern=_TEXT)] = None,
        alerts: Annotated[bool, Query(description="Only those with an open alert.")] = False,
        cursor: Text = "",
        limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = 50,
    ) -> BoxPage:
        """Search ids, gyms, tags and whole versions; a page at a time."""
        wanted = Search(text=q, state=state, tag=tag, gym=gym, alerts=alerts)
        found = inventory.search(wanted, tenant_id=reader.tenant_id, after=cursor, limit=limit + 1)
        more = len(found) > limit
        page = found[:limit]
        return BoxPage(
            gateways=[BoxReport(**_report(each)) for each in page], cursor=page[-1].id if more else None
        )

    @router.get("/gateways/{gateway_id}", summary="One box")
    def read_gateway(gateway_id: GatewayId, reader: Reader) -> BoxDetail:
        """Return what is known of a box, with its documents."""
        with told():
            found = inventory.find(gateway_id, tenant_id=reader.tenant_id)
        documents = {
            name: DocumentReport(
                desired=dict(each.shadow.desired),
                reported=dict(each.shadow.reported),
                version=each.shadow.version,
                changed_at=each.changed_at,
            )
            for name, each in twins.documents(gateway_id, tenant_id=reader.tenant_id).items()
        }
        return BoxDetail(**_report(found), shadows=documents)

    @router.put("/gateways/{gateway_id}/tags", summary="Set a box's tags")
    def put_tags(
        gateway_id: GatewayId, body: TagList, who: Annotated[Principal, Depends(allowed("tags"))]
    ) -> TagList:
        """Give it these and no others."""
        with told(TagRefused):
            return TagList(tags=tags.put(gateway_id, body.tags, by=who.label, tenant_id=who.tenant_id))

    return router


def _report(box: Box) -> dict[str, Any]:
    health = box.health
    return {
        "id": box.id,
        "gym": box.gym_id,
        "tenant": box.tenant_id,
        "tags": list(box.tags),
        "state": box.state,
        "created_at": box.created_at,
        "last_seen_at": box.last_seen_at,
        "revoked_at": box.revoked_at,
        "health": health.worst,
        "parts": {
            name: PartReport(state=part.state, reason=part.reason) for name, part in health.parts.items()
        },
        "versions": dict(health.versions),
        "models": dict(box.models),
        "clock_off_s": health.clock_off_s,
        "disk_free": health.disk_free,
        "outbox_depth": health.outbox_depth,
        "outbox_oldest_s": health.outbox_oldest_s,
        "open_alerts": box.open_alerts,
    }
