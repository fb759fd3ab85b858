"""What becomes of records between the outbox and a cloud that does whatever clouds do."""

import json
import random
import sqlite3
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from sync import refused, retention
from sync.retention import Budget
from sync.upload import uploader
from sync.upload.answer import NotDelivered, Reply
from sync.upload.batch import MAX_RECORDS, PROBE_BYTES
from sync.upload.ports import OutboxUnavailable
from sync.upload.uploader import IDLE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Bench

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_S = 86_400.0


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nothing is a secret here


async def test_what_waits_is_delivered_in_order_and_let_go(bench: "Bench") -> None:
    ids = [bench.put(n=number).id for number in range(5)]
    erase = bench.put("erase", "bert")
    assert await bench.turns() == 2
    assert list(bench.cloud.held) == [erase.id, *ids]
    assert bench.waiting == 0
    assert (bench.uploader.state.level, bench.uploader.state.last_success_at) == ("ok", NOON)
    assert (bench.uploader.counts.acknowledged, bench.uploader.counts.attempts) == (6, {"ok": 1})
    assert bench.uploader.counts.sent_bytes == len(bench.cloud.packed[0])


async def test_more_than_a_batch(bench: "Bench") -> None:
    for number in range(MAX_RECORDS + 1):
        bench.put("health", n=number)
    await bench.turns()
    assert [len(batch) for batch in bench.cloud.batches] == [MAX_RECORDS, 1]


async def test_without_a_cloud_it_only_keeps_the_bounds(new_bench: "Callable[..., Bench]") -> None:
    bench = new_bench(budget=Budget(0, timedelta(days=1)))
    bench.restarted(with_cloud=False)
    bench.put("health")
    session = bench.put()
    assert await bench.uploader.turn() == IDLE_S
    assert (bench.uploader.state.level, bench.waiting) == ("off", 0)
    assert {each.kind for each in retention.dropped(bench.desk.connection)} == {"health", "session"}
    assert session.id not in bench.cloud.held
    assert [event for event, _ in bench.events] == ["dropped"]


async def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_applied_twice(
    bench: "Bench",
) -> None:
    records = [bench.put(n=number) for number in range(3)]
    bench.cloud.lose_answers = True
    await bench.turns()
    assert bench.waiting == 3
    bench.cloud.online()
    await bench.live(60)
    assert bench.waiting == 0
    assert list(bench.cloud.held) == [each.id for each in records]
    assert set(bench.cloud.times.values()) == {2}


async def test_offline_is_told_once_and_coming_back_too(bench: "Bench") -> None:
    bench.put()
    bench.cloud.offline()
    await bench.live(3600)
    assert bench.uploader.state.level == "degraded"
    assert "played: unreachable" in bench.uploader.state.reason
    bench.cloud.online()
    await bench.live(400)
    assert (bench.uploader.state.level, bench.waiting) == ("ok", 0)
    await bench.live(400)
    bench.cloud.offline()
    bench.put()
    await bench.live(400)
    assert [event for event, _ in bench.events] == ["reached", "lost"]
    assert len(bench.states) == 3


async def test_seven_days_offline_then_drained_without_loss(
    bench: "Bench", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploader, "IDLE_S", 300.0)  # nothing happens in between, and the test is quicker
    chance = dice(5)
    bench.cloud.offline()
    made: dict[str, list[str]] = defaultdict(list)
    for _ in range(7 * 12):
        for _ in range(3):
            member = f"member-{chance.randrange(9)}"
            made[member].append(bench.put("session", member, pad="x" * chance.randrange(5000)).id)
        bench.put("device", battery=chance.random())
        await bench.live(2 * 3600)
    attempts = bench.uploader.counts.attempts["unreachable"]
    assert 7 * DAY_S / 300 <= attempts <= 7 * DAY_S / 30, "it neither gives up nor hammers"
    assert bench.waiting == 7 * 12 * 4
    bench.cloud.online()
    await bench.live(310)
    assert bench.waiting == 0
    assert set(bench.cloud.times.values()) == {1}
    arrived: dict[str, list[str]] = defaultdict(list)
    for record in bench.cloud.held.values():
        if record["kind"] == "session":
            arrived[record["member"]].append(record["id"])
    assert sorted(arrived.values()) == sorted(made.values()), (
        "each member's in the order in which they trained"
    )


