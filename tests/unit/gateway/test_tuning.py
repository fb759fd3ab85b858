"""Settings over settings: the file, then what holds everywhere, then what holds at one station."""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.config.sections.vision import Thresholds
from gateway.store.store import Store, StoreBroken, StoreError
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tuning import SettingsChange, Tuning, counting_settings
from vision.counting.counter import CountingSettings
from vision.counting.smoothing import SmoothingSettings

CONFIG = BoxConfig.model_validate(
    {
        "camera": [{"id": "cam", "url": 0}],
        "station": [{"id": "mat", "camera": "cam"}, {"id": "bar", "camera": "cam"}, {"id": "run"}],
        "vision": {"thresholds": {"posture_s": 0.7}},
    }
)


def new_store(folder: Path) -> Store:
    store = Store(path=store_path(folder), migrations=MIGRATIONS)
    store.start()
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path)
    yield store
    store.stop()


@pytest.fixture
def tuning(store: Store) -> Tuning:
    return Tuning(config=CONFIG, store=store)


async def change(tuning: Tuning, station_id: str | None, **values: float | None) -> None:
    await tuning.change(station_id, SettingsChange(**values), by="operator t1")


async def test_nothing_changed_is_the_configuration(tuning: Tuning) -> None:
    assert tuning.stations == ("mat", "bar")
    assert tuning.thresholds("mat") == Thresholds(posture_s=0.7)
    assert tuning.counting("mat") == CountingSettings(posture_s=0.7)


async def test_the_nearer_value_wins_and_null_gives_way_to_the_next(tuning: Tuning) -> None:
    await change(tuning, None, posture_s=1.0, dwell_s=0.2)
    await change(tuning, "mat", posture_s=2.0)
    assert [tuning.thresholds(each).posture_s for each in ("mat", "bar")] == [2.0, 1.0]
    assert [tuning.thresholds(each).dwell_s for each in ("mat", "bar")] == [0.2, 0.2]
    await change(tuning, "mat", posture_s=None, hysteresis=0.5)
    assert tuning.thresholds("mat") == Thresholds(posture_s=1.0, dwell_s=0.2, hysteresis=0.5)
    await change(tuning, None, posture_s=None, dwell_s=None)
    assert tuning.thresholds("mat") == Thresholds(posture_s=0.7, hysteresis=0.5)
    assert tuning.thresholds("bar") == Thresholds(posture_s=0.7)


async def test_what_was_changed_holds_after_a_restart(tmp_path: Path, store: Store, tuning: Tuning) -> None:
    await change(tuning, "mat", person_score=0.55, smoothing=2)
    await change(tuning, None, dwell_s=0)
    store.stop()
    again = new_store(tmp_path)
    restarted = Tuning(config=CONFIG, store=again)
    assert restarted.counting("mat") == tuning.counting("mat")
    assert restarted.changes(None) == {"dwell_s": 0.0}
    again.stop()


async def test_listeners_hear_which_stations_are_concerned(tuning: Tuning) -> None:
    heard: list[str] = []
    tuning.subscribe(heard.append)
    await change(tuning, "bar", dwell_s=0.1)
    await change(tuning, None, dwell_s=0.2)
    assert heard == ["bar", "mat", "bar"]


