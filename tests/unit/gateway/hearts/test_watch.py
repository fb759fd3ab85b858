"""Who is watched, what a machine asks of a heart, and what is handed on at the end."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.clock import Clock
from gateway.hearts import watch as watch_module
from gateway.hearts.watch import HeartWatch
from gateway.sessions.active import ActiveSession
from gateway.stations import Station
from tests.waiting import until

if TYPE_CHECKING:
    from devices.reading import Metric
    from gateway.stations import Link
    from recommender.heart_response.recording import Recording
    from recommender.plan import MachineKind


class Values:
    """What machines and bands say now; what is not there is stale."""

    def __init__(self, **values: float | None) -> None:
        self.values = values
        self.broken = False

    def value(self, _device_id: str, metric: "Metric", _now_s: float) -> float | None:
        if self.broken:
            raise RuntimeError("the registry is broken")
        return self.values.get(metric)

    def get(self, _device_id: str, _now_s: float) -> None:
        return None

    def nearest_band(self, _now_s: float, *, taken: object) -> None:  # noqa: ARG002 - the protocol's name
        return None

    def link(self, _device_id: str, _now_s: float) -> "Link":
        return "live"


class Watch:
    """A watch over played values; time is moved by hand."""

    def __init__(self, kind: "MachineKind | None" = "treadmill", **values: float | None) -> None:
        self.now_s = 5000.0
        self.values = Values(**values)
        self.learned: list[tuple[str, str, Recording]] = []
        self.watch = HeartWatch(
            devices=self.values,
            kind_at=lambda _station_id: kind,
            learn=lambda session, unit, recording: self.learned.append((session.id, unit, recording)),
            clock=Clock(lambda: self.now_s),
        )

    def look(self, seconds: int) -> None:
        for _ in range(seconds):
            self.watch.sample()
            self.now_s += 1.0

    def loads(self, kind_seconds: int = 200) -> list[float]:
        """The loads that a session of this many seconds comes to."""
        session = a_session()
        self.watch.session_started(session)
        self.look(kind_seconds)
        self.watch.session_ended(session)
        return [] if not self.learned else self.learned[-1][2].loads.tolist()


def a_session(
    *, band_id: str | None = "band", machine: str | None = "belt", name: str = "s1"
) -> ActiveSession:
    session: Any = ActiveSession.__new__(ActiveSession)
    session.id, session.band_id, session.station = name, band_id, Station("run", "Run", treadmill=machine)
    return session  # type: ignore[no-any-return]


def test_a_belt_asks_as_much_as_a_faster_one_on_the_level() -> None:
    level, steep = (Watch(heart_rate_bpm=130.0, speed_kmh=6.0, incline_percent=each) for each in (0.0, 5.0))
    assert set(level.loads()) == {6.0}
    assert steep.loads() == pytest.approx([8.7] * 40)
    assert (level.learned[0][0], level.learned[0][1]) == ("s1", "km/h")


def test_without_a_word_of_its_incline_a_belt_is_level() -> None:
    assert set(Watch(heart_rate_bpm=130.0, speed_kmh=6.0).loads()) == {6.0}


def test_a_bike_asks_its_power() -> None:
    bike = Watch("bike", heart_rate_bpm=130.0, power_w=150.0, speed_kmh=25.0)
    assert set(bike.loads()) == {150.0}
    assert bike.learned[0][1] == "W"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("treadmill", {"speed_kmh": None}),
        ("treadmill", {"speed_kmh": 149.0}),
        ("treadmill", {"speed_kmh": 8.0, "incline_percent": 60.0}),
        ("treadmill", {"power_w": 200.0}),
        ("bike", {"power_w": -40.0}),
        ("bike", {"power_w": 5000.0}),
        ("bike", {"speed_kmh": 25.0}),
        ("rower", {"power_w": 150.0}),
        (None, {"speed_kmh": 8.0}),
    ],
)
def test_of_a_load_that_nobody_knows_nothing_is_learned(
    kind: "MachineKind | None", values: dict[str, float | None]
) -> None:
    assert Watch(kind, heart_rate_bpm=130.0, **values).loads() == []


@pytest.mark.parametrize("missing", [{"band_id": None}, {"machine": None}])
def test_nobody_is_watched_without_band_or_machine(missing: dict[str, None]) -> None:
    watch, session = Watch(heart_rate_bpm=130.0, speed_kmh=8.0), a_session(**missing)  # type: ignore[arg-type]
    watch.watch.session_started(session)
    watch.look(300)
    watch.watch.session_ended(session)
    assert watch.learned == []


def test_each_session_has_its_own_series_from_its_own_start() -> None:
    watch, first, second = Watch(heart_rate_bpm=130.0, speed_kmh=8.0), a_session(), a_session(name="s2")
    watch.watch.session_started(first)
    watch.look(150)
    watch.watch.session_started(second)
    watch.look(200)
    watch.watch.session_ended(second)
    watch.watch.session_ended(first)
    watch.watch.session_ended(first)
    assert [(name, len(recording.times_s)) for name, _unit, recording in watch.learned] == [
        ("s2", 40),
        ("s1", 70),
    ]


async def test_a_look_that_fails_is_counted_and_the_next_one_comes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watch_module, "SAMPLE_S", 0.001)
    watch = Watch(heart_rate_bpm=130.0, speed_kmh=8.0)
    watch.values.broken = True
    watch.watch.session_started(a_session())
    running = asyncio.create_task(watch.watch.run())
    await until(lambda: watch.watch.failed > 1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "the hearts could not be looked at" in caplog.text
