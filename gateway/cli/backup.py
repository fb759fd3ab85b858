"""`gymbox backup`, `restore` and `factory-reset`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway import backup as work
from gateway.cli.terminal import AsJson, DataDir, ends_with, fail, out, print_json, somebody
from gateway.config.file import data_dir
from gateway.store.store import StoreError
from provisioning.backup.erase import EraseIncomplete
from provisioning.backup.sealed import LEAST_PASSPHRASE, BackupUnreadable, PassphraseRefused

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        help="A file whose first line is the passphrase; without it, the passphrase is asked for.",
        show_default=False,
    ),
]


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write; it must not be there yet.")],
    *,
    passphrase_file: PassphraseFile = None,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write everything that the box knows into one encrypted file; the box may go on running.

    Not in it: the box's identity in the fleet. Without the passphrase nobody can read the file, ever.
    """
    folder = _existing(data_folder)
    secret = _passphrase(passphrase_file, twice=True)
    with ends_with(PassphraseRefused, exit_code=2), ends_with(StoreError, OSError):
        made = work.make(folder, file, secret, by=somebody())
    if as_json:
        print_json({"file": str(file), "files": made.files, "bytes": made.bytes})
    else:
        out.print(f"{made.files} files, {made.bytes} bytes, are in {file}", markup=False)


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.", exists=True, dir_okay=False)],
    *,
    passphrase_file: PassphraseFile = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of what the box knows now; the box must not run.

    Everything is verified first. A power cut in the middle leaves the old state or the new one.
    """
    folder = data_dir(option=data_folder)
    secret = _passphrase(passphrase_file, twice=False)
    if not yes:
        typer.confirm(f"Replace what is in {folder}?", abort=True)
    with ends_with(BackupUnreadable, StoreError, OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = work.restore(folder, file, secret, by=somebody())
    if as_json:
        print_json({"data_dir": str(folder), "made_at": facts.get("made_at"), "gymbox": facts.get("gymbox")})
        return
    made = datetime.fromisoformat(str(facts["made_at"]))
    out.print(f"{folder} is as it was on {made:%Y-%m-%d %H:%M} UTC", markup=False)
    out.print(
        "a box that is new in the fleet enrols now: gymbox enrol; who was erased since is to be erased again"
    )


def factory_reset(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_folder: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Erase everything in the box's data folder: members, sessions, plans, keys, models; it must not run.

    Each file is overwritten once and removed. Flash memory may keep old blocks: see the manual.
    """
    folder = _existing(data_folder)
    if not yes:
        typer.confirm(f"Erase everything in {folder}? There is no way back", abort=True)
    with ends_with(StoreError, EraseIncomplete, OSError):
        work.factory_reset(folder)
    if as_json:
        print_json({"data_dir": str(folder), "erased": True})
    else:
        out.print(
            f"nothing is left in {folder}; the configuration file and files beside it stay", markup=False
        )


def _existing(option: Path | None) -> Path:
    folder = data_dir(option=option)
    if not folder.is_dir():
        fail(f"{folder}: there is no data of a box; name its folder with --data-dir")
    return folder


def _passphrase(file: Path | None, *, twice: bool) -> str:
    if file is not None:
        with ends_with(OSError, UnicodeDecodeError):
            lines = file.read_text(encoding="utf-8").splitlines()
        if not lines or not lines[0]:
            fail(f"{file}: its first line is to be the passphrase", exit_code=2)
        return lines[0]
    prompt = f"Passphrase ({LEAST_PASSPHRASE} characters at least)" if twice else "Passphrase"
    answer: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=twice)
    return answer
