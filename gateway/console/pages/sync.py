"""How far the cloud has what the box recorded, what it refused, and who the box is to the cloud."""

from functools import partial

from gateway.api import identity
from gateway.api import sync as api
from gateway.api.identity import IdentityReport
from gateway.api.sync import SyncReport
from gateway.console.components import (
    Follow,
    action,
    badge,
    box,
    card,
    confirmed,
    empty,
    facts,
    heading,
    link,
    table,
    text,
)
from gateway.console.visit import Visit
from gateway.console.wording import duration, moment, size


async def page(visit: Visit) -> None:
    """Show the outbox."""
    say = visit.say
    heading(
        say("Sync"),
        say("Records wait on the disk until the cloud has them; nothing is lost while the line is down."),
    )
    await Follow(partial(_read, visit), partial(_show, visit), every_s=3.0).refresh()
    with card(say("Identity")):
        found = await visit.deed(identity.identity(visit.box, visit.operator))
        if found is not None:
            _show_identity(visit, found)


async def _read(visit: Visit) -> SyncReport:
    found = await api.sync_report(visit.box, visit.operator)
    # Whole tens of seconds: a page that changes every second is restless.
    age_s = found.oldest_age_s
    return found.model_copy(update={"oldest_age_s": None if age_s is None else age_s // 10 * 10})


def _show_identity(visit: Visit, found: IdentityReport) -> None:
    say = visit.say
    if found.reason:
        text("p", say.reason(found.reason), "alert")
    facts(
        {
            say("State"): say.term(f"identity_{found.state}"),
            say("Known as"): found.gateway_id or "",
            say("Cloud"): found.url or "",
            say("Certificate ends"): "" if found.until is None else moment(found.until, visit.zone),
            say("Fingerprint of the key"): found.fingerprint or "",
        }
    )
    if found.state != "enrolled":
        link(say("Enrol on the setup page"), "/setup").props["target"] = "_blank"


def _show(visit: Visit, found: SyncReport) -> None:
    say = visit.say
    with card():
        with box("div", "row between"):
            text("h2", say("Outbox"))
            badge("quiet" if found.state == "off" else found.state, say.term(f"sync_{found.state}"))
        if found.reason:
            text("p", say.reason(found.reason), "alert")
        facts(
            {
                say("Records that wait"): f"{found.outbox_depth:,}",
                say("On the disk"): size(found.outbox_bytes),
                say("Oldest"): "" if found.oldest_age_s is None else duration(found.oldest_age_s),
                say("Last success"): ""
                if found.last_success_at is None
                else moment(found.last_success_at, visit.zone),
                say("Clock ahead of the cloud"): ""
                if found.clock_ahead_s is None
                else f"{found.clock_ahead_s:.1f} s",
            }
        )
    with box("div", "grid"):
        _refused(visit, found)
        _dropped(visit, found)


def _refused(visit: Visit, found: SyncReport) -> None:
    say, refused = visit.say, found.refused
    with card(say("Refused by the cloud")):
        if not refused.kept:
            empty(say("The cloud refuses nothing that is kept."))
            return
        text("p", refused.reason or "", "alert")
        facts({say("Set aside"): str(refused.kept), **{kind: str(n) for kind, n in refused.counts.items()}})
        with box("div", "row"):
            action(say("Offer them once more"), partial(_retry, visit))
            action(say("Give them up"), partial(_discard, visit), "quiet")


def _dropped(visit: Visit, found: SyncReport) -> None:
    say = visit.say
    with card(say("Given up")):
        if not found.dropped:
            empty(say("Nothing was ever given up."))
            return
        table(
            [say("Kind"), say("Why"), say("Records"), say("Last")],
            [
                (each.kind, each.reason, str(each.count), moment(each.last_at, visit.zone))
                for each in found.dropped
            ],
        )


async def _retry(visit: Visit) -> None:
    await visit.deed(api.retry(visit.box, visit.operator), "They wait for the cloud again.")


async def _discard(visit: Visit) -> None:
    say = visit.say
    if await confirmed(
        say("Give the refused records up?"),
        say("The cloud will never have them. Sessions stay on the box for its members."),
        yes=say("Give them up"),
        no=say("Cancel"),
    ):
        await visit.deed(api.discard(visit.box, visit.operator), "Done.")
