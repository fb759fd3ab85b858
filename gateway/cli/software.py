"""`gymbox software`: the two slots of a box that updates itself."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.cli.terminal import AsJson, ends_with, fail, out, print_json
from provisioning.software.begin import NotBegun
from provisioning.software.begin import begin as begin_root
from provisioning.software.install_root import InstallRoot
from provisioning.software.slots import Slot

app = typer.Typer(
    no_args_is_help=True, help="This program's own versions: the two slots, and which one runs."
)

Root = Annotated[Path, typer.Argument(help="Folder of both slots.", metavar="FOLDER")]
_SLOTS: Final[tuple[Slot, ...]] = ("a", "b")


@app.command("begin")
def begin(folder: Root) -> None:
    """Make a folder with two slots, and a launcher, around this program, which lies in its slot a."""
    with ends_with(NotBegun, OSError):
        begin_root(folder, version("gymbox"))
    launcher = folder.resolve() / "gymbox-launcher.pyz"
    out.print(
        f"start the box with: python3 {launcher} --root {folder.resolve()} -- run --config FILE", markup=False
    )


@app.command("status")
def status(folder: Root, *, as_json: AsJson = False) -> None:
    """Show what lies in the slots, which one runs, and what became of the last update."""
    root = InstallRoot(folder.resolve())
    if not root.begun:
        fail(f"{folder} has no slots; gymbox software begin makes them")
    facts = _facts(root)
    if as_json:
        print_json(facts)
        return
    for slot, each in facts["slots"].items():
        version_there = each["version"] or "nothing whole"
        out.print(f"{slot}  {version_there:<16} {each['state']}", markup=False)
    if (last := facts["last_update"]) is not None:
        reason = f": {last['reason']}" if last["reason"] else ""
        out.print(f"last update: {last['version']} {last['outcome']}{reason}", markup=False)


def _facts(root: InstallRoot) -> dict[str, Any]:
    slots = root.slots()
    on_trial = None if slots.trial is None else slots.trial.slot
    rows = {}
    for slot in _SLOTS:
        release = root.release(slot)
        state = "active" if slot == slots.active else "on trial" if slot == on_trial else "idle"
        rows[slot] = {"version": release and release.version, "state": state, "proven": root.proven(slot)}
    verdict = slots.verdict
    last = verdict and {
        "version": verdict.release.version,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
    }
    return {"slots": rows, "last_update": last}
