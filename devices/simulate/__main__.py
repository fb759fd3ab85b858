"""`python -m devices.simulate`: a simulated gym on a broker, until Ctrl-C or SIGTERM."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from devices.mqtt.broker_settings import BrokerSettings, BrokerSettingsInvalid
from devices.simulate.gym import SimulatedGym
from devices.simulate.publisher import client_id, epoch_s, run, until_signalled


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the simulation; 2 when the arguments are of no use."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        password = (
            options.password_file.read_text(encoding="utf-8").strip() if options.password_file else None
        )
        settings = BrokerSettings(
            options.url, options.username, password, ca=options.ca, client_id=client_id()
        )
    except (BrokerSettingsInvalid, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    gym = SimulatedGym(
        treadmills=options.treadmills,
        bands=options.bands,
        bikes=options.bikes,
        rowers=options.rowers,
        seed=options.seed,
        misbehave=options.misbehave,
        open_for_s=options.open_for_s,
        epoch_s=epoch_s(),
    )
    run(gym, settings, until_signalled())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="devices.simulate", description="Publish a simulated gym on a broker."
    )
    parser.add_argument("--url", required=True, help="mqtt://host[:port] or mqtts://host[:port]")
    parser.add_argument("--username")
    parser.add_argument("--password-file", type=Path, help="a file that holds the password and nothing else")
    parser.add_argument("--ca", type=Path, help="authority of the broker's certificate, PEM")
    for kind, number in (("treadmills", 3), ("bands", 4), ("bikes", 0), ("rowers", 0)):
        parser.add_argument(f"--{kind}", type=_count, default=number)
    parser.add_argument("--misbehave", type=_share, default=0.0, help="share of frames that begin a fault")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same frames")
    parser.add_argument(
        "--open-for-s", type=float, default=0.0, help="how long everybody trains already at the start"
    )
    return parser


def _count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 255:  # noqa: PLR2004 - the last octet of an address
        raise argparse.ArgumentTypeError("0 to 255")
    return number


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("0 to 1")
    return share


if __name__ == "__main__":
    sys.exit(main())
