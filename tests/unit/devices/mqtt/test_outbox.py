"""Messages on their way out."""

from devices.mqtt.outbox import Drops, Outbox, Outgoing

MESSAGE = Outgoing("a", b"1", 0, retain=False)


def test_closed_at_first() -> None:
    outbox = Outbox(limit=2)
    assert not outbox.offer(MESSAGE)
    assert outbox.take() is None
    assert outbox.drops == Drops(offline=1)


def test_open_wakes_and_keeps_the_order() -> None:
    outbox, woken = Outbox(limit=5), []
    outbox.open(lambda: woken.append(1))
    first, second = MESSAGE, Outgoing("b", b"2", 1, retain=True)
    assert outbox.offer(first)
    assert outbox.offer(second)
    assert woken == [1, 1]
    assert [outbox.take(), outbox.take(), outbox.take()] == [first, second, None]


def test_full() -> None:
    outbox = Outbox(limit=2)
    outbox.open(lambda: None)
    assert [outbox.offer(MESSAGE) for _ in range(4)] == [True, True, False, False]
    assert outbox.drops == Drops(full=2)


def test_what_waits_when_the_link_falls_is_never_sent() -> None:
    outbox = Outbox(limit=5)
    outbox.open(lambda: None)
    outbox.offer(MESSAGE)
    outbox.offer(MESSAGE)
    outbox.close(unacknowledged=3)
    outbox.open(lambda: None)
    assert outbox.take() is None
    assert outbox.drops == Drops(cut_off=5)


def test_what_the_broker_does_not_take_is_counted() -> None:
    outbox = Outbox(2)
    outbox.refused()
    assert outbox.drops == Drops(refused=1)
