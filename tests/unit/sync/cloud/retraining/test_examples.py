"""From what boxes send to what models learn from, through the real SQL."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.records.simulated_gyms import SimulatedGym
from recommender.training import records
from sync.cloud.lake.parquet import connect, write
from sync.cloud.retraining.examples import Examples, build, survey
from sync.cloud.retraining.manifest import DatasetObject
from sync.cloud.retraining.outcome import RetrainingError
from sync.cloud.retraining.statistics import RANGES
from sync.cloud.retraining.validation import Limits, validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync.cloud.lake.objects import ObjectStore

    Body = dict[str, Any]


class Lake:
    """Objects in a folder, without a database."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        folder = store.path("")
        assert folder is not None
        self.url = folder.as_uri()
        self.objects: list[DatasetObject] = []

    def land(self, *gyms: SimulatedGym) -> None:
        for gym in gyms:
            content = write(gym.rows)
            name = f"raw/{gym.id}/{len(self.objects)}.parquet"
            self.store.put_new(name, content)
            self.objects.append(
                DatasetObject(
                    name=name,
                    gym_id=gym.id,
                    sha256=hashlib.sha256(content).hexdigest(),
                    bytes=len(content),
                    records=len(gym.rows),
                    sessions=len(gym.rows),
                )
            )

    def build(self, share: float = 1.0) -> Examples:
        return build(self.url, self.objects, f"made/{share}", share)

    def rows(self, name: str, folder: Path) -> list[dict[str, Any]]:
        path = folder / "rows.parquet"
        path.write_bytes(self.store.get(name))
        with connect() as database:
            found = database.read_parquet(str(path))
            return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


@pytest.fixture
def lake(objects: ObjectStore) -> Lake:
    return Lake(objects)


def statistics_after(lake: Lake, gym: SimulatedGym) -> Any:
    lake.land(gym)
    found = survey(lake.url, lake.objects)
    return (
        found.gateways[0],
        found.gyms[0] if found.gyms else None,
        validate(found, None, Limits(fewest_examples=1)),
    )


def test_training_reads_what_is_built_and_nobody_is_on_both_sides(
    lake: Lake, three_gyms: tuple[SimulatedGym, ...], tmp_path: Path
) -> None:
    lake.land(*three_gyms)
    made = lake.build()
    learn, judge = (lake.rows(name, tmp_path) for name in (made.learn, made.judge))
    members = {row["member"] for row in learn}, {row["member"] for row in judge}
    assert not members[0] & members[1]
    assert len(members[0] | members[1]) == 24
    assert len(learn) + len(judge) == sum(len(gym.rows) for gym in three_gyms) == made.statistics.examples
    (tmp_path / "table").mkdir()
    (tmp_path / "table" / "a.parquet").write_bytes(lake.store.get(made.learn))
    checked = records.read(tmp_path / "table")
    dataset = records.dataset(checked, "gyms")
    assert checked.refused == {}
    assert dataset.has_target.sum() > 0.5 * len(dataset)
    assert [sum(each) for each in made.statistics.histograms.values()][-1] == 24
    assert made.statistics.histograms.keys() == RANGES.keys()
    assert all(each.other == 0 < each.compared for each in made.statistics.gyms)


def test_a_member_is_drawn_by_the_same_lot_in_every_dataset(
    lake: Lake, three_gyms: tuple[SimulatedGym, ...], tmp_path: Path
) -> None:
    lake.land(*three_gyms)
    some, more = (
        {row["member"] for row in lake.rows(lake.build(share).learn, tmp_path)} for share in (0.3, 0.6)
    )
    assert some < more
    assert 0 < len(some) < len(more) < 24


def test_an_object_that_is_not_the_landed_one_is_not_read(
    lake: Lake, three_gyms: tuple[SimulatedGym, ...]
) -> None:
    lake.land(three_gyms[0])
    lake.objects[0] = replace(lake.objects[0], sha256="0" * 64)
    with pytest.raises(RetrainingError, match=r"the object raw/gym-0/0.parquet has changed since it landed"):
        lake.build()