async def test_after_trouble_the_first_batch_is_a_small_one(bench: "Bench") -> None:
    for _ in range(100):
        bench.put(pad=dice(1).randbytes(500).hex())
    bench.cloud.offline()
    await bench.turns()
    bench.cloud.online()
    await bench.live(400)
    sizes = [len(batch) for batch in bench.cloud.batches]
    assert sum(sizes) == 100
    assert sizes[0] * 1200 <= PROBE_BYTES
    assert sizes[1] > sizes[0]


async def test_too_large_is_halved_at_once_until_it_passes(bench: "Bench") -> None:
    for number in range(64):
        bench.put(n=number, pad="x" * 1000)

    def narrow(text: bytes) -> Reply | None:
        return Reply(413, {}, b"") if len(text) > 10_000 else None

    bench.cloud.behave = narrow
    await bench.turns()
    assert bench.waiting == 0
    assert len(bench.cloud.held) == 64
    assert bench.uploader.counts.attempts["too_large"] < 10
    assert refused.refusals(bench.desk.connection).kept == 0


async def test_a_record_that_alone_is_too_large_is_set_aside_and_the_others_pass(bench: "Bench") -> None:
    first, giant, last = bench.put(), bench.put(pad="x" * 9000), bench.put()
    bench.cloud.behave = lambda text: Reply(413, {}, b"") if len(text) > 5000 else None
    await bench.turns()
    assert list(bench.cloud.held) == [first.id, last.id]
    assert bench.waiting == 0
    found = refused.refusals(bench.desk.connection)
    assert found.kept == 1
    assert "413" in (found.reason or "")
    assert giant.id not in bench.cloud.held


async def test_refused_for_good_is_told_set_aside_and_no_obstacle(bench: "Bench") -> None:
    bad = bench.put(reps=-1)
    good = [bench.put(reps=n) for n in range(3)]
    bench.cloud.refuse = lambda record: "reps below 0" if record["body"]["reps"] < 0 else None
    await bench.turns()
    assert list(bench.cloud.held) == [each.id for each in good]
    assert bench.waiting == 0
    assert bench.uploader.state.problem == "refused"
    assert "reps below 0" in bench.uploader.state.reason
    assert ("refused", {"records": 1, "reason": "reps below 0"}) in bench.events
    assert bench.uploader.counts.refused == 1
    bench.cloud.refuse = lambda _record: None
    await bench.desk.write(refused.retry)
    await bench.turns()
    assert bad.id in bench.cloud.held
    assert bench.uploader.state.level == "ok"
    assert "lost" not in [event for event, _ in bench.events], "the cloud was there all the time"


async def test_refused_records_that_were_given_up_trouble_nobody(bench: "Bench") -> None:
    bench.put()
    bench.cloud.refuse = lambda _record: "no"
    await bench.turns()
    assert bench.uploader.state.level == "degraded"
    await bench.desk.write(lambda connection: refused.discard(connection, now=NOON))
    await bench.live(IDLE_S)
    assert (bench.uploader.state.level, bench.cloud.probes) == ("ok", 0)


async def test_a_record_that_was_damaged_on_the_disk_is_no_obstacle(bench: "Bench") -> None:
    torn, good = bench.put(), bench.put()
    bench.desk.connection.execute("UPDATE outbox SET payload = '{torn' WHERE id = ?", (torn.id,))
    await bench.turns()
    assert list(bench.cloud.held) == [good.id]
    assert bench.waiting == 0
    assert "damaged on the box" in (refused.refusals(bench.desk.connection).reason or "")


async def test_only_damaged_records(bench: "Bench") -> None:
    bench.put()
    bench.desk.connection.execute("UPDATE outbox SET payload = ''")
    await bench.turns()
    assert (bench.waiting, bench.cloud.batches) == (0, [])
    assert refused.refusals(bench.desk.connection).kept == 1


@pytest.mark.parametrize(
    "body",
    [
        {"acknowledged": [], "refused": []},
        {"acknowledged": ["someone-else"], "refused": []},
        {"acknowledged": "all"},
        [],
        "<html>hotel wifi: please log in</html>",
    ],
)
async def test_an_answer_that_makes_no_sense_lets_nothing_go(bench: "Bench", body: Any) -> None:
    bench.put()
    bench.cloud.answer(200, body)
    await bench.turns()
    assert (bench.waiting, refused.refusals(bench.desk.connection).kept) == (1, 0)
    assert bench.uploader.state.problem == "failing"


