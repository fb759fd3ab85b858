"""A dataset is named by what it is made of, and cut between gyms only."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.cloud.retraining.manifest import DatasetObject, Manifest

objects = st.builds(
    DatasetObject,
    name=st.text("abc/0123", min_size=1),
    gym_id=st.sampled_from(["a", "b", "c", "d"]),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    bytes=st.integers(0, 1000),
    records=st.integers(0, 99),
    sessions=st.integers(0, 99),
)
lists = st.lists(objects, max_size=20, unique_by=lambda each: each.name)


def manifest(of: list[DatasetObject]) -> Manifest:
    return Manifest(objects=tuple(of), members=3, first_at=None, last_at=None)


@settings(max_examples=15)
@given(lists)
def test_it_survives_its_json(of: list[DatasetObject]) -> None:
    found = manifest(of)
    assert Manifest.from_json(json.loads(json.dumps(found.to_json()))) == found


@settings(max_examples=15)
@given(lists)
def test_order_does_not_name_it(of: list[DatasetObject]) -> None:
    assert manifest(of).id == manifest(of[::-1]).id


@settings(max_examples=15)
@given(lists.filter(bool))
def test_every_byte_names_it(of: list[DatasetObject]) -> None:
    changed = [replace(of[0], sha256=of[0].sha256[::-1] + "f"), *of[1:]]
    assert manifest(of).id != manifest(changed).id != manifest(of[1:]).id


@settings(max_examples=15)
@given(lists, st.integers(1, 3000))
def test_parts_are_whole_gyms_and_lose_nothing(of: list[DatasetObject], part_bytes: int) -> None:
    parts = list(manifest(of).parts(part_bytes))
    assert sorted(each.name for part in parts for each in part) == sorted(each.name for each in of)
    gyms = [{each.gym_id for each in part} for part in parts]
    assert sum(map(len, gyms)) == len(set().union(*gyms))
    for part, names in zip(parts, gyms, strict=True):
        assert len(names) == 1 or sum(each.bytes for each in part) <= part_bytes


def test_totals() -> None:
    one = DatasetObject(name="n", gym_id="g", sha256="0" * 64, bytes=1, records=5, sessions=2)
    found = manifest([one, replace(one, name="m", records=7, sessions=3)])
    assert (found.records, found.sessions) == (12, 5)
