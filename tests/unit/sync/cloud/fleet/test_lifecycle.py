from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.cloud.fleet.conditions import Condition
from sync.cloud.fleet.lifecycle import NOTE_EVERY, SAME_WITHIN, Alert, after
from tests.unit.sync.cloud.rollout.rollouts import BEGIN

MINUTE = timedelta(minutes=1)
AT_ONCE = Condition(key="disk:a", kind="disk", severity="warning", reason="full")
HELD = Condition(key="part:a:x", kind="part", severity="critical", reason="x", hold=10 * MINUTE)


def run(*steps: tuple[timedelta, Condition | None], before: Alert | None = None) -> Alert | None:
    for at, seen in steps:
        before = after(before, seen, BEGIN + at)
    return before


def test_it_opens_at_once_and_resolves_by_itself() -> None:
    alert = run((0 * MINUTE, AT_ONCE))
    assert alert is not None
    assert (alert.is_open, alert.opened_at, alert.count) == (True, BEGIN, 1)
    gone = run((3 * MINUTE, None), before=alert)
    assert gone is not None
    assert (gone.is_open, gone.resolved_at) == (False, BEGIN + 3 * MINUTE)
    assert run((9 * MINUTE, None), before=gone) == gone


def test_what_passes_before_its_time_is_never_shown() -> None:
    waiting = run((0 * MINUTE, HELD), (9 * MINUTE, HELD))
    assert waiting is not None
    assert not waiting.is_open
    assert run((10 * MINUTE, None), before=waiting) is None
    opened = run((10 * MINUTE, HELD), before=waiting)
    assert opened is not None
    assert (opened.is_open, opened.count) == (True, 1)


def test_coming_again_soon_it_stays_acknowledged_and_is_counted() -> None:
    alert = run((0 * MINUTE, AT_ONCE), (1 * MINUTE, None))
    assert alert is not None
    known = Alert(
        **{name: getattr(alert, name) for name in ("condition", "first_at", "opened_at", "last_at", "count")},
        acknowledged_at=BEGIN,
        acknowledged_by="operator ana",
        resolved_at=alert.resolved_at,
    )
    soon = run((2 * MINUTE, AT_ONCE), before=known)
    late = run((1 * MINUTE + SAME_WITHIN, AT_ONCE), before=known)
    assert soon is not None
    assert late is not None
    assert (soon.acknowledged_by, soon.count, soon.is_open) == ("operator ana", 2, True)
    assert (late.acknowledged_by, late.count, late.is_open) == (None, 2, True)


def test_the_same_again_is_noted_every_few_minutes_alone() -> None:
    alert = run((0 * MINUTE, AT_ONCE))
    assert run((NOTE_EVERY - MINUTE, AT_ONCE), before=alert) == alert
    noted = run((NOTE_EVERY, AT_ONCE), before=alert)
    assert noted is not None
    assert noted.last_at == BEGIN + NOTE_EVERY
    worse = Condition(key="disk:a", kind="disk", severity="critical", reason="full")
    told = run((MINUTE, worse), before=alert)
    assert told is not None
    assert told.condition.severity == "critical"
    assert told.opened_at == BEGIN


@given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=40), st.sampled_from([AT_ONCE, HELD]))
def test_what_is_shown_has_lasted_and_what_is_gone_is_not_shown(
    looks: list[tuple[int, bool]], seen: Condition
) -> None:
    alert: Alert | None = None
    now, since, count = BEGIN, None, 0
    for pause_min, there in looks:
        now += pause_min * MINUTE
        was_open = alert is not None and alert.is_open
        alert = after(alert, seen if there else None, now)
        since = (since or now) if there else None
        is_open = alert is not None and alert.is_open
        assert is_open == (since is not None and now - since >= seen.hold)
        count += is_open and not was_open
        assert (alert.count if alert else 0) == count
