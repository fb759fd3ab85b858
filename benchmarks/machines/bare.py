"""The peer: paho as its documentation shows it, with a handler that only counts.

python bare.py PORT MESSAGES     prints "ready", and at the last message {"seconds", "cpu_s"}
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion


def main() -> None:
    """Count, and say how long it took from the first message to the last."""
    port, wanted = int(sys.argv[1]), int(sys.argv[2])
    count = 0
    begun_s = begun_cpu_s = 0.0

    def on_message(client: Client, _userdata: Any, _message: Any) -> None:
        nonlocal count, begun_s, begun_cpu_s
        if not count:
            begun_s, begun_cpu_s = time.monotonic(), time.process_time()
        count += 1
        if count == wanted:
            took = {"seconds": time.monotonic() - begun_s, "cpu_s": time.process_time() - begun_cpu_s}
            print(json.dumps(took), flush=True)
            client.disconnect()

    client = Client(CallbackAPIVersion.VERSION2, client_id="bare")
    client.on_message = on_message
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    client.subscribe("gymbox/#")
    client.loop_forever()


if __name__ == "__main__":
    main()
