"""Publishing a gym, without a broker; with one it is an integration test."""

import threading
from pathlib import Path
from unittest.mock import create_autospec

import pytest

from devices.session import MqttSession
from devices.simulate.__main__ import main
from devices.simulate.gym import SimulatedGym
from devices.simulate.publisher import publish


def test_frames_go_out_until_it_is_stopped() -> None:
    session = create_autospec(MqttSession, instance=True)
    stop = threading.Event()
    publishing = threading.Thread(target=publish, args=(SimulatedGym(), session, stop))
    publishing.start()
    stop.wait(1.5)
    stop.set()
    publishing.join(2)
    assert not publishing.is_alive()
    assert session.publish.call_count >= 5
    topic, payload = session.publish.call_args.args
    assert topic.startswith("gymbox/v1/simulated/ble/")
    assert isinstance(payload, bytes)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--url", "mqtt://broker", "--bands", "-1"],
        ["--url", "mqtt://broker", "--treadmills", "256"],
        ["--url", "mqtt://broker", "--seed", "x"],
    ],
)
def test_arguments_of_no_use(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_url_of_no_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", "http://broker"]) == 2
    assert "must begin with mqtt://" in capsys.readouterr().err


def test_a_password_file_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--url", "mqtt://broker", "--username", "x", "--password-file", str(tmp_path / "missing")]
    assert main(arguments) == 2
    assert "missing" in capsys.readouterr().err
