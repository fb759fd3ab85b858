"""`gymbox devices`: decode a frame, play a gym full of machines."""

from typing import Annotated

import typer

from devices.codecs import decode
from devices.rejection import FrameRejected
from gateway.cli.terminal import AsJson, fail, out, print_json

app = typer.Typer(no_args_is_help=True, help="Machines and bands: decode their frames.")


@app.command("decode")
def decode_command(
    characteristic: Annotated[str, typer.Argument(help="2acd treadmill, 2a37 heart rate.")],
    frame: Annotated[str, typer.Argument(metavar="HEX", help="The octets of the notification.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Decode one Bluetooth notification; one that does not add up ends with exit code 1 and the reason."""
    try:
        payload = bytes.fromhex(frame.removeprefix("0x"))
    except ValueError:
        fail(f"not hex digits in pairs: {frame[:60]!r}")
    try:
        found = decode(characteristic, payload)
    except FrameRejected as rejection:
        fail(rejection.reason)
    if as_json:
        readings = [{"metric": each.metric, "value": each.value, "unit": each.unit} for each in found]
        print_json({"readings": readings})
        return
    for each in found:
        out.print(f"{each.metric:<18} {each.value:g} {each.unit}")