@pytest.mark.parametrize(
    ("status", "problem", "least_s"),
    [(401, "credentials", 60), (403, "credentials", 60), (404, "unwanted", 60), (400, "unwanted", 60),
     (302, "unwanted", 60), (500, "failing", 1), (502, "failing", 1), (429, "busy", 1), (503, "busy", 1)],
)  # fmt: skip
async def test_what_a_status_leads_to(bench: "Bench", status: int, problem: str, least_s: float) -> None:
    bench.put()
    bench.cloud.answer(status, {"detail": "so it is"})
    began_s = bench.now_s
    await bench.turns()
    assert bench.uploader.state.problem == problem
    assert "so it is" in bench.uploader.state.reason
    bench.cloud.online()
    while bench.waiting:
        await bench.live(1)
    assert bench.now_s - began_s >= least_s


async def test_the_cloud_says_when_to_come_back(bench: "Bench") -> None:
    bench.put()
    at = bench.wall + timedelta(seconds=500)
    # The box's clock is an hour ahead; the service's own date makes that harmless.
    bench.wall += timedelta(hours=1)
    bench.cloud.answer(
        503, date=format_datetime(at - timedelta(seconds=500)), **{"retry-after": format_datetime(at)}
    )
    await bench.turns()
    bench.cloud.online()
    await bench.live(499)
    assert bench.waiting == 1
    await bench.live(20)
    assert bench.waiting == 0


async def test_nothing_sends_only_erasures_and_health(new_bench: "Callable[..., Bench]") -> None:
    bench = new_bench(upload="nothing")
    for kind in ("session", "plan", "device", "health", "erase"):
        bench.put(kind)
    await bench.turns()
    assert sorted(each["kind"] for each in bench.cloud.held.values()) == ["erase", "health"]
    assert bench.waiting == 3


async def test_summaries_leave_without_repetitions(new_bench: "Callable[..., Bench]") -> None:
    bench = new_bench(upload="summaries")
    bench.put(sets=[{"reps": 2, "reps_detail": [1, 2]}], sleep_hours=7)
    await bench.turns()
    (record,) = bench.cloud.held.values()
    assert record["body"] == {"sets": [{"reps": 2}]}


async def test_with_nothing_to_send_it_still_finds_out_whether_the_cloud_is_there(bench: "Bench") -> None:
    await bench.live(3600)
    assert 3 <= bench.cloud.probes <= 6
    assert (bench.uploader.state.level, bench.uploader.state.last_success_at) == ("ok", None)
    bench.cloud.answer(404)
    await bench.live(1000)
    assert bench.uploader.state.problem == "unwanted"
    bench.cloud.online()
    await bench.live(400)
    assert bench.uploader.state.level == "ok"


# The store.


async def test_a_disk_that_is_full_when_the_answer_comes(bench: "Bench") -> None:
    records = [bench.put() for _ in range(3)]

    def full() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    await bench.turns()
    again = [bench.put() for _ in range(3)]
    bench.desk.before_commit = full
    with pytest.raises(OutboxUnavailable):
        await bench.turns()
    assert bench.waiting == 3
    bench.desk.before_commit = None
    await bench.live(30)
    assert bench.waiting == 0
    assert list(bench.cloud.held) == [each.id for each in (*records, *again)]


async def test_a_store_that_is_broken_is_its_own_trouble(bench: "Bench") -> None:
    bench.put()
    bench.desk.broken = True
    with pytest.raises(OutboxUnavailable):
        await bench.uploader.turn()
    bench.desk.broken = False
    await bench.turns()
    assert bench.waiting == 0


async def test_a_restart_goes_on_where_it_was(bench: "Bench") -> None:
    records = [bench.put() for _ in range(3)]
    bench.cloud.lose_answers = True
    await bench.turns()
    bench.restarted()
    bench.cloud.online()
    await bench.turns()
    assert (bench.waiting, list(bench.cloud.held)) == (0, [each.id for each in records])


async def test_a_full_outbox_is_brought_into_bounds_over_turns(new_bench: "Callable[..., Bench]") -> None:
    bench = new_bench(budget=Budget(0, timedelta(days=9)))
    for _ in range(retention.MOST_A_TURN + 10):
        bench.put("health")
    bench.cloud.offline()
    await bench.uploader.turn()
    assert bench.waiting == 10
    await bench.uploader.turn()
    assert (bench.waiting, bench.uploader.counts.dropped) == (0, retention.MOST_A_TURN + 10)


# The clock.


