"""Listening beside a box: what one message means, who is there, what comes."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from typer.testing import Result

from devices.broker import EmbeddedBroker

Run = Callable[..., Result]
BAND = "gymbox/v1/hall/ble/c0:00:00:00:00:02/180d/2a37"
CONFIG = '[[device]]\nid = "band-1"\nprofile = "ble-heart-rate"\naddress = "c0:00:00:00:00:02"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "gymbox.toml"
    file.write_text(CONFIG)
    return file


def test_one_message(run: Run, config: Path) -> None:
    result = run("devices", "read", BAND, "0x164800040002", "--config", config)
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "band-1             heart_rate_bpm     72 bpm"
    result = run("devices", "read", f"{BAND}/json", '{"hex": "0048"}', "--config", config, "--json")
    assert json.loads(result.stdout) == {
        "readings": [{"device": "band-1", "metric": "heart_rate_bpm", "value": 72.0, "unit": "bpm"}]
    }


@pytest.mark.parametrize(
    ("topic", "payload", "words"),
    [
        (BAND, "0xzz", "not hex digits in pairs"),
        (BAND, "0x", "the frame is empty"),
        ("acme/x", "1", "no profile reads topic 'acme/x'"),
    ],
)
def test_one_message_that_is_refused(run: Run, config: Path, topic: str, payload: str, words: str) -> None:
    result = run("devices", "read", topic, payload, "--config", config)
    assert result.exit_code == 1
    assert "error:" in result.output
    assert words in result.output


def test_a_configuration_that_is_wrong(run: Run, tmp_path: Path) -> None:
    assert run("devices", "list", "--config", tmp_path / "nowhere.toml").exit_code == 2


def test_a_built_in_broker_that_never_ran(run: Run, config: Path) -> None:
    result = run("devices", "watch", "--config", config)
    assert result.exit_code == 1
    assert "has not run yet" in result.output


@pytest.fixture
def beating(tmp_path: Path) -> Iterator[None]:
    """The built-in broker of a box, and a band that beats a few times a second."""
    with EmbeddedBroker(tmp_path / "data" / "broker") as broker:
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set(broker.command.username, broker.command.password)
        client.connect("127.0.0.1", broker.command.port)
        client.loop_start()
        stop = threading.Event()

        def beat() -> None:
            while not stop.wait(0.1):
                client.publish(BAND, bytes([0, 72]))
                client.publish(BAND, b"")

        thread = threading.Thread(target=beat)
        thread.start()
        yield
        stop.set()
        thread.join(5)
        client.disconnect()
        client.loop_stop()


@pytest.mark.usefixtures("beating")
def test_who_is_there_and_what_comes(run: Run, config: Path) -> None:
    (band,) = json.loads(run("devices", "list", "--config", config, "--seconds", "1", "--json").stdout)
    assert (band["id"], band["link"], band["values"]) == ("band-1", "live", {"heart_rate_bpm": 72.0})
    lines = run("devices", "watch", "--config", config, "--seconds", "1", "--json").stdout.splitlines()
    told = [json.loads(line) for line in lines]
    assert {"device": "band-1", "value": 72.0}.items() <= next(x for x in told if "device" in x).items()
    assert next(x for x in told if "refused" in x)["topic"] == BAND
