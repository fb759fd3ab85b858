"""One device as it stands: how old its values are, whether it is there, how well it is heard."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import BURST_S, Device
from devices.profile import Profile, load_profiles
from devices.reading import UNITS, Metric, Reading

PROFILES = load_profiles()
MILL = PROFILES["ble-treadmill"]
ON_CHANGE = next(profile for profile in PROFILES.values() if profile.on_change)
AT = datetime(2026, 3, 1, tzinfo=UTC)


def device(profile: Profile = MILL) -> Device:
    return Device(id="mill", address="c0:00", profile=profile, adopted=True)


def reading(metric: Metric = "speed_kmh", value: float = 8.0) -> Reading:
    return Reading(
        device_id="mill", metric=metric, value=value, unit=UNITS[metric], measured_at=AT, received_at=AT
    )


def heard(profile: Profile = MILL, at_s: float = 0.0, **metrics: float) -> Device:
    """A device that said this at a time."""
    made = device(profile)
    made.seen_s = at_s
    for metric, value in metrics.items():
        made.latest[metric] = (reading(metric, value), at_s)  # type: ignore[arg-type,index]
    return made


@settings(max_examples=30)
@given(silent_s=st.floats(0, 1000))
def test_who_tells_regularly_is_live_then_stale_then_lost(silent_s: float) -> None:
    seen = heard(speed_kmh=8.0)
    expected = (
        "live" if silent_s <= MILL.stale_after_s else "stale" if silent_s <= MILL.lost_after_s else "lost"
    )
    assert seen.link(silent_s) == expected
    assert (seen.fresh("speed_kmh", silent_s) is not None) == (expected == "live")
    assert seen.age_s(silent_s) == silent_s


@settings(max_examples=30)
@given(silent_s=st.floats(0, 100_000))
def test_who_tells_changes_only_is_live_while_it_says_so(silent_s: float) -> None:
    seen = heard(ON_CHANGE, speed_kmh=8.0)
    seen.available = True
    assert seen.link(silent_s) == "live"
    assert seen.fresh("speed_kmh", silent_s) is not None
    seen.available = False
    assert seen.link(silent_s) == "lost"
    assert seen.fresh("speed_kmh", silent_s) is None


@pytest.mark.parametrize("profile", [MILL, ON_CHANGE], ids=lambda profile: profile.name)
@pytest.mark.parametrize("available", [None, True, False])
def test_who_was_never_heard_was_never_there(profile: Profile, *, available: bool | None) -> None:
    never = device(profile)
    never.available = available
    assert never.link(1e6) == "never"
    assert never.age_s(1e6) is None
    assert never.fresh("speed_kmh", 1e6) is None
    assert never.view(1e6).fresh == {}


def test_its_last_will_is_believed_at_once() -> None:
    seen = heard(speed_kmh=8.0)
    seen.available = False
    assert seen.link(0.0) == "lost"
    assert seen.fresh("speed_kmh", 0.0) is None


def test_a_clock_that_went_back_makes_nothing_younger_than_now() -> None:
    assert heard(at_s=10.0).age_s(9.0) == 0.0
    assert heard(at_s=10.0).link(9.0) == "live"


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["came", "failed", "missed"]), max_size=60))
def test_quality_is_a_share_and_moves_the_right_way(deeds: list[str]) -> None:
    one = device()
    for deed in deeds:
        before = one.quality
        if deed == "failed":
            one.failed()
        else:
            one.came(5 if deed == "missed" else 0)
        assert one.quality is not None
        assert 0.0 <= one.quality <= 1.0
        known = 1.0 if before is None else before
        if deed == "came":
            assert one.quality >= known
        if deed == "failed":
            assert one.quality < known or known == 0.0


def test_quality_forgets_what_was_long_ago() -> None:
    one = device()
    for _ in range(300):
        one.failed()
    assert one.quality == pytest.approx(0.0, abs=1e-3)
    for _ in range(300):
        one.came(0)
    assert one.quality == pytest.approx(1.0, abs=1e-3)


@settings(max_examples=30)
@given(missed=st.integers(1, 100))
def test_what_was_missed_counts_as_often_as_it_was_and_a_counter_that_was_reset_does_not(missed: int) -> None:
    quality = device()
    quality.came(missed)
    one_by_one = device()
    for _ in range(missed):
        one_by_one.failed()
    one_by_one.came(0)
    assert quality.quality == pytest.approx(one_by_one.quality)
    for jumped in (0, -missed, 100 + missed):
        other = device()
        other.came(jumped)
        assert other.quality == 1.0


@settings(max_examples=30)
@given(st.lists(st.integers(-110, -20), min_size=1, max_size=30))
def test_a_signal_stays_within_what_was_heard(strengths: list[int]) -> None:
    one = device()
    assert one.view(0.0).rssi_dbm is None
    for strength in strengths:
        one.received_at_dbm(strength)
    assert one.rssi_dbm is not None
    assert min(strengths) <= one.rssi_dbm <= max(strengths)
    one.received_at_dbm(strengths[-1])
    assert isinstance(one.view(0.0).rssi_dbm, int)


def test_a_single_jump_moves_it_by_a_quarter() -> None:
    one = device()
    one.received_at_dbm(-60)
    one.received_at_dbm(-80)
    assert one.rssi_dbm == -65.0


def test_a_view_is_a_copy_that_nobody_can_change() -> None:
    seen = heard(speed_kmh=8.0, battery_percent=40.0)
    seen.targets["speed_kmh"] = 9.0
    view = seen.view(0.0)
    seen.latest["speed_kmh"] = (reading(value=1.0), 0.0)
    seen.targets.clear()
    seen.frames += 1
    assert view.readings["speed_kmh"].value == view.fresh["speed_kmh"].value == 8.0
    assert (dict(view.targets), view.frames) == ({"speed_kmh": 9.0}, 0)
    for mapping in (view.readings, view.fresh, view.targets):
        with pytest.raises(TypeError):
            mapping["speed_kmh"] = 1.0  # type: ignore[index]


def test_old_values_stay_readable_but_are_not_fresh_and_each_ages_by_itself() -> None:
    seen = heard(speed_kmh=8.0, battery_percent=40.0)
    now_s = MILL.stale_after_s + 1.0
    seen.latest["distance_m"] = (reading("distance_m", 500.0), now_s)
    view = seen.view(now_s)
    assert set(view.readings) == {"speed_kmh", "battery_percent", "distance_m"}
    assert set(view.fresh) == {"distance_m"}
    assert view.battery_percent == 40.0, "a battery empties slowly"
    assert heard(speed_kmh=8.0).view(0.0).battery_percent is None


def test_a_device_that_is_of_another_kind_takes_its_bounds_and_rates() -> None:
    one = device()
    faster = MILL.model_copy(update={"max_messages_per_s": 2.0, "ranges": {"speed_kmh": (0.0, 5.0)}})
    one.describe(faster)
    assert one.profile is faster
    assert one.bounds["speed_kmh"] == (0.0, 5.0)
    assert one.bounds["heart_rate_bpm"] == device().bounds["heart_rate_bpm"], (
        "what it does not say stays usual"
    )
    taken = sum(one.limiter.take(0.0) for _ in range(50))
    assert taken == 2.0 * BURST_S
    assert one.urgent_limiter.take(0.0), "what is urgent has a room of its own"


def test_two_devices_are_never_the_same_one() -> None:
    assert device() != device()
    assert replace(device().view(0.0)) == device().view(0.0)
