"""The one look at the cloud: what is read again and what is not, trouble, conflicts, and other clouds."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.twin.link import CloudLink, LinkSettings
from gateway.twin.wire import Conflict
from sync.upload.answer import NotDelivered
from tests.unit.gateway.twin.cloud_in_memory import CloudInMemory


@pytest.fixture
def cloud() -> CloudInMemory:
    return CloudInMemory()


@pytest.fixture
def link(cloud: CloudInMemory) -> CloudLink:
    return CloudLink(cloud, settings=lambda: LinkSettings(poll_s=0.01, jitter=0.0))


async def test_a_document_is_read_when_its_version_is_news(link: CloudLink, cloud: CloudInMemory) -> None:
    config, models = link.twin("config"), link.twin("models")
    assert (link.twin("config") is config, config.desired, config.version) == (True, None, None)
    cloud.desire("config", a=1)
    await link.turn()
    assert (config.desired, models.desired) == ({"a": 1}, {})
    assert cloud.reads == ["config", "models"]
    await link.turn()
    cloud.desire("models", m=2)
    await link.turn()
    await link.turn()
    assert (models.desired, cloud.reads) == ({"m": 2}, ["config", "models", "models"])
    assert (link.looks, cloud.looks) == (4, 4)


async def test_what_the_box_says_is_no_news_to_itself(link: CloudLink, cloud: CloudInMemory) -> None:
    twin = link.twin("config")
    await twin.report({"a": 1})
    assert cloud.reports == [], "nothing is said before the document was read"
    await link.turn()
    await twin.report({"a": 1})
    await twin.report({"a": 1})
    assert (cloud.said("config"), twin.reported, len(cloud.reports)) == ({"a": 1}, {"a": 1}, 1)
    await link.turn()
    assert cloud.reads == ["config"]


async def test_after_a_conflict_the_document_is_read_at_once(link: CloudLink, cloud: CloudInMemory) -> None:
    twin = link.twin("config")
    running = asyncio.create_task(link.run())
    await twin.look()
    cloud.desire("config", a=1)
    with pytest.raises(Conflict):
        await twin.report({"said": True})
    before = twin.desired
    assert before is None
    await asyncio.wait_for(twin.look(), 5)
    assert twin.desired == {"a": 1}
    await twin.report({"said": True})
    assert cloud.said("config") == {"said": True}
    running.cancel()


async def test_trouble_is_told_and_waits_grow(link: CloudLink, cloud: CloudInMemory) -> None:
    twin = link.twin("config")
    await link.turn()
    cloud.away = True
    waits_s = [await link.turn() for _ in range(8)]
    assert max(waits_s) > 1.0
    assert isinstance(twin.trouble, NotDelivered)
    with pytest.raises(NotDelivered):
        await twin.report({"a": 1})
    assert twin.desired == {}, "what was read is still known"
    cloud.away = False
    assert await link.turn() == 0.01
    assert twin.trouble is None


async def test_whatever_goes_wrong_the_next_look_comes(
    link: CloudLink, cloud: CloudInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_etag: str | None) -> Any:
        raise RuntimeError("nobody foresaw this")

    with monkeypatch.context() as patch:
        patch.setattr(cloud, "versions", fail)
        assert await link.turn() == 0.01
    assert link.failed == 1
    await link.turn()
    assert link.looks == 1


async def test_a_box_without_a_cloud_asks_nobody(link: CloudLink, cloud: CloudInMemory) -> None:
    cloud.wanted = False
    twin = link.twin("config")
    await link.turn()
    assert (twin.desired, twin.trouble, cloud.looks, link.looks) == (None, None, 0, 0)


async def test_another_cloud_is_believed_anew(link: CloudLink, cloud: CloudInMemory) -> None:
    twin = link.twin("config")
    cloud.desire("config", a=1)
    await link.turn()
    here = BoxConfig.model_validate({"cloud": {"url": "https://here"}})
    there = BoxConfig.model_validate({"cloud": {"url": "https://there"}, "box": {"language": "de"}})
    await link.reconfigure(there, between(here, here))
    believed = twin.desired
    assert believed == {"a": 1}
    await link.reconfigure(there, between(here, there))
    assert twin.desired is None
    await link.turn()
    assert cloud.reads == ["config", "config"]


async def test_looks_go_on_by_themselves_and_at_once_when_asked(cloud: CloudInMemory) -> None:
    link = CloudLink(cloud, settings=lambda: LinkSettings(poll_s=3600.0))
    twin = link.twin("config")
    running = asyncio.create_task(link.run())
    await asyncio.wait_for(twin.look(), 5)
    counts = [link.looks]
    for _ in range(2):
        link.wake()
        await asyncio.wait_for(twin.look(), 5)
        counts.append(link.looks)
    assert all(later > earlier for earlier, later in pairwise(counts))
    running.cancel()
    link.close()


async def test_boxes_that_were_started_together_drift_apart(cloud: CloudInMemory) -> None:
    link = CloudLink(cloud, settings=lambda: LinkSettings(poll_s=30.0, jitter=0.2))
    waits_s = [await link.turn() for _ in range(30)]
    assert 24.0 <= min(waits_s) < max(waits_s) <= 36.0


async def test_whoever_listens_hears_whether_an_answer_came(cloud: CloudInMemory) -> None:
    heard: list[NotDelivered | None] = []
    link = CloudLink(cloud, on_look=heard.append)
    await link.turn()
    cloud.away = True
    await link.turn()
    cloud.away = False
    await link.turn()
    assert [each and str(each) for each in heard] == [None, "the cable was cut", None]
