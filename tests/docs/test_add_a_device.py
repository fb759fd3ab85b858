"""The page for integrators, done as it says: its files, its commands, a real broker, the real box."""

import asyncio
import re
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import httpx
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from typer.testing import CliRunner, Result

from devices.broker import EmbeddedBroker
from devices.profile import load_profiles
from gateway.api import ApiSettings
from gateway.app import Box
from gateway.cli.main import app
from gateway.config.file import load

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "add-a-device.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def files(count: int | None = None) -> dict[str, str]:
    """The page's files by name, after its first `count` blocks: later ones add to earlier ones."""
    found: dict[str, str] = {}
    for block in blocks("toml")[:count]:
        name = block.split("\n", 1)[0].removeprefix("# ")
        found[name] = found.get(name, "") + block
    return found


def commands() -> list[tuple[str, str]]:
    """Every command of the page and what it shows to come out."""
    text = "".join(blocks("console"))
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1]) for part in text.split("$ ")[1:]]


def shown(beginning: str) -> list[tuple[str, str]]:
    return [(command, output) for command, output in commands() if command.startswith(beginning)]


SAID = dict(line.split(" ", 1) for line in shown("mosquitto_sub")[0][1].splitlines())


@pytest.fixture
def gym(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to follow the page in."""
    monkeypatch.setenv("GYMBOX_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profiles").mkdir()
    return tmp_path


def write(folder: Path, count: int | None = None) -> None:
    for name, text in files(count).items():
        (folder / name).write_text(text, encoding="utf-8")


def run(command: str) -> Result:
    program, *arguments = shlex.split(command)
    assert program == "gymbox"
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def publish_all(broker: EmbeddedBroker, *, retain: bool = False) -> None:
    """Two Striders, where the page shows what one says."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(broker.command.username, broker.command.password)
    client.connect("127.0.0.1", broker.command.port)
    client.loop_start()
    for topic, payload in SAID.items():
        for address in ("S9-0042", "S9-0043"):
            client.publish(topic.replace("S9-0042", address), payload, qos=1, retain=retain).wait_for_publish(
                5
            )
    client.disconnect()
    client.loop_stop()


@contextmanager
def speaking(broker: EmbeddedBroker) -> Iterator[None]:
    """The machines speak a few times a second, as long as this lasts."""
    stop = threading.Event()

    def speak() -> None:
        while not stop.wait(0.2):
            publish_all(broker)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def test_every_profile_that_the_page_names_is_shipped() -> None:
    table = PAGE.split("## 1.")[0]
    named = set(re.findall(r"`((?:ble|homie|esp|open|home)[a-z0-9-]+)`", table))
    assert named == set(load_profiles())


def test_the_commands_print_what_the_page_shows(gym: Path) -> None:
    checks = shown("gymbox check-config")
    write(gym, 2)
    for command, output in [checks[0], *shown("gymbox devices read")]:
        assert run(command).output == output.rstrip("\n") + "\n"
    write(gym)
    assert run(checks[1][0]).output == checks[1][1].rstrip("\n") + "\n"


def test_a_mistake_is_told_as_the_page_shows(gym: Path) -> None:
    write(gym)
    file = gym / "profiles" / "volant-strider.toml"
    file.write_text(file.read_text().replace('unit = "mph"', 'unit = "furlongs"'))
    told = " ".join(re.findall(r"^    (?!volant)(.*)$", PAGE, re.MULTILINE))
    result = run("gymbox check-config gymbox.toml")
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())


async def test_two_striders_on_a_real_broker(gym: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(gym)
    (gym / "broker.password").write_text("")
    with EmbeddedBroker(gym / "broker") as broker:
        login = broker.command
        (gym / "broker.password").write_text(login.password)
        monkeypatch.setenv("GYMBOX_MQTT__URL", login.url)
        monkeypatch.setenv("GYMBOX_MQTT__USERNAME", login.username)
        monkeypatch.setenv("GYMBOX_MQTT__PASSWORD_FILE", str(gym / "broker.password"))
        with speaking(broker):
            await see_them_listed()
            await adopt_the_other(gym)


async def see_them_listed() -> None:
    ((command, output),) = shown("gymbox devices list")
    result = await asyncio.to_thread(run, f"{command} --seconds 1.5")
    assert result.output == output.rstrip("\n") + "\n"


async def adopt_the_other(gym: Path) -> None:
    """Step 5, on a box that runs."""
    box = Box(
        config=load(gym / "gymbox.toml"), data_dir=gym / "data", settings=ApiSettings(loopback_operator=True)
    )
    await box.start()
    transport = httpx.ASGITransport(box.api, client=("127.0.0.1", 50000))
    try:
        async with httpx.AsyncClient(transport=transport) as client:
            strangers, adopt, forget = [curl(command) for command, _ in shown("curl")]
            for _ in range(100):
                listed = (await client.send(strangers)).json()["devices"]
                if listed:
                    break
                await asyncio.sleep(0.05)
            assert [(each["id"], each["profile"]) for each in listed] == [("s9-0043", "volant-strider")]
            answer = await client.send(adopt)
            assert (answer.status_code, answer.json()["adopted"]) == (200, True)
            assert answer.json()["values"]["speed_kmh"] == pytest.approx(9.978, abs=1e-3)
            assert (await client.send(strangers)).json()["devices"] == []
            assert (await client.send(forget)).status_code == 204
    finally:
        await box.stop()


def curl(command: str) -> httpx.Request:
    """The request that a curl command makes."""
    words = shlex.split(command)
    options = dict(pairwise(words))
    (url,) = (word for word in words if word.startswith("http://"))
    headers = [text.split(": ", 1) for option, text in pairwise(words) if option == "-H"]
    kept = {name: value for name, value in headers if name != "Authorization"}  # this machine is the operator
    return httpx.Request(options.get("-X", "GET"), url, headers=kept, content=options.get("-d"))
