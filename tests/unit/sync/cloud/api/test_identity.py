"""Who may do what to whom: every pair of credentials, every gym."""

from collections.abc import AsyncIterator, Callable
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select

from sync.cloud.app import Cloud
from sync.cloud.database.tables import Erasure, LandedRecord
from sync.cloud.gateways import PREFIX

GYMS = {
    "a1": ("gym-a", "tenant-a"),
    "a2": ("gym-a", "tenant-a"),
    "b": ("gym-b", "tenant-a"),
    "c": ("gym-c", "tenant-c"),
}


@pytest.fixture
def tokens(cloud: Cloud) -> dict[str, str]:
    return {box: cloud.gateways.add(box, gym_id=gym, tenant_id=tenant) for box, (gym, tenant) in GYMS.items()}


async def test_every_pair_of_certificate_and_token(
    connect: Callable[..., Any], tokens: dict[str, str], records: Any, cloud: Cloud
) -> None:
    cloud.gateways.revoke("a2")
    shown: list[str | None] = [None, "a1", "a2", "b", "unknown"]
    for peer, token in product(shown, shown):
        given = None if token is None else tokens.get(token, "ggt_" + "x" * 43)
        box = await connect(peer=peer, token=given)
        answer = await box.send(records.session())
        names = {each for each in (peer, token) if each is not None}
        if not names or ("unknown" in names and "a2" not in names):
            wanted = {401}
        elif "unknown" in names:
            wanted = {401, 403}  # whichever is looked at first
        elif "a2" in names or len(names) > 1:
            wanted = {403}
        else:
            wanted = {200}
        assert answer.status_code in wanted, (peer, token, answer.text)
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_box_writes_for_its_own_gym_alone(
    connect: Callable[..., Any], tokens: dict[str, str], records: Any, cloud: Cloud
) -> None:
    """Each sends the very same record, and each erases its member: nobody else sees any of it."""
    same, erase = records.session("anna"), records.erase("anna")
    for box in GYMS:
        assert (await (await connect(token=tokens[box])).send(same)).json()["acknowledged"] == [same.id]
    with cloud.database.read() as session:
        rows = session.execute(select(LandedRecord.gym_id, LandedRecord.gateway_id, LandedRecord.id)).all()
    assert sorted(rows) == [("gym-a", "a1", same.id), ("gym-b", "b", same.id), ("gym-c", "c", same.id)]
    await (await connect(token=tokens["b"])).send(erase)
    cloud.eraser.work()
    with cloud.database.read() as session:
        assert sorted(session.scalars(select(LandedRecord.gym_id))) == ["gym-a", "gym-c"]
        assert session.scalars(select(Erasure.gym_id)).all() == ["gym-b"]


async def test_a_revoked_box_ends_at_once(
    connect: Callable[..., Any], tokens: dict[str, str], records: Any, cloud: Cloud
) -> None:
    box = await connect(token=tokens["a1"])
    assert (await box.send(records.session())).status_code == 200
    cloud.gateways.revoke("a1")
    answer = await box.send(records.session())
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:gymbox:problem:gateway-revoked")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "bearer ggt_x",
        "Basic Ym94OmdndF94",
        "ggt_x",
        "Bearer ggt_é",
        "Bearer " + "x" * 9000,
    ],
)
@pytest.mark.usefixtures("tokens")
async def test_no_other_header_lets_anybody_in(connect: Callable[..., Any], header: str) -> None:
    box = await connect()
    answer = await box.post(b"", Authorization=header.encode("latin-1"))
    assert answer.status_code == 401
    assert "ggt_x" not in answer.text


@pytest.mark.usefixtures("tokens")
async def test_a_header_names_no_peer(connect: Callable[..., Any]) -> None:
    """What a proxy may write into headers is no certificate."""
    box = await connect()
    named = {"X-SSL-Client-CN": "a1", "X-Forwarded-Client-Cert": 'Subject="CN=a1"', "gymbox.peer": "a1"}
    assert (await box.post(b"", **named)).status_code == 401


@pytest.mark.usefixtures("tokens")
async def test_an_empty_common_name_is_nobody(connect: Callable[..., Any]) -> None:
    assert (await (await connect(peer="")).post(b"")).status_code == 401


@pytest.mark.usefixtures("tokens")
async def test_a_stranger_s_body_is_not_read(connect: Callable[..., Any]) -> None:
    read: list[str] = []

    async def body() -> AsyncIterator[bytes]:
        read.append("body")
        yield b""

    box = await connect(token=PREFIX + "unknown")
    assert (await box.client.post("/api/v1/records", content=body())).status_code == 401
    assert read == []
