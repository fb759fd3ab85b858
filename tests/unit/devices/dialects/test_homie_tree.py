"""Every Homie device of a domain: who is there, whatever order they say it in."""

import json
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.device import Device
from devices.dialects.homie import Description, parse_description
from devices.dialects.homie_tree import MAX_DEVICES, DescriptionReader, HomieTree, StateReader, ValueReader
from devices.profile import load_profiles
from devices.rejection import FrameRejected

PROFILE = load_profiles()["homie-5"]
STATES = ("init", "ready", "disconnected", "sleeping", "lost")


def told(root: str | None = None, *, speed: bool = True) -> bytes:
    """A `$description`."""
    properties = (
        {"speed": {"datatype": "float", "unit": "km/h"}} if speed else {"colour": {"datatype": "string"}}
    )
    document = {"nodes": {"belt": {"properties": properties}}}
    return json.dumps({**document, "root": root} if root else document).encode()


def describes(root: str | None = None, *, speed: bool = True) -> Description:
    return parse_description(told(root, speed=speed), {})


class Tree(HomieTree):
    """One that remembers what it told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bool, float]] = []
        super().__init__(lambda *news: self.heard.append(news))

    def last(self, homie_id: str) -> bool | None:
        """What was told of a device last."""
        return next((there for name, there, _ in reversed(self.heard) if name == homie_id), None)


def device(*, adopted: bool = False) -> Device:
    return Device(id="mill", address="mill", profile=PROFILE, adopted=adopted)


def read(tree: Tree, homie_id: str, rest: str, payload: bytes, into: Device | None = None) -> object:
    reader = tree.reader(homie_id, rest, device() if into is None else into)
    return reader.read(payload, retain=False, now_s=1.0)


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        ("$state", StateReader),
        ("$description", DescriptionReader),
        ("belt/speed", ValueReader),
        ("belt/speed/$target", ValueReader),
    ],
)
def test_each_topic_has_its_reader(rest: str, kind: type) -> None:
    reader = Tree().reader("mill", rest, device())
    assert type(reader) is kind
    assert reader.urgent == (kind is not ValueReader), "who is there goes before what it says"


@pytest.mark.parametrize(
    "rest",
    ["", "$log", "$state/x", "belt", "belt/", "/speed", "belt/speed/set", "belt/speed/$target/x", "B/s"],
)
def test_what_is_no_part_of_it_is_refused(rest: str) -> None:
    with pytest.raises(FrameRejected) as refused:
        Tree().reader("mill", rest, device())
    assert refused.value.kind == "unsupported"


def test_a_device_is_there_when_it_is_ready_and_says_what_it_measures() -> None:
    tree = Tree()
    assert tree.is_there("mill") is None
    tree.set_state("mill", "ready", 1.0)
    assert tree.is_there("mill") is None, "of what is not described nobody knows whether it is ours"
    assert tree.heard == []
    tree.set_description("mill", describes(), 2.0)
    assert tree.is_there("mill") is True
    assert tree.heard == [("mill", True, 2.0)]
    for state in STATES:
        tree.set_state("mill", state, 3.0)
        assert tree.is_there("mill") is (state == "ready")
        assert tree.heard[-1] == ("mill", state == "ready", 3.0)


def test_what_measures_nothing_is_none_of_ours() -> None:
    tree = Tree()
    tree.set_state("lamp", "ready", 1.0)
    tree.set_description("lamp", describes(speed=False), 1.0)
    assert tree.is_there("lamp") is None
    assert tree.heard == []


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_whatever_order_root_and_child_speak_the_child_is_there_at_the_end(order: tuple[int, ...]) -> None:
    tree = Tree()
    words = [
        lambda: tree.set_state("hub", "ready", 1.0),
        lambda: tree.set_description("hub", describes(speed=False), 1.0),
        lambda: tree.set_state("mill", "ready", 1.0),
        lambda: tree.set_description("mill", describes("hub"), 1.0),
    ]
    for number in order:
        words[number]()
    assert tree.last("mill") is tree.is_there("mill") is True
    assert tree.last("hub") is None


@pytest.mark.parametrize("state", STATES)
def test_a_root_takes_its_children_along_and_nobody_elses(state: str) -> None:
    tree = Tree()
    for child, root in (("one", "hub"), ("two", "hub"), ("other", "hub-2"), ("alone", None)):
        tree.set_description(child, describes(root), 1.0)
        tree.set_state(child, "ready", 1.0)
    tree.heard.clear()
    tree.set_state("hub", state, 5.0)
    gone = state in ("disconnected", "lost")
    assert sorted(tree.heard) == [("one", not gone, 5.0), ("two", not gone, 5.0)]
    assert [tree.is_there(name) for name in ("one", "two", "other", "alone")] == [
        not gone,
        not gone,
        True,
        True,
    ]
    tree.set_state("hub", "ready", 6.0)
    assert tree.last("one") is tree.last("two") is True


def test_a_child_that_left_does_not_come_back_with_its_root() -> None:
    tree = Tree()
    tree.set_description("mill", describes("hub"), 1.0)
    for name, state in (("mill", "ready"), ("hub", "lost"), ("mill", "disconnected"), ("hub", "ready")):
        tree.set_state(name, state, 1.0)
    assert tree.last("mill") is tree.is_there("mill") is False


def test_a_device_that_is_its_own_root_is_told_once() -> None:
    tree = Tree()
    tree.set_description("mill", describes("mill"), 1.0)
    tree.set_state("mill", "ready", 2.0)
    assert tree.heard == [("mill", True, 2.0)]


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["hub", "one", "two"]),
            st.sampled_from([*STATES, None]),
            st.sampled_from(["hub", "one", None]),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_what_was_told_last_is_how_it_stands(words: list[tuple[str, str | None, str | None, bool]]) -> None:
    tree = Tree()
    for name, state, root, speed in words:
        if state is None:
            tree.set_description(name, describes(root, speed=speed), 1.0)
        else:
            tree.set_state(name, state, 1.0)
        stands = tree.is_there(name)
        assert stands is None or tree.last(name) is stands


def test_a_building_full_of_others_is_bounded_and_the_oldest_give_way() -> None:
    tree = Tree()
    for number in range(MAX_DEVICES + 10):
        tree.set_description(f"d{number}", describes(), 1.0)
    assert [number for number in range(20) if tree.description(f"d{number}") is not None] == list(
        range(10, 20)
    )
    assert tree.description(f"d{MAX_DEVICES + 9}") is not None


def test_values_need_the_description_that_says_what_they_mean() -> None:
    tree = Tree()
    with pytest.raises(FrameRejected, match="before the") as refused:
        read(tree, "mill", "belt/speed", b"8.5")
    assert refused.value.kind == "mapping"
    read(tree, "mill", "$description", told())
    heard = read(tree, "mill", "belt/speed", b"8.5")
    assert [(each.metric, each.value) for each in heard.measurements] == [("speed_kmh", 8.5)]  # type: ignore[attr-defined]
    assert not heard.targets  # type: ignore[attr-defined]
    assert not read(tree, "mill", "belt/colour", b"red").measurements, "not ours"  # type: ignore[attr-defined]


def test_a_target_is_where_it_goes_and_no_measurement() -> None:
    tree = Tree()
    read(tree, "mill", "$description", told())
    heard = read(tree, "mill", "belt/speed/$target", b"9.0")
    assert dict(heard.targets) == {"speed_kmh": 9.0}  # type: ignore[attr-defined]
    assert not heard.measurements  # type: ignore[attr-defined]


@pytest.mark.parametrize("available", [None, False, True])
def test_what_the_broker_kept_holds_only_while_the_device_says_that_it_is_there(
    *, available: bool | None
) -> None:
    tree, one = Tree(), device()
    one.available = available
    tree.set_description("mill", describes(), 1.0)
    reader = tree.reader("mill", "belt/speed", one)
    if available:
        kept = reader.read(b"8", retain=True, now_s=1.0)
        assert not kept.alive, "an old word is no sign of life"
        assert reader.read(b"8", retain=False, now_s=1.0).alive
        return
    with pytest.raises(FrameRejected) as refused:
        reader.read(b"8", retain=True, now_s=1.0)
    assert refused.value.kind == "retained"


def test_an_adopted_device_that_describes_nothing_is_told_what_to_do() -> None:
    tree = Tree()
    with pytest.raises(FrameRejected, match=r"name them in \[homie\] properties"):
        read(tree, "mill", "$description", told(speed=False), device(adopted=True))
    read(tree, "lamp", "$description", told(speed=False), device())
    assert tree.description("mill") is not None, "kept all the same"


def test_a_state_that_there_is_not_changes_nothing() -> None:
    tree = Tree()
    read(tree, "mill", "$description", told())
    read(tree, "mill", "$state", b"ready")
    with pytest.raises(FrameRejected, match="no state"):
        read(tree, "mill", "$state", b"READY")
    assert tree.is_there("mill") is True
