"""Finding brokers: real mDNS on this machine's loopback."""

import socket

import pytest
from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from gateway.discovery.brokers import FoundBroker, find_brokers


def announced(kind: str, name: str, port: int, server: str = "broker-host.local.") -> ServiceInfo:
    return ServiceInfo(
        f"{kind}._tcp.local.",
        f"{name}.{kind}._tcp.local.",
        addresses=[socket.inet_aton("127.0.0.1")],
        port=port,
        server=server,
    )


@pytest.mark.slow
async def test_brokers_that_announce_themselves_are_found_and_others_are_not() -> None:
    async with AsyncZeroconf(interfaces=["127.0.0.1"]) as network:
        for each in (
            announced("_mqtt", "Gym broker", 1883),
            announced("_secure-mqtt", "Gym\u202e broker", 8883),
            announced("_http", "Printer", 80),
        ):
            await network.async_register_service(each, cooperating_responders=True)
        found = await find_brokers(wait_s=1.0, interfaces=["127.0.0.1"])
    assert found == [
        FoundBroker("Gym broker", "mqtt://127.0.0.1:1883"),
        FoundBroker("Gym broker", "mqtts://broker-host.local:8883"),
    ]


async def test_a_quiet_network_has_none() -> None:
    assert await find_brokers(wait_s=0.05, interfaces=["127.0.0.1"]) == []
