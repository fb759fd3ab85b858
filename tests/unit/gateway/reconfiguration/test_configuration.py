"""Changes on the box itself: who follows, what is refused and why, and what stays when it cannot be."""

import socket
from typing import Any

import pytest

from gateway.config.layered import LayeredConfig
from gateway.reconfiguration import files
from gateway.reconfiguration.configuration import (
    PART,
    ConfigRefused,
    InUse,
    NotKept,
    SetElsewhere,
    Used,
    redacted,
)
from gateway.reconfiguration.files import LOCAL
from tests.unit.gateway.reconfiguration.conftest import Followed, Room


async def test_a_change_is_kept_followed_and_told(room: Room) -> None:
    change = await room.configuration.patch({"box": {"language": "de"}}, by="operator ana")
    assert change.pointers == ["/box/language"]
    assert room.configuration.config.box.language == "de"
    assert [config.box.language for config, _ in room.part.told] == ["de"]
    assert room.configuration.files.read(LOCAL) == {"box": {"language": "de"}}
    assert await room.outcomes() == ["changed"]
    await room.configuration.patch({"box": {"language": None}}, by="operator ana")
    assert (room.configuration.config.box.language, room.configuration.files.read(LOCAL)) == ("en", {})
    assert room.restarts == 0


async def test_a_look_ahead_changes_nothing(room: Room) -> None:
    change = await room.configuration.patch({"station": {"mat": None}}, by="x", check=True)
    assert change.touched == ["station:mat"]
    assert (room.part.told, room.configuration.files.read(LOCAL), await room.outcomes()) == ([], {}, [])


async def test_nobody_follows_what_changes_nothing(room: Room) -> None:
    assert not await room.configuration.patch({"box": {"language": "en"}}, by="x")
    assert room.part.told == []
    assert room.configuration.files.read(LOCAL) == {"box": {"language": "en"}}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"vision": {"pose": "x"}}, "vision.pose"),
        ({"station": []}, "station"),
        ({"camera": {"cam": None}}, "station.mat.camera"),
    ],
)
async def test_what_is_no_configuration_is_refused(room: Room, change: Any, key: str) -> None:
    with pytest.raises(ConfigRefused) as caught:
        await room.configuration.patch(change, by="x")
    assert [each.key for each in caught.value.problems] == [key]
    assert (type(caught.value), room.part.told) == (ConfigRefused, [])


async def test_the_last_word_of_others_is_theirs(room: Room) -> None:
    layers = room.configuration.layers
    await room.configuration.take(layers.with_cloud({"box": {"language": "de"}}))
    with pytest.raises(SetElsewhere, match=r"box\.language: is set by the cloud"):
        await room.configuration.patch({"box": {"language": "fr"}}, by="x")
    await room.configuration.patch({"box": {"timezone": "Europe/Berlin"}}, by="x")
    assert room.configuration.config.box.language == "de"


async def test_the_environment_has_the_last_word(room: Room) -> None:
    variables = {"GYMBOX_BOX__LANGUAGE": "de"}
    layers = LayeredConfig.read(None, data_dir=room.data_dir, environ=variables)
    await room.configuration.take(layers)
    with pytest.raises(SetElsewhere, match="variable of the environment"):
        await room.configuration.patch({"box": {"language": "fr"}}, by="x")


@pytest.mark.parametrize(
    "change",
    [
        {"station": {"mat": None}},
        {"station": {"mat": {"camera": "other"}}},
        {"station": {"mat": {"camera": ""}}},
        {"camera": {"other": None}},
        {"station": {"mill": {"treadmill": ""}}, "device": {"t": None}},
        {"device": {"t": {"address": "c0:00:00:00:00:02"}}},
    ],
)
async def test_nothing_is_pulled_away_from_who_trains(room: Room, change: Any) -> None:
    room.used = Used(stations={"mat", "mill"}, cameras={"cam", "other"}, devices={"t"})
    with pytest.raises(InUse, match="somebody trains with it; end that session first"):
        await room.configuration.patch(change, by="x")
    assert room.part.told == []
    room.used = Used()
    await room.configuration.patch(change, by="x")


@pytest.mark.parametrize(
    "change",
    [
        {"station": {"mat": {"name": "M", "zone": [[0, 0], [1, 0], [1, 1]]}}},
        {"station": {"new": {}}},
        {"device": {"t": {"limits": {"speed_kmh": 9}}}},
        {"mqtt": {"url": "mqtt://elsewhere"}},
    ],
)
async def test_what_leaves_who_trains_in_peace_is_taken(room: Room, change: Any) -> None:
    room.used = Used(stations={"mat", "mill"}, cameras={"cam"}, devices={"t"})
    assert await room.configuration.patch(change, by="x")


async def test_a_part_that_fails_does_not_keep_the_others_from_following(room: Room) -> None:
    last = Followed()
    room.configuration.follow(last)
    room.part.fails = True
    await room.configuration.patch({"box": {"language": "de"}}, by="x")
    assert (len(last.told), room.configuration.failures) == (1, 1)
    part = room.health.get(PART)
    assert part is not None
    assert (part.state, "Followed did not follow" in part.reason) == ("failed", True)
    room.part.fails = False
    await room.configuration.patch({"box": {"language": "fr"}}, by="x")
    assert room.health.get(PART) is None


async def test_a_disk_that_is_full_is_told_and_nothing_has_changed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_durably", full)
    with pytest.raises(NotKept, match="No space left"):
        await room.configuration.patch({"box": {"language": "de"}}, by="x")
    with pytest.raises(NotKept, match="No space left"):
        await room.configuration.keep_secret("a", "b", by="x")
    assert (room.configuration.config.box.language, room.part.told) == ("en", [])


async def test_another_port_is_tried_before_the_box_starts_anew(room: Room) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(ConfigRefused, match="cannot listen on"):
            await room.configuration.patch({"http": {"port": taken.getsockname()[1]}}, by="x")
        assert room.restarts == 0
    await room.configuration.patch({"http": {"port": 0}}, by="x")
    assert room.restarts == 1


async def test_going_back_asks_nobody_who_trains(room: Room) -> None:
    before = room.configuration.layers
    await room.configuration.take(before.with_cloud({"station": {"new": {}}}))
    room.used = Used(stations={"new"})
    await room.configuration.go_back(before)
    assert room.configuration.config.station("new") is None
    await room.configuration.go_back(before.with_cloud({"vision": {"pose": "x"}}))
    assert room.restarts == 1, "what does not fit is sorted out by a start"


async def test_a_secret_is_kept_and_told_without_what_it_is(room: Room) -> None:
    path = await room.configuration.keep_secret("broker", "geheim", by="operator ana")
    assert (room.data_dir / path).read_text("utf-8") == "geheim\n"
    assert await room.outcomes() == ["secret-kept"]


async def test_what_is_shown_has_no_login_in_it(room: Room) -> None:
    layers = room.configuration.layers
    camera = {"url": "rtsp://ana:geheim@h/x"}
    config = LayeredConfig.of(
        type(room.configuration.config).model_validate({"camera": [{"id": "c", **camera}]}),
        data_dir=layers.data_dir,
    ).build()
    assert redacted(config)["camera"]["c"]["url"] == "rtsp://***@h/x"
