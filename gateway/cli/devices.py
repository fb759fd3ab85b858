"""`gymbox devices`: decode a frame, play a gym full of machines."""

from typing import Annotated

import typer

from devices.codecs import decode_notification
from devices.reading import unit_of
from devices.rejection import FrameRejected
from gateway.cli import lazy
from gateway.cli.terminal import AsJson, fail, out, print_json

app = typer.Typer(
    cls=lazy.group(
        {
            "list": "listen.list_devices",
            "watch": "listen.watch",
            "read": "listen.read",
            "simulate": "simulate.simulate",
        }
    ),
    no_args_is_help=True,
    help="Machines and bands: decode their frames.",
)


@app.command("decode")
def decode_command(
    characteristic: Annotated[
        str,
        typer.Argument(
            help="2acd treadmill, 2ace cross trainer, 2acf step climber, 2ad0 stair climber, 2ad1 rower, "
            "2ad2 bike, 2acc features, 2ad3 training status, 2ad4-2ad8 ranges, 2ad9 control point, "
            "2ada machine status, 2a37 heart rate, 2a19 battery."
        ),
    ],
    frame: Annotated[str, typer.Argument(metavar="HEX", help="The octets of the notification.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Print every field of a Bluetooth frame; one that does not add up ends with exit 1 and the reason."""
    try:
        payload = bytes.fromhex(frame.removeprefix("0x"))
    except ValueError:
        fail(f"not hex digits in pairs: {frame[:60]!r}")
    try:
        stated = decode_notification(characteristic, payload).stated
    except FrameRejected as rejection:
        fail(rejection.reason)
    if as_json:
        readings = [{"metric": name, "value": value, "unit": unit_of(name)} for name, value in stated]
        print_json({"readings": readings})
        return
    for name, value in stated:
        shown = value if isinstance(value, str) else f"{value:.10g}"
        out.print(f"{name:<24} {shown} {unit_of(name)}".rstrip(), markup=False)
