"""How right the plans were, for all and for each group of members: what Prometheus gets too."""

from collections.abc import Callable, Sequence

from gateway.console.components import Tone, badge, box, card, empty, facts, heading, table, text
from gateway.console.visit import Visit
from gateway.console.wording import moment, number, ratio
from recommender.monitoring import Review
from recommender.monitoring.drift import SegmentDrift
from recommender.monitoring.metrics import Measured
from recommender.monitoring.segments import EVERYBODY, Segment

_TONES: dict[str, Tone] = {"stable": "ok", "moderate": "degraded", "major": "failed", "unknown": "quiet"}


async def page(visit: Visit) -> None:
    """Show the newest review."""
    say, monitor = visit.say, visit.box.monitor
    review = None if monitor is None else monitor.review
    reviewed_at = None if monitor is None else monitor.reviewed_at
    heading(
        say("Metrics"), say("What became of the plans of the last four weeks, beside the sixteen before.")
    )
    if review is None or reviewed_at is None:
        with card():
            empty(
                say(
                    "The plans were not looked at yet. The box does so a minute after its start, "
                    "then every six hours."
                )
            )
        return
    text("p", say("Looked at {when}.", when=moment(reviewed_at, visit.zone)), "hint")
    _alerts(visit, review)
    _segments(visit, review)
    with box("div", "grid"):
        _calibration(visit, review)
        _drift(visit, [each for each in review.drifts if each.segment == EVERYBODY])
    _drift_of_groups(visit, [each for each in review.drifts if each.segment != EVERYBODY])


def _alerts(visit: Visit, review: Review) -> None:
    if review.alerts:
        with card(visit.say("Needs somebody"), "troubles"):
            for each in review.alerts:
                text("p", each.reason, "alert")


def _segments(visit: Visit, review: Review) -> None:
    say = visit.say
    with card(say("Every group of members")):
        if not review.segments:
            empty(say("No plan was made in the last four weeks."))
            return
        table(
            [
                say(each)
                for each in ("Group", "Taken", "Off the prescribed minutes", "Change from plan to plan")
            ],
            [
                (
                    segment_name(visit, each.segment),
                    _measured(visit, each.adoption_rate, share=True),
                    _measured(visit, each.completion_deviation, share=True),
                    _measured(visit, each.intensity_volatility, share=False),
                )
                for each in review.segments
            ],
        )


def _measured(visit: Visit, found: Measured, *, share: bool) -> str:
    if found.value is None:
        return visit.say("too few ({n})", n=found.samples)
    return visit.say(
        "{value} of {n}", value=ratio(found.value) if share else number(found.value), n=found.samples
    )


def segment_name(visit: Visit, segment: Segment) -> str:
    """Return what people call a group."""
    if segment == EVERYBODY:
        return visit.say("All members")
    return f"{visit.say.term(segment.dimension)}: {visit.say.term(segment.value)}"


def _calibration(visit: Visit, review: Review) -> None:
    say, checked = visit.say, review.calibration
    with card(say("Calibration of the effect model")):
        for title, each in (
            ("Probability of completion is off by", checked.completion_error),
            ("Felt exertion less foretold, points", checked.rpe_bias),
        ):
            with box("div", "row between"):
                text("h3", say(title))
                if each.value is None:
                    badge("quiet", say("too few ({n})", n=each.samples))
                else:
                    badge("failed" if each.is_broken else "ok", number(each.value))
            facts({say("Allowed"): number(each.allowed), say("Plans"): str(each.samples)})


def _drift(visit: Visit, found: Sequence[SegmentDrift]) -> None:
    with card(visit.say("Shift of all members")):
        _drift_table(visit, found, groups=False)


def _drift_of_groups(visit: Visit, found: Sequence[SegmentDrift]) -> None:
    moved = [each for each in found if each.drift.level in ("moderate", "major")]
    with card(visit.say("Groups that shifted")):
        if not moved:
            empty(visit.say("No group has shifted by more than chance."))
            return
        _drift_table(visit, moved, groups=True)


def _drift_table(visit: Visit, found: Sequence[SegmentDrift], *, groups: bool) -> None:
    say = visit.say
    if not found:
        empty(say("Not known yet."))
        return

    def cells(each: SegmentDrift) -> list[str | Callable[[], object]]:
        head = [segment_name(visit, each.segment)] if groups else []
        level = each.drift.level
        return [
            *head,
            say.term(each.quantity),
            number(each.drift.psi),
            lambda: badge(_TONES.get(level, "quiet"), say(level)),
            f"{each.drift.before} / {each.drift.now}",
        ]

    columns = [*(["Group"] if groups else []), "Quantity", "PSI", "Level", "Members before / now"]
    table([say(each) for each in columns], [cells(each) for each in found])