async def test_the_log_says_who_changed_what(tuning: Tuning, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gateway.tuning")
    await change(tuning, "mat", dwell_s=0.1, posture_s=None)
    assert caplog.messages == [
        'counting at mat is tuned by operator t1: {"dwell_s": 0.1, "posture_s": null}',
    ]


async def test_changes_at_the_same_time_are_all_kept(tuning: Tuning) -> None:
    await asyncio.gather(
        change(tuning, "mat", dwell_s=0.1),
        change(tuning, "mat", posture_s=1.5),
        change(tuning, "mat", smoothing=2.0),
        change(tuning, None, person_score=0.4),
    )
    assert tuning.changes("mat") == {"dwell_s": 0.1, "posture_s": 1.5, "smoothing": 2.0}
    assert tuning.changes(None) == {"person_score": 0.4}


async def test_a_change_that_cannot_be_stored_does_not_take_effect(
    tuning: Tuning, monkeypatch: pytest.MonkeyPatch
) -> None:
    await change(tuning, "mat", dwell_s=0.1)
    heard: list[str] = []
    tuning.subscribe(heard.append)

    async def full(_store: Store, _job: object) -> None:
        raise StoreBroken("The disk is full.")

    monkeypatch.setattr(Store, "write", full)
    with pytest.raises(StoreError):
        await change(tuning, "mat", dwell_s=0.9)
    assert tuning.changes("mat") == {"dwell_s": 0.1}
    assert heard == []


async def test_without_a_store_the_configuration_holds_and_nothing_stored_is_lost(
    tmp_path: Path, store: Store, tuning: Tuning
) -> None:
    await change(tuning, "mat", dwell_s=0.1, posture_s=2.0)
    late = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    restarted = Tuning(config=CONFIG, store=late)
    assert restarted.thresholds("mat") == Thresholds(posture_s=0.7)
    store.stop()
    late.start()
    await change(restarted, "mat", dwell_s=0.3)
    assert restarted.changes("mat") == {"dwell_s": 0.3, "posture_s": 2.0}
    late.stop()


async def test_what_another_version_stored_is_left_out_and_said(
    store: Store, tuning: Tuning, caplog: pytest.LogCaptureFixture
) -> None:
    row = ("mat", json.dumps({"dwell_s": 99}), "2026-01-01T00:00:00+00:00", "operator")
    await store.write(lambda db: db.execute("INSERT INTO vision_tuning VALUES (?, ?, ?, ?)", row).rowcount)
    assert tuning.thresholds("mat") == Thresholds(posture_s=0.7)
    assert "counting at mat" in caplog.text


def test_a_candidate_is_a_change_that_nobody_made(tuning: Tuning) -> None:
    candidate = tuning.candidate("mat", SettingsChange(hysteresis=0.4))
    assert candidate == CountingSettings(posture_s=0.7, hysteresis=0.4)
    assert tuning.counting("mat") == CountingSettings(posture_s=0.7)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("person_score", 1.01),
        ("person_score", -0.1),
        ("person_score", float("nan")),
        ("person_score", "0.5"),
        ("person_score", True),
        ("smoothing", 0.0),
        ("smoothing", 4.5),
        ("smoothing", float("inf")),
        ("hysteresis", 0.2),
        ("hysteresis", 1.0),
        ("dwell_s", -0.1),
        ("dwell_s", 1.5),
        ("posture_s", 6),
        ("squat_depth_degrees", 30),
        ("shoe_size", 42),
    ],
)
def test_a_value_out_of_bounds_is_no_change(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        SettingsChange.model_validate({field: value})
    assert caught.value.errors()[0]["loc"][0] == field


def test_every_threshold_can_be_changed_and_every_change_is_a_threshold() -> None:
    assert set(SettingsChange.model_fields) == set(Thresholds.model_fields)


_NAMES = sorted(SettingsChange.model_fields)
names = st.sampled_from(_NAMES)


@given(earlier=st.sets(names), more=st.dictionaries(names, st.booleans()))
def test_merging_is_that_of_json(earlier: set[str], more: dict[str, bool]) -> None:
    first, second = dict.fromkeys(_NAMES, 0.5), dict.fromkeys(_NAMES, 0.6)
    first["squat_depth_degrees"], second["squat_depth_degrees"] = 100.0, 110.0
    changes = {name: first[name] for name in earlier}
    change = {name: second[name] if value else None for name, value in more.items()}
    merged = SettingsChange.model_validate(change).over(changes)
    for name in _NAMES:
        assert merged.get(name) == (change[name] if name in change else changes.get(name))


def test_smoothing_twice_as_hard_follows_half_as_fast() -> None:
    usual, hard = SmoothingSettings(), counting_settings(Thresholds(smoothing=2.0)).smoothing
    assert (hard.rest_hz, hard.hz_per_speed) == (usual.rest_hz / 2, usual.hz_per_speed / 2)
    assert counting_settings(Thresholds()).smoothing == usual


def test_a_box_left_alone_counts_as_the_counter_does_by_itself() -> None:
    assert counting_settings(Thresholds()) == CountingSettings()


def test_how_deep_a_squat_must_be_is_a_limit_of_its_form() -> None:
    assert counting_settings(Thresholds(squat_depth_degrees=100)).form.deep_enough_degrees == 100


async def test_other_thresholds_of_the_configuration_hold_where_nothing_was_set(tuning: Tuning) -> None:
    await change(tuning, "mat", posture_s=2.0)
    told: list[str] = []
    tuning.subscribe(told.append)
    tree = CONFIG.model_dump(by_alias=True, exclude_unset=True)
    thresholds = {"posture_s": 0.9, "smoothing": 2}
    new = BoxConfig.model_validate({**tree, "vision": {"thresholds": thresholds}})
    await tuning.reconfigure(new, between(CONFIG, new))
    assert tuning.thresholds("mat") == Thresholds(posture_s=2.0, smoothing=2)
    assert tuning.thresholds("bar") == Thresholds(posture_s=0.9, smoothing=2)
    assert told == ["mat", "bar"]
    fewer = BoxConfig.model_validate({"vision": {"thresholds": thresholds}})
    await tuning.reconfigure(fewer, between(new, fewer))
    assert (tuning.stations, told) == ((), ["mat", "bar"])
