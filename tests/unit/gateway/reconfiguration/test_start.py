"""What a box starts with: every layer that fits, one start less for what is on trial, and always a box."""

from pathlib import Path

import pytest

from gateway.config.file import ConfigError
from gateway.reconfiguration.files import CLOUD, LEFT_OUT, LOCAL, ConfigFiles
from gateway.reconfiguration.ledger import Ledger, Trial
from gateway.reconfiguration.start import open_layers, read_ledger, without_trial
from provisioning.config_bundle import Bundle


@pytest.fixture
def files(tmp_path: Path) -> ConfigFiles:
    return ConfigFiles(tmp_path)


def desired(files: ConfigFiles, values: dict[str, object], *, confirmed: bool = False) -> None:
    ledger = Ledger().tried(Trial(name="a", wish=Bundle(version="1", values=[values])))
    files.write(CLOUD, (ledger.confirm() if confirmed else ledger).model_dump(mode="json"))


def test_every_layer_counts(tmp_path: Path, files: ConfigFiles) -> None:
    files.write(LOCAL, {"box": {"language": "de"}})
    desired(files, {"gym": {"plans_hour": 5}}, confirmed=True)
    opened = open_layers(None, data_dir=tmp_path, environ={})
    assert (opened.config.box.language, opened.config.gym.plans_hour, opened.trouble) == ("de", 5, "")
    assert opened.layers.cloud == {"gym": {"plans_hour": 5}}


def test_what_is_on_trial_has_two_starts(tmp_path: Path, files: ConfigFiles) -> None:
    desired(files, {"gym": {"plans_hour": 5}})
    hours = []
    for _ in range(3):
        opened = open_layers(None, data_dir=tmp_path, environ={})
        hours.append(opened.config.gym.plans_hour)
    assert hours == [5, 3, 3]
    assert opened.ledger.verdicts["a"].state == "rolled_back"


def test_a_box_that_cannot_start_with_it_goes_back_at_once(tmp_path: Path, files: ConfigFiles) -> None:
    assert without_trial(None, data_dir=tmp_path, reason="the port is taken") is None
    desired(files, {"http": {"port": 81}})
    opened = without_trial(None, data_dir=tmp_path, reason="the port is taken")
    assert opened is not None
    assert opened.config.http.port == 8080
    assert read_ledger(files).verdicts["a"].reason == "the port is taken"


def test_what_fits_no_more_is_left_out_and_said(tmp_path: Path, files: ConfigFiles) -> None:
    files.write(LOCAL, {"station": {"mat": {"camera": "gone"}}})
    desired(files, {"gym": {"plans_hour": 5}}, confirmed=True)
    opened = open_layers(None, data_dir=tmp_path, environ={})
    assert (opened.config.gym.plans_hour, opened.config.stations) == (5, ())
    assert "what was changed on the box does not fit" in opened.trouble
    assert files.read(LEFT_OUT) == files.read(LOCAL) != {}, (
        "it is there to be mended, whatever is changed next"
    )


def test_what_the_cloud_desires_gives_way_to_what_is_here(tmp_path: Path, files: ConfigFiles) -> None:
    files.write(LOCAL, {"box": {"language": "de"}})
    desired(files, {"station": {"mat": {"camera": "gone"}}}, confirmed=True)
    opened = open_layers(None, data_dir=tmp_path, environ={})
    assert (opened.config.box.language, opened.config.stations) == ("de", ())
    assert "what the cloud desires does not fit" in opened.trouble


def test_a_trial_that_fits_no_more_is_given_up(tmp_path: Path, files: ConfigFiles) -> None:
    desired(files, {"station": {"mat": {"camera": "gone"}}})
    opened = open_layers(None, data_dir=tmp_path, environ={})
    assert (opened.trouble, opened.ledger.trial, opened.ledger.verdicts["a"].state) == ("", None, "failed")


def test_when_nothing_fits_the_file_alone_holds(tmp_path: Path, files: ConfigFiles) -> None:
    files.write(LOCAL, {"station": {"mat": {"camera": "gone"}}})
    desired(files, {"station": {"door": {"camera": "gone"}}}, confirmed=True)
    opened = open_layers(None, data_dir=tmp_path, environ={})
    assert opened.config.stations == ()
    assert opened.trouble.startswith("only the file holds: ")


def test_a_file_that_is_no_configuration_is_the_only_thing_that_keeps_a_box_down(
    tmp_path: Path, files: ConfigFiles
) -> None:
    files.write(CLOUD, {"confirmed": 5})
    assert open_layers(None, data_dir=tmp_path, environ={}).ledger == Ledger()
    file = tmp_path / "gymbox.toml"
    file.write_text("[box]\nidd = 1\n")
    with pytest.raises(ConfigError, match="did you mean 'id'"):
        open_layers(file, data_dir=tmp_path, environ={})
