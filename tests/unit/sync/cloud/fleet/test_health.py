import json

from hypothesis import given
from hypothesis import strategies as st

from sync.cloud.fleet.health import Health, Part, read_health
from tests.unit.sync.cloud.fleet.test_boxes import HEALTH

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
SAID = st.dictionaries(
    st.sampled_from(["parts", "versions", "clock", "disk", "outbox", "x"]),
    JSON | st.dictionaries(st.sampled_from(["off_s", "free_bytes", "total_bytes", "oldest_s", "mqtt"]), JSON),
)


def test_what_a_box_says_is_read() -> None:
    assert read_health(HEALTH) == Health(
        parts={"mqtt": Part("ok"), "cameras": Part("degraded", "no frame")},
        versions={"software": "1.4.2"},
        clock_off_s=0.4,
        clock_known=True,
        disk_free=0.25,
        outbox_depth=3.0,
        outbox_oldest_s=12.5,
    )
    assert read_health(HEALTH).worst == "degraded"
    assert Health().worst is None


@given(SAID)
def test_a_box_may_say_anything(said: dict[str, object]) -> None:
    read = read_health(json.loads(json.dumps(said)))
    assert all(len(part.reason) <= 300 for part in read.parts.values())
    assert read.worst in {None, "ok", "degraded", "failed"}


def test_a_disk_of_no_size_says_nothing() -> None:
    assert read_health({"disk": {"free_bytes": 0, "total_bytes": 0}}).disk_free is None
    assert read_health({"disk": {"free_bytes": True, "total_bytes": "x"}}).disk_free is None
