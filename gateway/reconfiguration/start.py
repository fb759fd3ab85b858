"""What a box that starts goes by: the file, and over it what was changed on the box and by the cloud."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from gateway.config.file import ConfigError
from gateway.config.layered import LayeredConfig
from gateway.config.model import BoxConfig
from gateway.reconfiguration.files import CLOUD, LEFT_OUT, LOCAL, ConfigFiles
from gateway.reconfiguration.ledger import Ledger

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a box starts with.

    Attributes:
        layers: those that hold.
        config: what they say.
        ledger: what the box has made of what the cloud desires.
        trouble: which layers are left out, and why; empty when none is.
    """

    layers: LayeredConfig
    config: BoxConfig
    ledger: Ledger
    trouble: str = ""


def open_layers(file: Path | None, *, data_dir: Path, environ: Mapping[str, str] | None = None) -> Opened:
    """Read every layer; one that does not fit the others any more is left out, so that the box starts.

    A bundle of the cloud that is on trial has one start less from now on.

    Raises:
        ConfigError: the file alone, with the environment, is no configuration.
    """
    base = LayeredConfig.read(file, data_dir=data_dir, environ=environ)
    files = ConfigFiles(data_dir)
    before = read_ledger(files)
    ledger = before.started()
    local = files.read(LOCAL)
    opened = _fitting(base, local, ledger)
    if opened.ledger != before:
        _write(files, CLOUD, opened.ledger.model_dump(mode="json"))
    if opened.layers.local != local:
        _write(files, LEFT_OUT, local)
    if opened.trouble:
        _log.error("%s", opened.trouble)
    return opened


def without_trial(file: Path | None, *, data_dir: Path, reason: str) -> Opened | None:
    """Give up what is on trial, because the box cannot start with it; None when nothing is.

    Raises:
        ConfigError: as `open_layers`.
    """
    files = ConfigFiles(data_dir)
    ledger = read_ledger(files)
    if ledger.trial is None:
        return None
    _write(files, CLOUD, ledger.given_up("rolled_back", reason).model_dump(mode="json"))
    return open_layers(file, data_dir=data_dir)


def read_ledger(files: ConfigFiles) -> Ledger:
    """What the box has made of what the cloud desires, as it was written down."""
    try:
        return Ledger.model_validate(files.read(CLOUD))
    except ValidationError as error:
        _log.error("what the cloud desired is of another version and left out: %s", error.errors()[:1])
        return Ledger()


def _fitting(base: LayeredConfig, local: Mapping[str, object], ledger: Ledger) -> Opened:
    """The most of all layers that fits together."""
    given_up = ledger.given_up("failed", "it does not fit what was changed on the box since")
    confirmed = given_up.layer
    attempts = [
        (base.with_local(local).with_cloud(ledger.layer), ledger, ""),
        (base.with_local(local).with_cloud(confirmed), given_up, ""),
        (base.with_local(local), given_up, "what the cloud desires"),
        (base.with_cloud(confirmed), given_up, "what was changed on the box"),
    ]
    reason = ""
    for layers, kept, left_out in attempts:
        try:
            config = layers.build()
        except ConfigError as error:
            reason = reason or str(error)
        else:
            trouble = f"{left_out} does not fit the rest and is left out: {reason}" if left_out else ""
            return Opened(layers, config, kept, trouble)
    return Opened(base, base.build(), given_up, f"only the file holds: {reason}")


def _write(files: ConfigFiles, name: str, tree: Mapping[str, object]) -> None:
    try:
        files.write(name, tree)
    except OSError as error:  # it starts all the same
        _log.error("%s cannot be written: %s", name, error)