def rated(body: Body, rpe: Any) -> Body:
    return {**body, "rpe": rpe}


ABSURD: dict[str, Callable[[Body], Body]] = {
    "rpe": lambda body: rated(body, 99),
    "minutes": lambda body: {**body, "plan": {**body["plan"], "performed_minutes": -5.0}},
    "mean_bpm": lambda body: {**body, "heart_rate": {"mean_bpm": 900.0}},
    "features": lambda body: {
        **body,
        "plan": {**body["plan"], "features": {**body["plan"]["features"], "bmi": 900.0}},
    },
    "prescription": lambda body: {**body, "plan": {**body["plan"], "intensity_score": 50.0}},
    "performed_intensity": lambda body: {**body, "plan": {**body["plan"], "performed_intensity": 0.1}},
    "time": lambda body: {**body, "started_at": "2031-01-01T10:00:00.000Z"},
    "day": lambda body: {**body, "plan": {**body["plan"], "day": "2023-01-01"}},
    "unreadable": lambda body: {**body, "started_at": "soon"},
}


def test_absurd_values_are_counted_by_reason_and_refused(
    lake: Lake, three_gyms: tuple[SimulatedGym, ...]
) -> None:
    turns = cycle(ABSURD.values())

    def spoil(body: Body) -> Body:
        return next(turns)(body)

    gateway, gym, found = statistics_after(lake, three_gyms[0].changed(spoil, share=0.5))
    many = round(0.5 * len(three_gyms[0].rows))
    assert gateway.reasons.keys() == ABSURD.keys()
    assert {count - many // len(ABSURD) for count in gateway.reasons.values()} <= {0, 1}
    assert gym.examples == len(three_gyms[0].rows) - many
    assert f"gym-0-box: {many} of {gateway.sessions} (day " in "; ".join(found.refusals)


def test_flipped_ratings_are_refused(lake: Lake, three_gyms: tuple[SimulatedGym, ...]) -> None:
    flipped = three_gyms[0].changed(lambda body: rated(body, body["rpe"] and 11 - body["rpe"]))
    _, gym, found = statistics_after(lake, flipped)
    assert gym.agreement < -0.3
    assert "turned round in gym-0" in found.refusals[0]


def test_the_same_sessions_under_other_ids_are_refused(
    lake: Lake, three_gyms: tuple[SimulatedGym, ...]
) -> None:
    rows = three_gyms[0].rows
    again = tuple(replace(row, id=f"{row.id[:-4]}ffff") for row in rows)
    gateway, gym, found = statistics_after(lake, SimulatedGym("gym-0", rows + again))
    assert gateway.repeated == len(rows)
    assert gym.examples == len(rows)
    assert "under other ids" in found.refusals[0]


def test_the_same_record_twice_counts_once(lake: Lake, three_gyms: tuple[SimulatedGym, ...]) -> None:
    rows = three_gyms[0].rows
    gateway, _, found = statistics_after(lake, SimulatedGym("gym-0", rows + rows[:40]))
    assert (gateway.sessions, gateway.repeated) == (len(rows), 0)
    assert found.refusals == ()


def test_people_who_change_as_no_one_does_are_refused(
    lake: Lake, three_gyms: tuple[SimulatedGym, ...]
) -> None:
    turns = iter(range(10**6))

    def jump(body: Body) -> Body:
        features = {**body["plan"]["features"], "age_years": 20.0 + 40.0 * (next(turns) % 2)}
        return {**body, "plan": {**body["plan"], "features": features}}

    _, gym, found = statistics_after(lake, three_gyms[0].changed(jump))
    assert gym.jumping > 4
    assert "age or body mass changes as no one's does, in gym-0" in "; ".join(found.refusals)


def test_features_that_do_not_follow_from_the_sessions_are_refused(
    lake: Lake, three_gyms: tuple[SimulatedGym, ...]
) -> None:
    def invent(body: Body) -> Body:
        made_up = {"mean_duration_7d_min": 200.0, "completion_28d": 0.01, "progress_rate_28d": -0.9}
        features = {**body["plan"]["features"], **made_up}
        return {**body, "plan": {**body["plan"], "features": features}}

    _, gym, found = statistics_after(lake, three_gyms[0].changed(invent))
    assert gym.other > 0.9 * gym.compared
    assert "features do not follow from the sessions, in gym-0" in "; ".join(found.refusals)


def test_what_a_box_did_not_record_is_computed(
    lake: Lake, three_gyms: tuple[SimulatedGym, ...], tmp_path: Path
) -> None:
    def forget(body: Body) -> Body:
        features = {key: value for key, value in body["plan"]["features"].items() if key != "completion_28d"}
        return {**body, "plan": {**body["plan"], "features": features}}

    (told := Lake(lake.store)).land(three_gyms[0])
    recorded = {(row["member"], row["day"]): row for row in told.rows(told.build().learn, tmp_path)}
    again = Lake(lake.store)
    again.objects = [*told.objects]
    again.land(replace(three_gyms[0].changed(forget), id="later"))
    again.objects = again.objects[1:]
    computed = again.rows(build(again.url, again.objects, "made/computed", 1.0).learn, tmp_path)
    pairs = [
        (row["completion_28d"], recorded[row["member"], row["day"]]["completion_28d"]) for row in computed
    ]
    assert len(pairs) == len(recorded)
    for found, expected in pairs:
        assert (found is None) == (expected is None)
        assert found is None or found == pytest.approx(expected, abs=0.01)


def test_feedback_told_later_counts(lake: Lake, three_gyms: tuple[SimulatedGym, ...], tmp_path: Path) -> None:
    row = three_gyms[0].rows[0]
    body = json.loads(row.body)
    early, late = (
        replace(
            row,
            id=f"{row.id[:-4]}{number:04d}",
            kind="plan",
            created_at=row.created_at + timedelta(hours=number),
            body=json.dumps({"id": body["plan"]["id"], "rpe": rpe, "accepted": rpe == 3}),
        )
        for number, rpe in ((1, 9), (2, 3))
    )
    lake.land(SimulatedGym("gym-0", (row, late, early)))
    made = lake.build()
    (found,) = [*lake.rows(made.learn, tmp_path), *lake.rows(made.judge, tmp_path)]
    assert (found["rpe"], found["accepted"]) == (3.0, 1.0)


def test_bodies_of_any_kind_break_nothing(lake: Lake, three_gyms: tuple[SimulatedGym, ...]) -> None:
    bodies = [
        "",
        "{",
        "[]",
        "7",
        "null",
        '{"plan": 5}',
        '{"plan": {"features": []}}',
        '{"sets": {}, "rpe": "x"}',
    ]
    rows = [replace(row, body=body) for row, body in zip(three_gyms[0].rows, bodies, strict=False)]
    lake.land(SimulatedGym("gym-0", (*rows, *three_gyms[0].rows[len(rows) :])))
    found = survey(lake.url, lake.objects)
    assert dict(found.gateways[0].reasons) == {"unreadable": len(bodies)}
    assert found.examples == len(three_gyms[0].rows) - len(bodies)


def test_no_gym_says_anything_of_the_members_of_another(
    lake: Lake, three_gyms: tuple[SimulatedGym, ...], tmp_path: Path
) -> None:
    good, evil = three_gyms[0], replace(three_gyms[0].rows[0], gym_id="evil", gateway_id="evil-box")
    plan_id = json.loads(evil.body)["plan"]["id"]
    told = replace(evil, id=evil.id[:-4] + "aaaa", kind="plan", body=json.dumps({"id": plan_id, "rpe": 1}))
    alone, beside = Lake(lake.store), lake
    alone.land(good)
    beside.land(SimulatedGym("evil", (evil, told)))
    beside.objects += alone.objects
    before = alone.rows(build(alone.url, alone.objects, "made/alone", 1.0).learn, tmp_path)
    after = beside.rows(build(beside.url, beside.objects, "made/beside", 1.0).learn, tmp_path)
    assert [row for row in after if row["gym_id"] != "evil"] == before
