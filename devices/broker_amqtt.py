"""The broker for a machine without mosquitto: `python -m devices.broker_amqtt CONFIG.json`.

The only file that imports amqtt. Good for a demo on one machine; mosquitto is faster by far, keeps
what is retained over a restart, and notices silent clients.
"""

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from amqtt.broker import Broker
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher


def password_line(username: str, password: str) -> str:
    """One line of amqtt's password file."""
    return f"{username}:{PasswordHash((Argon2Hasher(),)).hash(password)}\n"


async def serve(config_file: Path) -> None:
    """Run the broker until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    config = await asyncio.to_thread(config_file.read_text, encoding="utf-8")
    broker = Broker(json.loads(config))
    await broker.start()
    await stop.wait()
    await broker.shutdown()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(serve(Path(sys.argv[1])))