async def test_a_box_in_1970_sends_nothing_and_then_everything_with_new_stamps(bench: "Bench") -> None:
    bench.wall = EPOCH
    bench.restarted()
    first = bench.put(started_at="1970-01-01T00:00:00.000Z")
    await bench.live(100)
    second = bench.put("plan")
    await bench.live(20)
    assert (bench.cloud.batches, bench.uploader.state.problem) == ([], "clock")
    assert "clock" in bench.uploader.state.reason
    bench.wall = NOON
    await bench.live(30)
    assert bench.waiting == 0
    session, plan = bench.cloud.held[first.id], bench.cloud.held[second.id]
    assert [session["clock"], plan["clock"]] == ["restamped", "restamped"]
    assert session["created_at"] == session["body"]["started_at"] == "2026-03-01T11:58:00.000Z"
    assert plan["created_at"] == "2026-03-01T11:59:40.000Z"
    assert ("restamped", {"records": 2, "by_s": round((NOON - EPOCH).total_seconds()) - 120}) in bench.events
    third = bench.put()
    await bench.live(20)
    assert "clock" not in bench.cloud.held[third.id]


async def test_records_of_a_run_that_never_knew_the_time(bench: "Bench") -> None:
    bench.wall = EPOCH
    first = bench.put()
    bench.pass_time(600)
    second = bench.put()
    bench.wall = NOON
    third = bench.put()
    bench.restarted()
    await bench.turns()
    created = [bench.cloud.held[each.id]["created_at"] for each in (first, second, third)]
    assert created == ["2026-03-01T11:50:00.000Z", "2026-03-01T12:00:00.000Z", "2026-03-01T12:00:00.000Z"]
    assert [each.get("clock") for each in bench.cloud.held.values()] == ["restamped", "restamped", None]


async def test_a_box_whose_clock_the_cloud_disagrees_with(bench: "Bench") -> None:
    bench.cloud.date = format_datetime(NOON - timedelta(minutes=5), usegmt=True)
    bench.put()
    await bench.turns()
    assert bench.uploader.state.ahead_s == 300


async def test_correcting_waits_for_the_store(bench: "Bench") -> None:
    """A correction that could not be written must not be forgotten."""
    bench.put()
    bench.cloud.offline()
    await bench.turns()
    bench.wall += timedelta(hours=3)
    bench.desk.broken = True
    with pytest.raises(OutboxUnavailable):
        await bench.uploader.turn()
    bench.desk.broken = False
    bench.cloud.online()
    await bench.live(60)
    (record,) = bench.cloud.held.values()
    assert record["created_at"] == "2026-03-01T15:00:00.000Z"
    assert record["clock"] == "restamped"


async def test_closing(bench: "Bench") -> None:
    await bench.uploader.close()
    assert bench.cloud.closed == 1
    await bench.restarted(with_cloud=False).close()


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_each_acknowledged_record_arrives_once_and_in_order(
    bench: "Bench", seed: int
) -> None:
    """Restarts, lost answers, every status, refusals of size, a broken store, at random."""
    chance = dice(seed)
    made: dict[str, list[str]] = defaultdict(list)

    def weather(text: bytes) -> Reply | None:
        bench.cloud.lose_answers = chance.random() < 0.2
        luck = chance.random()
        if luck < 0.1:
            raise NotDelivered("unreachable", "played")
        if luck < 0.4:
            return Reply(
                chance.choice([401, 429, 500, 503, 404, 413 if text.count(b"\n") > 1 else 500]), {}, b""
            )
        return Reply(200, {}, json.dumps({"acknowledged": []}).encode()) if luck < 0.5 else None

    bench.cloud.behave = weather
    for _ in range(150):
        for _ in range(chance.randrange(4)):
            member = f"member-{chance.randrange(3)}"
            made[member].append(bench.put("session", member).id)
        bench.desk.broken = chance.random() < 0.1
        if chance.random() < 0.1:
            bench.restarted()
        try:
            bench.pass_time(await bench.uploader.turn())
        except OutboxUnavailable:
            bench.pass_time(10)
    bench.desk.broken = False
    bench.cloud.online()
    await bench.live(700)
    assert bench.waiting == 0
    assert refused.refusals(bench.desk.connection).kept == 0
    arrived: dict[str, list[str]] = defaultdict(list)
    for record in bench.cloud.held.values():
        arrived[record["member"]].append(record["id"])
    assert sorted(arrived.values()) == sorted(made.values())
