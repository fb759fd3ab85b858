"""A whole box that uploads nothing answers a round of the real cloud over TLS."""

from pathlib import Path

import pytest

from gateway.federated import own_sessions, participation
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync.cloud.federated.round import RoundPlan
from sync.federated.messages import TrainConfig
from tests.integration.test_cloud_sync import running, serving
from tests.unit.gateway.federated.gym import a_gym, fill
from tests.unit.sync.federated.rounds import start_arrays
from tests.waiting import until

PLAN = RoundPlan(min_train_nodes=2, enough_train_nodes=2)


async def test_a_box_that_uploads_nothing_takes_part_and_nothing_else_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_sessions, "SINCE_DAYS", 100_000)
    monkeypatch.setattr(participation, "HOUR", 0)  # of today, so it is due when the box starts
    store = Store(path=store_path(tmp_path / "box"), migrations=MIGRATIONS)
    (tmp_path / "box").mkdir()
    store.start()
    await fill(store, a_gym(members=6, days=12))
    store.stop()
    async with serving(tmp_path / "cloud") as service:
        rounds = service.cloud.federated.rounds
        offer = rounds.start(
            name="intensity", version="1", arrays=start_arrays(), config=TrainConfig(), plan=PLAN
        )
        cloud = service.identity(upload="nothing", federated=True)
        async with running(tmp_path / "box", cloud) as (_, client):
            await until(lambda: rounds.all()[0].answered)
            events = (await client.get("/events", params={"kind": "federated"})).json()["events"]
        assert events[-1]["outcome"] == "learned"
        (info,) = rounds.all()
        assert (info.id, info.answered, info.state) == (offer.id, 1, "open")
        assert service.bodies() == []
