from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sync import outbox
from sync.record import parse_record
from sync.upload import rows
from sync.upload.clock import Correction

if TYPE_CHECKING:
    from .conftest import Bench

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def stamps(bench: "Bench") -> list[datetime]:
    pending = outbox.peek_batch(bench.desk.connection)
    return [parse_record(each.payload).created_at for each in pending]


async def test_only_what_was_stamped_in_that_time_moves(bench: "Bench") -> None:
    for hours in range(5):
        bench.wall = NOON + hours * HOUR
        bench.put()
    correction = Correction(NOON + HOUR, NOON + 3 * HOUR, timedelta(minutes=-1))
    moved = await bench.desk.write(lambda connection: rows.correct(connection, correction))
    assert moved == 3
    minute = timedelta(minutes=1)
    assert stamps(bench) == [
        NOON,
        NOON + HOUR - minute,
        NOON + 2 * HOUR - minute,
        NOON + 3 * HOUR - minute,
        NOON + 4 * HOUR,
    ]
    status = outbox.status(bench.desk.connection)
    assert status.bytes == sum(each.bytes for each in outbox.peek_batch(bench.desk.connection))
    assert status.oldest_created_at == NOON


async def test_what_is_damaged_or_beyond_any_calendar_stays(bench: "Bench") -> None:
    torn, good = bench.put(), bench.put()
    bench.desk.connection.execute("UPDATE outbox SET payload = '{' WHERE id = ?", (torn.id,))
    await bench.desk.write(lambda connection: rows.correct(connection, Correction(NOON, NOON, HOUR)))
    payloads = {each.id: each.payload for each in outbox.peek_batch(bench.desk.connection)}
    assert payloads[torn.id] == "{"
    assert parse_record(payloads[good.id]).created_at == NOON + HOUR
    beyond = Correction(NOON, NOON + HOUR, timedelta(days=365 * 9000))
    await bench.desk.write(lambda connection: rows.correct(connection, beyond))
    assert outbox.peek_batch(bench.desk.connection)[1].payload == payloads[good.id]


async def test_the_newest_before_a_moment(bench: "Bench") -> None:
    assert rows.newest_before(bench.desk.connection, NOON) is None
    bench.put()
    bench.wall += HOUR
    bench.put()
    assert rows.newest_before(bench.desk.connection, NOON + 2 * HOUR) == NOON + HOUR
    assert rows.newest_before(bench.desk.connection, NOON + HOUR) == NOON


async def test_what_is_held_goes_and_what_is_refused_moves_in_one_transaction(bench: "Bench") -> None:
    held, refused, waiting = bench.put(), bench.put(), bench.put()
    moved = await bench.desk.write(
        lambda connection: rows.settle(
            connection, acknowledged=[held.id], refused_because={refused.id: "no"}, now=NOON
        )
    )
    assert moved == 1
    assert [each.id for each in outbox.peek_batch(bench.desk.connection)] == [waiting.id]
